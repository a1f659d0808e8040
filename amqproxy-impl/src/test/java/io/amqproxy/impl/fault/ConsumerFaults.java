package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testkit.Await;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The faults that a client can meet which consumes. One after the other is there while messages are published at the
 * broker itself: all of them come, some of them twice, and the client goes on when the fault is over.
 */
final class ConsumerFaults {

    /** The queue, or address, of which all of it is. */
    static final String QUEUE = "jobs";

    private static final FaultScope ALL = FaultScope.all();
    private static final FaultScope CONSUMER = FaultScope.all().naming(QUEUE);
    private static final FaultScope ONCE = FaultScope.all().nth(1);
    private static final Duration LONG = Duration.ofMinutes(10);

    private static final String UNCOUNTED = "take the broker away";

    /** Of those that are at once. */
    private static final Fault OVER = new Fault() {
        @Override
        public long count() {
            return 1;
        }

        @Override
        public void close() {}
    };

    /** Publishes at the broker itself. */
    interface Publisher {
        void publish(String body) throws Exception;
    }

    private final Map<String, Supplier<Fault>> all = new LinkedHashMap<>();
    /** Those after which a message comes once more. */
    private final Map<String, Supplier<Fault>> again = new LinkedHashMap<>();

    /** The bodies, each as often as it came. */
    private final Map<String, Integer> come = new ConcurrentHashMap<>();

    private int count;

    private ConsumerFaults(Faults faults) {
        all.put("cut by FIN", () -> done(faults.cutClients(CONSUMER, Cut.END)));
        all.put("cut by a reset", () -> done(faults.cutClients(CONSUMER, Cut.RESET)));
        all.put("cut by halves", () -> done(faults.cutClients(CONSUMER, Cut.HALF)));
        all.put("cut the broker off", () -> done(faults.cutUpstreams(any -> true, Cut.RESET)));
        all.put("cut the broker by halves", () -> done(faults.cutUpstreams(FaultScope.upstreams(), Cut.HALF)));
        all.put("cut within a frame", () -> faults.cutFrames(ONCE));
        all.put("stop reading", () -> faults.stopReading(ALL));
        all.put("be silent", () -> faults.silence(ALL));
        all.put("lose all", () -> faults.blackHole(ALL));
        all.put("delay all", () -> faults.delay(ALL, LONG, Duration.ZERO, 1));
        all.put("limit the bandwidth", () -> faults.limitBandwidth(ALL, 1));
        all.put(UNCOUNTED, faults::brokerDown);
        all.put("leave the broker unread", () -> faults.stopReading(FaultScope.upstreams()));
        all.put("silence the broker", () -> faults.silence(FaultScope.upstreams()));
        all.put("lose all with the broker", () -> faults.blackHole(FaultScope.upstreams()));
        all.put("delay the broker", () -> faults.delay(FaultScope.upstreams(), LONG, Duration.ZERO, 1));
        all.put("narrow the broker's way", () -> faults.limitBandwidth(FaultScope.upstreams(), 1));
    }

    static ConsumerFaults of091(Faults faults) {
        ConsumerFaults of = new ConsumerFaults(faults);
        of.all.put("close channels", () -> done(faults.closeChannels(CONSUMER, 404, "on purpose")));
        of.all.put("close connections", () -> done(faults.closeConnections(CONSUMER, 320, "on purpose")));
        of.all.put("cancel consumers", () -> done(faults.cancelConsumers(CONSUMER)));
        of.again.put("deliver again", () -> faults.redeliver(CONSUMER.nth(1)));
        of.again.put("fail an acknowledgement", () -> faults.failMethods(ONCE, "basic.ack", 406, "on purpose"));
        of.again.put("fail one at all costs", () -> faults.failMethods(ONCE, "basic.ack", 541, "on purpose"));
        return of;
    }

    static ConsumerFaults of10(Faults faults) {
        ConsumerFaults of = new ConsumerFaults(faults);
        String condition = "amqp:internal-error";
        FaultScope upstreams = FaultScope.upstreams();
        of.all.put("detach", () -> done(faults.detachLinks(ALL, condition, "on purpose")));
        of.all.put("detach at the broker", () -> done(faults.detachLinks(upstreams, condition, "on purpose")));
        of.all.put("end sessions", () -> done(faults.endSessions(ALL, condition, "on purpose")));
        of.all.put("end sessions at the broker", () -> done(faults.endSessions(upstreams, condition, "on purpose")));
        of.all.put("close for a condition", () -> done(faults.closeConnections(ALL, condition, "on purpose")));
        return of;
    }

    private static Fault done(int happened) {
        assertThat(happened).isPositive();
        return OVER;
    }

    /** The client was told of this. */
    void onBody(String body) {
        come.merge(body, 1, Integer::sum);
    }

    void play(Publisher publisher, ConsumingClient client) throws Exception {
        client.start();
        for (Map.Entry<String, Supplier<Fault>> fault : all.entrySet()) {
            expectConsumed(publisher, "before " + fault.getKey());
            try (Fault begun = fault.getValue().get()) {
                publish(publisher, fault.getKey());
                Await.until(
                        "there is '" + fault.getKey() + "'",
                        () -> begun.count() > 0 || fault.getKey().equals(UNCOUNTED));
            }
            expectConsumed(publisher, "after " + fault.getKey());
        }
        for (Map.Entry<String, Supplier<Fault>> fault : again.entrySet()) {
            expectConsumed(publisher, "before " + fault.getKey());
            try (Fault begun = fault.getValue().get()) {
                String body = publish(publisher, fault.getKey());
                Await.until(body + ", twice", () -> come.getOrDefault(body, 0) > 1);
                assertThat(begun.count()).isOne();
            }
            expectConsumed(publisher, "after " + fault.getKey());
        }
        client.stop();
    }

    private String publish(Publisher publisher, String what) throws Exception {
        String body = what + " " + ++count;
        publisher.publish(body);
        return body;
    }

    /** With all that was published before. */
    private void expectConsumed(Publisher publisher, String what) throws Exception {
        publish(publisher, what);
        Await.until("all is consumed " + what, () -> come.size() == count);
    }
}
