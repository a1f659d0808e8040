package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Broker10;
import io.amqproxy.testkit.Broker10.Kind;
import io.amqproxy.testkit.ForeignClient10;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each fault does to clients of AMQP 1.0, whatever their library and whatever the broker, what the table says, and they
 * go on after it.
 */
@Tag("process")
@Tag("broker")
@Timeout(240)
class FaultTable10Test {

    private static final String QUEUE = "published";

    private interface Play {
        void with(Broker10 broker, AmqProxy proxy) throws Exception;
    }

    private static void play(Kind kind, Play play) throws Exception {
        try (Broker10 broker = kind.start()) {
            broker.createQueue(QUEUE);
            try (AmqProxy proxy = AmqProxy.builder()
                    .upstream("amqp://127.0.0.1:" + broker.port())
                    .acquireTimeout(Duration.ofSeconds(3))
                    .listen(0)
                    .start()) {
                play.with(broker, proxy);
            } finally {
                broker.deleteQueue(QUEUE);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void qpidJms(Kind kind) throws Exception {
        play(kind, (broker, proxy) -> {
            FaultTable table = FaultTable.of10()
                    .but("detach", "channel", "confirmed")
                    .but("detach at the broker", "channel", "confirmed");
            JmsPublisher client = new JmsPublisher(broker, proxy.address().getPort(), QUEUE);
            assertThat(table.play(client, new FaultsAskedFor(proxy))).isEqualTo(table.lines());
        });
    }

    private static List<String> playProton(String scenario, Broker10 broker, AmqProxy proxy) {
        int port = proxy.address().getPort();
        return ForeignClient10.PROTON.play(scenario, broker, port, QUEUE, new FaultsAskedFor(proxy));
    }

    @ParameterizedTest
    @EnumSource
    void proton(Kind kind) throws Exception {
        play(kind, (broker, proxy) -> {
            FaultTable table = FaultTable.of10();
            List<String> said = playProton("publisher\n" + table.questions(), broker, proxy);
            assertThat(FaultTable.answers(said)).isEqualTo(table.lines());
        });
    }

    @ParameterizedTest
    @EnumSource
    void protonMissesHeartbeats(Kind kind) throws Exception {
        play(
                kind,
                (broker, proxy) -> assertThat(playProton("heartbeats", broker, proxy))
                        .containsExactly(
                                "? lose heartbeats",
                                "transport error amqp:resource-limit-exceeded",
                                "? revoke",
                                "still open True",
                                "accepted"));
    }

    @ParameterizedTest
    @EnumSource
    void protonBeginsAnotherSessionWhereOneEnds(Kind kind) throws Exception {
        play(
                kind,
                (broker, proxy) -> assertThat(
                                playProton("sessions\nend sessions\nend sessions at the broker", broker, proxy))
                        .containsExactly(
                                "accepted",
                                "got m0",
                                "? end sessions",
                                "session error amqp:internal-error on purpose",
                                "accepted",
                                "got m0",
                                "left ['m1 again False']",
                                "accepted",
                                "got m0",
                                "? end sessions at the broker",
                                "session error amqp:internal-error on purpose",
                                "accepted",
                                "got m0",
                                "left ['m1 again False']"));
    }
}
