package io.amqproxy.impl.amqp091.broker;

import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** {@code connection.start}, which all clients hear alike until the broker introduces itself in other words. */
public final class ConnectionStart {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final FrameWriter frames;
    private @Nullable Amqp091Profile profile;
    private boolean offersExternal;
    private ByteBuffer octets = NOTHING;

    ConnectionStart(FrameWriter frames) {
        this.frames = frames;
    }

    /**
     * Appends it.
     *
     * @param broker how the broker introduces itself
     * @param withExternal whether the client may also log in by what it has shown already
     */
    public void to(ByteQueue out, Amqp091Profile broker, boolean withExternal) {
        if (!broker.equals(profile) || offersExternal != withExternal) {
            octets = ByteBuffer.wrap(write(broker, withExternal));
            profile = broker;
            offersExternal = withExternal;
        }
        out.append(octets, 0, octets.limit());
    }

    private byte[] write(Amqp091Profile broker, boolean withExternal) {
        String mechanisms = String.join(" ", broker.announcedMechanisms());
        return frames.method(0, Method.CONNECTION_START)
                .octet(0)
                .octet(9)
                .table(broker.announcedProperties())
                .longString(withExternal ? mechanisms + " EXTERNAL" : mechanisms)
                .longString(broker.locales())
                .toArray();
    }
}
