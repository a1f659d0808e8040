package io.amqproxy.impl.amqp10.session;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SenderRequestsTest {

    private final LoopContext loop =
            new LoopContext(new Settings.Draft(new MultiplexedPolicy()).build(1), new ProxyListener() {});

    private static Performative attach(String name, String source, String target) throws AmqpError {
        Object from = Wire10.composite(0x28, source);
        Object to = Wire10.composite(0x29, target);
        byte[] frame = Wire10.frame(0, 0x12, new byte[0], name, 0, false, null, null, from, to, null, null, 0);
        return new Performative().read(ByteBuffer.wrap(frame), 8, frame.length);
    }

    private SenderRequest read(String name, String source, String target) throws AmqpError {
        return requireNonNull(SenderRequests.of(loop).read(attach(name, source, target)));
    }

    @Test
    void whatOneClientAfterTheOtherAsksForIsKeptOnce() throws AmqpError {
        SenderRequest first = read("a", "here", "q");

        assertThat(read("b", "here", "q")).isSameAs(first);
        assertThat(read("b", "here", "other")).isNotEqualTo(first);
    }

    @Test
    void itKeepsTheAddressThatItGaveItsSource() throws AmqpError {
        SenderRequest first = read("a", "here", "q");
        SenderRequest second = read("a", "there", "q");

        assertThat(second).isEqualTo(first);
        assertThat(second.sourceAddress()).isNotEqualTo(first.sourceAddress());
    }

    @Test
    void anAnswerThatIsLikeTheOneBeforeIsKeptOnce() throws AmqpError {
        SenderRequest request = read("a", "here", "q");
        AttachAnswer first = AttachAnswer.of(attach("a", "here", "q"), request);

        assertThat(first).isNotNull();
        assertThat(AttachAnswer.of(attach("b", "here", "q"), request)).isSameAs(first);
        assertThat(AttachAnswer.of(attach("b", "here", "renamed"), request)).isNotEqualTo(first);
    }
}
