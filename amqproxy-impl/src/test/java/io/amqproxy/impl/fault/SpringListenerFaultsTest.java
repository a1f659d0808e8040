package io.amqproxy.impl.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;

/** Listeners of Spring AMQP, in both kinds of containers, go on after each fault that consumers can meet. */
@Timeout(300)
class SpringListenerFaultsTest {

    private static final String QUEUE = "jobs";
    private static final FaultScope ALL = FaultScope.all();
    private static final FaultScope ONCE = FaultScope.all().nth(1);
    private static final Fault OVER = new Fault() {
        @Override
        public long count() {
            return 1;
        }

        @Override
        public void close() {}
    };

    @AutoClose
    private final InMemoryBroker broker = InMemoryBroker.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstreams(List.of(broker.uri()))
            .acquireTimeout(Duration.ofSeconds(1))
            .listen(0)
            .start();

    /** The listeners' bodies, each as often as it came. */
    private final Map<String, Integer> come = new ConcurrentHashMap<>();

    private final Faults faults = proxy.faults();
    private int count;

    /** Those that are at once answer one that is over. */
    private Map<String, Supplier<Fault>> all() {
        Map<String, Supplier<Fault>> all = new LinkedHashMap<>();
        all.put("cut by FIN", () -> done(faults.cutClients(ofListener(), Cut.END)));
        all.put("cut by a reset", () -> done(faults.cutClients(ofListener(), Cut.RESET)));
        all.put("cut by halves", () -> done(faults.cutClients(ofListener(), Cut.HALF)));
        all.put("cut the broker off", () -> done(faults.cutUpstreams(any -> true, Cut.RESET)));
        all.put("close channels", () -> done(faults.closeChannels(ofListener(), 404, "on purpose")));
        all.put("close connections", () -> done(faults.closeConnections(ofListener(), 320, "on purpose")));
        all.put("cancel consumers", () -> done(faults.cancelConsumers(ofListener())));
        all.put("deliver again", () -> faults.redeliver(ALL.naming(QUEUE).nth(1)));
        all.put("fail an acknowledgement", () -> faults.failMethods(ONCE, "basic.ack", 406, "on purpose"));
        all.put("fail one at all costs", () -> faults.failMethods(ONCE, "basic.ack", 541, "on purpose"));
        all.put("cut within a frame", () -> faults.cutFrames(ONCE));
        all.put("stop reading", () -> faults.stopReading(ALL));
        all.put("be silent", () -> faults.silence(ALL));
        all.put("lose all", () -> faults.blackHole(ALL));
        all.put("delay all", () -> faults.delay(ALL, Duration.ofMinutes(10), Duration.ZERO, 1));
        all.put("limit the bandwidth", () -> faults.limitBandwidth(ALL, 1));
        all.put("take the broker away", () -> faults.brokerDown());
        all.put("leave the broker unread", () -> faults.stopReading(FaultScope.upstreams()));
        all.put("silence the broker", () -> faults.silence(FaultScope.upstreams()));
        all.put("lose all with the broker", () -> faults.blackHole(FaultScope.upstreams()));
        all.put(
                "delay the broker",
                () -> faults.delay(FaultScope.upstreams(), Duration.ofMinutes(10), Duration.ZERO, 1));
        all.put("cut the broker by halves", () -> done(faults.cutUpstreams(FaultScope.upstreams(), Cut.HALF)));
        return all;
    }

    private static FaultScope ofListener() {
        return ALL.naming(QUEUE);
    }

    private static Fault done(int happened) {
        assertThat(happened).isPositive();
        return OVER;
    }

    private CachingConnectionFactory factory(int port) {
        ConnectionFactory library = JavaClients.factory();
        library.setPort(port);
        return new CachingConnectionFactory(library);
    }

    /** Whoever publishes does so at the broker itself. */
    private void play(Function<CachingConnectionFactory, AbstractMessageListenerContainer> kind) {
        CachingConnectionFactory direct = factory(broker.uri().getPort());
        CachingConnectionFactory faulty = factory(proxy.address().getPort());
        new RabbitAdmin(direct).declareQueue(new Queue(QUEUE, false));
        RabbitTemplate publisher = new RabbitTemplate(direct);
        AbstractMessageListenerContainer container = kind.apply(faulty);
        container.setQueueNames(QUEUE);
        container.setRecoveryInterval(100);
        container.setFailedDeclarationRetryInterval(100);
        container.setMissingQueuesFatal(false);
        container.setMessageListener(message -> come.merge(new String(message.getBody(), UTF_8), 1, Integer::sum));
        container.start();
        try {
            all().forEach((name, begin) -> {
                consumes(publisher, "before " + name);
                try (Fault fault = begin.get()) {
                    String during = send(publisher, name);
                    if (Set.of("deliver again", "fail an acknowledgement", "fail one at all costs")
                            .contains(name)) {
                        Await.until(name + ", twice", () -> come.getOrDefault(during, 0) > 1);
                        assertThat(fault.count()).isOne();
                    }
                    if (fault == OVER) {
                        consumes(publisher, "while " + name);
                    }
                }
                consumes(publisher, "after " + name);
                Await.until("none is lost by '" + name + "'", () -> come.size() == count);
            });
            assertThat(container.isRunning()).isTrue();
        } finally {
            container.destroy();
            SpringPublisher.end(faulty);
            SpringPublisher.end(direct);
        }
    }

    private String send(RabbitTemplate publisher, String what) {
        String body = what + " " + ++count;
        publisher.convertAndSend("", QUEUE, body);
        return body;
    }

    private void consumes(RabbitTemplate publisher, String what) {
        String body = send(publisher, what);
        Await.until("'" + body + "' is consumed", () -> come.containsKey(body));
    }

    @Test
    void inASimpleContainer() {
        play(SimpleMessageListenerContainer::new);
    }

    @Test
    void inADirectContainer() {
        play(factory -> {
            DirectMessageListenerContainer container = new DirectMessageListenerContainer(factory);
            container.setMonitorInterval(100);
            return container;
        });
    }
}
