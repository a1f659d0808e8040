package io.amqproxy.impl.amqp091.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClientDescriptionsTest {

    private final ClientDescriptions descriptions = ClientDescriptions.of(
            new LoopContext(new Settings.Draft(new MultiplexedPolicy()).build(1), new ProxyListener() {}));

    private ClientDescription read(String product, String name) {
        Map<String, Object> table =
                Map.of("product", product, "connection_name", name, "capabilities", Map.of("connection.blocked", true));
        byte[] frame = new FrameWriter()
                .method(0, Method.CONNECTION_START_OK)
                .table(table)
                .toArray();
        return descriptions.read(ByteBuffer.wrap(frame), Frame.PAYLOAD_OFFSET + Integer.BYTES, frame.length - 1);
    }

    @Test
    void whatClientsSayAlikeIsKeptOnce() {
        ClientDescription first = read("p", "n");

        assertThat(read("p", "n")).isSameAs(first);
        assertThat(first.product()).isEqualTo("p");
        assertThat(first.name()).isEqualTo("n");
        assertThat(first.capabilities().connectionBlocked()).isTrue();
    }

    @Test
    void eachHasWhatItSaidItself() {
        read("p", "n");
        ClientDescription second = read("p", "m");

        assertThat(second.name()).isEqualTo("m");
        assertThat(second.properties()).isNotEqualTo(read("p", "n").properties());
        assertThat(read("p", "n").name()).isEqualTo("n");
    }

    @Test
    void whatIsTooMuchToBeRepeatedIsReadAndNotKept() {
        ClientDescription first = read("p", "n".repeat(3000));

        assertThat(first.properties()).isSameAs(ClientProperties.NONE);
        assertThat(first.name()).isEqualTo("n".repeat(255));
        assertThat(read("other", "n".repeat(3000)).product()).isEqualTo("other");
    }
}
