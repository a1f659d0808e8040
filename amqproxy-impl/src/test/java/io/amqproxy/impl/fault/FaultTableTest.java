package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.RabbitMq;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each fault does to clients of AMQP 0-9-1, whatever their library and whatever the broker, what the table says, and
 * they go on after it.
 */
@Tag("process")
@Tag("broker")
@Timeout(240)
class FaultTableTest {

    enum Broker {
        IN_MEMORY,
        RABBITMQ
    }

    @AutoClose
    private static final InMemoryBroker inMemory = InMemoryBroker.start();

    private interface Play {
        void with(AmqProxy proxy, Login login) throws Exception;
    }

    private static void play(Broker kind, Play play) throws Exception {
        if (kind == Broker.IN_MEMORY) {
            play(Login.guest(inMemory.uri().getPort()), play);
            return;
        }
        BrokerNode node = RabbitMq.shared();
        List<String> others = node.queues("/");
        try {
            play(node.login(), play);
        } finally {
            // The node serves other tests too, and clients of the table leave their queue.
            node.queues("/").stream()
                    .filter(queue -> !others.contains(queue))
                    .forEach(queue -> node.ctl("delete_queue", queue));
        }
    }

    private static void play(Login broker, Play play) throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://" + broker.host() + ":" + broker.port())
                .acquireTimeout(Duration.ofSeconds(3))
                .listen(0)
                .start()) {
            play.with(proxy, Login.guest(proxy.address().getPort()));
        }
    }

    private static void playForeign(Broker kind, ForeignClient client) throws Exception {
        FaultTable table = FaultTable.of091();
        play(
                kind,
                (proxy, login) -> assertThat(FaultTable.answers(client.require()
                                .play(login, "publisher", table.questions(), new FaultsAskedFor(proxy))))
                        .isEqualTo(table.lines()));
    }

    @ParameterizedTest
    @EnumSource
    void amqpClient(Broker kind) throws Exception {
        FaultTable table = FaultTable.of091();
        play(
                kind,
                (proxy, login) -> assertThat(table.play(new JavaPublisher(login.port()), new FaultsAskedFor(proxy)))
                        .isEqualTo(table.lines()));
    }

    @ParameterizedTest
    @EnumSource
    void springAmqp(Broker kind) throws Exception {
        FaultTable table = FaultTable.of091();
        play(
                kind,
                (proxy, login) -> assertThat(table.play(new SpringPublisher(login.port()), new FaultsAskedFor(proxy)))
                        .zipSatisfy(
                                table.lines(),
                                (said, expected) -> assertThat(said).isIn(orGoesOn(expected))));
    }

    /** Spring opens what has ended anew by itself, if it has noticed it when it is to publish, and else says less. */
    private static List<String> orGoesOn(String expected) {
        String fault = expected.substring(0, expected.indexOf(": "));
        boolean isEnd =
                expected.startsWith(": lost", fault.length()) || expected.startsWith(": channel", fault.length());
        return isEnd ? List.of(expected, fault + ": channel", fault + ": confirmed") : List.of(expected);
    }

    @ParameterizedTest
    @EnumSource
    void pika(Broker kind) throws Exception {
        playForeign(kind, ForeignClient.PIKA);
    }

    @ParameterizedTest
    @EnumSource
    void phpAmqplib(Broker kind) throws Exception {
        playForeign(kind, ForeignClient.PHP_AMQPLIB);
    }
}
