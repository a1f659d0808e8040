package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.Frames.Heard;
import io.amqproxy.testkit.JavaClientCodec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A client that may say what it likes, but what it hears has to be in order: well-formed frames that brokers send,
 * content complete and in its order on each channel, nothing after the end, and never that the proxy has failed.
 */
final class CheckedClient extends TestClient {

    /** What the proxy says when it has failed itself. */
    private static final String FAILURE = "internal error";

    private static final long HEADER_NEXT = -1;

    /** Octets of body that are to come on channels that are in the midst of content. */
    private final Map<Integer, Long> missing = new HashMap<>();

    private boolean connectionClosed;
    private boolean leaves;
    /** Whether the properties of messages have to be well formed, which is the broker's part. */
    boolean mindsProperties = true;

    private final Neighbourhood neighbourhood;
    private final String name;

    CheckedClient(Neighbourhood neighbourhood, String name) {
        super(neighbourhood.rig);
        this.neighbourhood = neighbourhood;
        this.name = name;
    }

    @Override
    public String toString() {
        return name;
    }

    /** Whether its connection is over, so that nothing it says is heard any more. */
    boolean isOver() {
        return ended || connectionClosed;
    }

    /**
     * Whether it was told by a close, or an answer to its own, that its connection is over. Who leaves is told by a
     * reset that something it sent is lost, for it expects no close any more.
     */
    boolean isToldOfItsEnd() {
        return connectionClosed || (leaves && link().wasReset);
    }

    @Override
    TestClient write(byte[] bytes) {
        leaves |= isClose(ByteBuffer.wrap(bytes));
        return super.write(bytes);
    }

    /** Whether this is {@code connection.close} on channel 0. */
    private static boolean isClose(ByteBuffer frame) {
        return frame.limit() > Frame.PAYLOAD_OFFSET + Integer.BYTES
                && frame.get(0) == Frame.METHOD
                && frame.getShort(Frame.CHANNEL_OFFSET) == 0
                && frame.getInt(Frame.PAYLOAD_OFFSET) == Method.CONNECTION_CLOSE.id();
    }

    @Override
    public void onBytes(byte[] bytes) {
        // Whoever begins with a wrong header is answered with the right one, which is no frame.
        if (!Arrays.equals(bytes, Frames.HEADER)) {
            super.onBytes(bytes);
        }
    }

    @Override
    void onFrame(Heard frame) {
        if (connectionClosed && !frame.is(Method.CONNECTION_CLOSE_OK)) {
            throw new AssertionError(frame + " after the close of the connection");
        }
        neighbourhood.told(this + " hears " + frame);
        if (mindsProperties || frame.type() != Frame.HEADER) {
            JavaClientCodec.check(frame.bytes().array());
        }
        switch (frame.type()) {
            case Frame.METHOD -> onMethod(frame);
            case Frame.HEADER -> onHeader(frame);
            case Frame.BODY -> onBody(frame);
            case Frame.HEARTBEAT -> expect(frame.channel() == 0, frame);
            default -> expect(false, frame);
        }
        super.onFrame(frame);
    }

    private void onMethod(Heard frame) {
        Method method = frame.method();
        expect(method != null && method.fromBroker(), frame);
        expect(missing.get(frame.channel()) == null, frame);
        if (method == Method.BASIC_DELIVER || method == Method.BASIC_GET_OK || method == Method.BASIC_RETURN) {
            missing.put(frame.channel(), HEADER_NEXT);
        } else if (method == Method.CONNECTION_CLOSE || method == Method.CHANNEL_CLOSE) {
            connectionClosed |= method == Method.CONNECTION_CLOSE;
            expect(!closeHeardIn(frame).contains(FAILURE), frame);
        } else if (method == Method.CONNECTION_CLOSE_OK) {
            connectionClosed = true;
        }
    }

    private static String closeHeardIn(Heard frame) {
        return new String(frame.payload(), java.nio.charset.StandardCharsets.UTF_8);
    }

    private void onHeader(Heard frame) {
        Long expected = missing.remove(frame.channel());
        expect(expected != null && expected == HEADER_NEXT, frame);
        if (frame.bodySize() > 0) {
            missing.put(frame.channel(), frame.bodySize());
        }
    }

    private void onBody(Heard frame) {
        Long expected = missing.remove(frame.channel());
        long left = expected == null ? -1 : expected - frame.payload().length;
        expect(left >= 0, frame);
        if (left > 0) {
            missing.put(frame.channel(), left);
        }
    }

    private static void expect(boolean holds, Heard frame) {
        if (!holds) {
            throw new AssertionError("a client hears " + frame);
        }
    }
}
