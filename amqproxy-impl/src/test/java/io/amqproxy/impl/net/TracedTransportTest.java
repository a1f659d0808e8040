package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.impl.core.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Whoever looks at what is sent is shown each octet once, whatever holds it up. */
class TracedTransportTest {

    private static final byte[] SAID = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

    private final ChunkPool chunks = new ChunkPool(1024 * 1024, ByteBuffer::allocate);
    private final ScriptedPeer peer = new ScriptedPeer();
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final ByteQueue out = new ByteQueue(chunks);
    private final Transport traced =
            TracedTransport.over(peer, new Shown(), this::noSession, true, new ByteQueue(chunks));

    private Session noSession() {
        throw new AssertionError("nobody asks who it is");
    }

    private final class Shown implements Taps, Tap {
        @Override
        public Tap of(Supplier<Session> session, boolean isNew) {
            return this;
        }

        @Override
        public void received(ByteBuffer bytes, int from, int to) {}

        @Override
        public void sent(ByteBuffer bytes, int from, int to) {
            for (int at = from; at < to; at++) {
                shown.write(bytes.get(at));
            }
        }
    }

    private static void say(ByteQueue queue, int from, int to) {
        queue.append(ByteBuffer.wrap(SAID), from, to);
    }

    @Test
    void whatWaitsForTheSocketIsShownOnce() throws IOException {
        say(out, 0, 8);
        peer.room = 4;
        traced.write(out);
        say(out, 8, 10);
        peer.room = 100;
        traced.write(out);
        assertThat(shown.toByteArray()).isEqualTo(SAID);
    }

    @Test
    void whatWasShownAndThenIsHeldUpIsNotShownAgain() throws IOException {
        say(out, 0, 8);
        peer.room = 4;
        traced.write(out);
        peer.room = 100;
        ByteQueue heldUp = new ByteQueue(chunks); // By a fault that begins now, and lies above from then on.
        heldUp.take(out);
        say(heldUp, 8, 10);
        ByteQueue come = new ByteQueue(chunks);
        traced.write(come);
        heldUp.moveFirst(3, come);
        traced.write(come);
        heldUp.moveFirst(3, come);
        traced.write(come);
        assertThat(shown.toByteArray()).isEqualTo(SAID);
        assertThat(peer.heard.toByteArray()).isEqualTo(SAID);
    }
}
