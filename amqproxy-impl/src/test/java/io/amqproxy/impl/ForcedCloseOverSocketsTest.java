package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.EmbeddedBroker;
import java.io.IOException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of a connection as a socket shows it. */
@Timeout(300)
@Tag("broker")
class ForcedCloseOverSocketsTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    @Test
    void aPublisherThatDoesNotReadCannotWriteAnyMoreAndCanStillReadWhy() throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listen(0)
                        .start();
                RawClient client = RawClient.open(proxy.address().getPort())) {
            client.openChannel(1).write(RawClient.publish(1, "nowhere", new byte[1]));
            proxy.closeClient(proxy.clients().get(0).id(), "for a test");

            assertThat(writeUntilItFails(client)).isInstanceOf(IOException.class);
            RawClient.Received close = client.expect(Method.CONNECTION_CLOSE);
            assertThat(close.code()).isEqualTo(320);
            assertThat(close.text()).contains("for a test");
        }
    }

    /** Without end if the proxy reads and drops what it gets. */
    private static IOException writeUntilItFails(RawClient client) {
        while (true) {
            try {
                client.write(RawClient.publish(1, "nowhere", new byte[1]));
            } catch (IOException failure) {
                return failure;
            }
        }
    }
}
