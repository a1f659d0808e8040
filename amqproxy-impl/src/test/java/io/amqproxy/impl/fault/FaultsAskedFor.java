package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Makes the faults that the script of a client asks for, each until the next one. */
final class FaultsAskedFor implements Consumer<String> {

    private static final Duration LONG = Duration.ofMinutes(10);

    private final AmqProxy proxy;
    private final Faults faults;
    private final List<Fault> lasting = new ArrayList<>();

    FaultsAskedFor(AmqProxy proxy) {
        this.proxy = proxy;
        this.faults = proxy.faults();
    }

    @Override
    public void accept(String asked) {
        lasting.forEach(Fault::close);
        lasting.clear();
        FaultScope once = FaultScope.all().nth(1);
        switch (asked) {
            case "nack a confirm" -> lasting.add(faults.nackConfirms(once));
            case "lose a confirm" -> lasting.add(faults.loseConfirms(once));
            case "return a message" -> lasting.add(faults.returnMessages(once, 312, "on purpose"));
            case "fail a declaration" -> lasting.add(faults.failMethods(once, "queue.declare", 404, "on purpose"));
            case "deliver again" -> lasting.add(faults.redeliver(once));
            case "cancel a consumer" ->
                assertThat(faults.cancelConsumers(FaultScope.all().naming("tag")))
                        .isOne();
            case "lose heartbeats" -> lasting.add(faults.loseHeartbeats(FaultScope.all()));
            case "block" -> lasting.add(faults.block(FaultScope.all(), "on purpose"));
            case "refuse a log-in" -> lasting.add(faults.refuseLogins(once, "on purpose"));
            case "close connections" -> faults.closeConnections(FaultScope.all(), 320, "on purpose");
            case "reject" -> lasting.add(faults.rejectDeliveries(once, "amqp:resource-limit-exceeded", "on purpose"));
            case "release" -> lasting.add(faults.releaseDeliveries(once));
            case "withhold credit" -> lasting.add(faults.withholdCredit(FaultScope.all()));
            case "detach" -> faults.detachLinks(FaultScope.all(), "amqp:resource-deleted", "on purpose");
            case "detach at the broker" ->
                faults.detachLinks(FaultScope.upstreams(), "amqp:resource-deleted", "on purpose");
            case "end sessions" -> faults.endSessions(FaultScope.all(), "amqp:internal-error", "on purpose");
            case "end sessions at the broker" ->
                assertThat(faults.endSessions(FaultScope.upstreams(), "amqp:internal-error", "on purpose"))
                        .isPositive();
            case "close for a condition" -> faults.closeConnections(FaultScope.all(), "amqp:not-allowed", "on purpose");
            case "close channels" -> faults.closeChannels(FaultScope.all(), 404, "on purpose");
            case "fail a publish" -> lasting.add(faults.failMethods(once, "basic.publish", 404, "on purpose"));
            case "fail one at all costs" -> lasting.add(faults.failMethods(once, "basic.publish", 541, "on purpose"));
            case "delay a confirm" -> lasting.add(faults.delayConfirms(once, LONG, LONG, 1));
            case "take the broker away" -> lasting.add(faults.brokerDown());
            case "unblock", "give credit" -> {}
            case "revoke" -> Await.until("found up", () -> proxy.health().ready());
            default -> onNetwork(asked);
        }
    }

    private void onNetwork(String asked) {
        switch (asked) {
            case "cut by FIN" -> faults.cutClients(FaultScope.all(), Cut.END);
            case "cut by a reset" -> faults.cutClients(FaultScope.all(), Cut.RESET);
            case "cut by halves" -> faults.cutClients(FaultScope.all(), Cut.HALF);
            case "cut within a frame" -> lasting.add(faults.cutFrames(FaultScope.all()));
            case "cut the broker off" ->
                assertThat(faults.cutUpstreams(any -> true, Cut.RESET)).isPositive();
            case "stop reading" -> lasting.add(faults.stopReading(FaultScope.all()));
            case "be silent" -> lasting.add(faults.silence(FaultScope.all()));
            case "lose all" -> lasting.add(faults.blackHole(FaultScope.all()));
            case "delay all" -> lasting.add(faults.delay(FaultScope.all(), LONG, LONG, 1));
            case "limit the bandwidth" -> lasting.add(faults.limitBandwidth(FaultScope.all(), 1));
            case "cut the broker by halves" ->
                assertThat(faults.cutUpstreams(FaultScope.upstreams(), Cut.HALF))
                        .isPositive();
            case "cut a frame to the broker" -> lasting.add(faults.cutFrames(FaultScope.upstreams()));
            case "leave the broker unread" -> lasting.add(faults.stopReading(FaultScope.upstreams()));
            case "silence the broker" -> lasting.add(faults.silence(FaultScope.upstreams()));
            case "lose all with the broker" -> lasting.add(faults.blackHole(FaultScope.upstreams()));
            case "delay the broker" -> lasting.add(faults.delay(FaultScope.upstreams(), LONG, LONG, 1));
            case "narrow the broker's way" -> lasting.add(faults.limitBandwidth(FaultScope.upstreams(), 1));
            case "refuse clients" -> lasting.add(faults.refuseClients(FaultScope.all()));
            default -> throw new AssertionError("nobody knows how to " + asked);
        }
    }
}
