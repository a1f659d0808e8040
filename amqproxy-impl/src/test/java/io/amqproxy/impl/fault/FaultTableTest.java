package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.Login;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault does to clients of AMQP 0-9-1, whatever their library, what the table says, and they go on after it. */
@Tag("process")
@Timeout(240)
class FaultTableTest {

    @AutoClose
    private static final InMemoryBroker broker = InMemoryBroker.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstreams(List.of(broker.uri()))
            .acquireTimeout(Duration.ofSeconds(3))
            .listen(0)
            .start();

    private List<String> play(ForeignClient client, FaultTable table) {
        Login login = Login.guest(proxy.address().getPort());
        return FaultTable.answers(
                client.require().play(login, "publisher", table.questions(), new FaultsAskedFor(proxy)));
    }

    @Test
    void amqpClient() throws Exception {
        FaultTable table = FaultTable.of091();
        JavaPublisher client = new JavaPublisher(proxy.address().getPort());
        assertThat(table.play(client, new FaultsAskedFor(proxy))).isEqualTo(table.lines());
    }

    @Test
    void springAmqp() throws Exception {
        FaultTable table = FaultTable.of091();
        SpringPublisher client = new SpringPublisher(proxy.address().getPort());
        assertThat(table.play(client, new FaultsAskedFor(proxy)))
                .zipSatisfy(table.lines(), (said, expected) -> assertThat(said).isIn(orGoesOn(expected)));
    }

    /** Spring opens what has ended anew by itself, if it has noticed it when it is to publish, and else says less. */
    private static List<String> orGoesOn(String expected) {
        String fault = expected.substring(0, expected.indexOf(": "));
        boolean isEnd =
                expected.startsWith(": lost", fault.length()) || expected.startsWith(": channel", fault.length());
        return isEnd ? List.of(expected, fault + ": channel", fault + ": confirmed") : List.of(expected);
    }

    @Test
    void pika() {
        FaultTable table = FaultTable.of091();
        assertThat(play(ForeignClient.PIKA, table)).isEqualTo(table.lines());
    }

    @Test
    void phpAmqplib() {
        FaultTable table = FaultTable.of091();
        assertThat(play(ForeignClient.PHP_AMQPLIB, table)).isEqualTo(table.lines());
    }
}
