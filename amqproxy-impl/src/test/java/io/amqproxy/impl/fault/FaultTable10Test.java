package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Broker10;
import io.amqproxy.testkit.ForeignClient10;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault does to clients of AMQP 1.0, whatever their library, what the table says, and they go on after it. */
@Tag("process")
@Tag("broker")
@Timeout(240)
class FaultTable10Test {

    private static final String QUEUE = "published";

    @AutoClose
    private static final Broker10 broker = Broker10.Kind.BROKER_J.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.port())
            .acquireTimeout(Duration.ofSeconds(3))
            .listen(0)
            .start();

    @BeforeAll
    static void makeQueue() throws Exception {
        broker.createQueue(QUEUE);
    }

    @Test
    void qpidJms() throws Exception {
        FaultTable table = FaultTable.of10().but("detach", "channel", "confirmed");
        JmsPublisher client = new JmsPublisher(broker, proxy.address().getPort(), QUEUE);
        assertThat(table.play(client, new FaultsAskedFor(proxy))).isEqualTo(table.lines());
    }

    @Test
    void proton() {
        FaultTable table = FaultTable.of10();
        int port = proxy.address().getPort();
        List<String> said = ForeignClient10.PROTON.play(
                "publisher\n" + table.questions(), broker, port, QUEUE, new FaultsAskedFor(proxy));
        assertThat(FaultTable.answers(said)).isEqualTo(table.lines());
    }
}
