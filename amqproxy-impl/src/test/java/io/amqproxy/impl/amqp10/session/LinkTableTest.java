package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class LinkTableTest {

    private static Performative attach(String name, int handle) throws AmqpError {
        byte[] frame = Wire10.frame(0, 0x12, new byte[0], name, handle, false);
        return new Performative().read(ByteBuffer.wrap(frame), 8, frame.length);
    }

    @Test
    void anAnswerIsToTheAttachThatCameFirstWhateverItsHandle() throws AmqpError {
        LinkTable links = new LinkTable();
        BrokerLink first = new BrokerLink(1, "r", false, null, 0);
        BrokerLink second = new BrokerLink(0, "r", false, null, 0);
        links.add(first);
        links.add(second);

        assertThat(links.answeredBy(attach("r", 7))).isSameAs(first);
        links.onAnswer(first, attach("r", 7));
        assertThat(links.answeredBy(attach("r", 8))).isSameAs(second);
        assertThat(links.answeredBy(attach("other", 8))).isNull();
    }
}
