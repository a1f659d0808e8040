package io.amqproxy.impl.amqp091.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConnectionStartTest {

    private static final Amqp091Profile FIRST = profile("First", "PLAIN");
    private static final Amqp091Profile SECOND = profile("Second", "PLAIN");

    private final ConnectionStart start = new ConnectionStart(new FrameWriter());

    private static Amqp091Profile profile(String product, String mechanism) {
        return new Amqp091Profile(Map.of("product", product), List.of(mechanism), "en_US");
    }

    private Amqp091Profile said(Amqp091Profile broker, boolean withExternal) throws Exception {
        ByteQueue out = new ByteQueue(new ChunkPool());
        start.to(out, broker, withExternal);
        byte[] frame = out.toArray();
        assertThat(frame[frame.length - 1]).isEqualTo(Frame.END);
        return Amqp091Profile.read(new ArgumentReader().reset(ByteBuffer.wrap(frame), 0));
    }

    @Test
    void eachClientHearsHowTheBrokerIntroducesItselfNow() throws Exception {
        for (Amqp091Profile broker : List.of(FIRST, FIRST, SECOND, FIRST)) {
            assertThat(said(broker, false).serverProperties())
                    .containsEntry("product", broker.serverProperties().get("product"))
                    .containsKey("proxy");
        }
    }

    @Test
    void onlyWhoMayLogInByWhatItHasShownHearsOfThat() throws Exception {
        assertThat(said(FIRST, false).mechanisms()).containsExactly("PLAIN");
        assertThat(said(FIRST, true).mechanisms()).containsExactly("PLAIN", "EXTERNAL");
        assertThat(said(FIRST, false).mechanisms()).containsExactly("PLAIN");
    }
}
