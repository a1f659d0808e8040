package io.amqproxy.impl.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How a client introduces itself, as its protocol encodes it: the table in {@code start-ok} of AMQP 0-9-1, the
 * container id of 1.0. An upstream that is opened for one client alone says the same to the broker, so that operators
 * find it there.
 */
public final class ClientProperties {

    /** Those of nobody, which are others than those of a client that says nothing of itself. */
    public static final ClientProperties NONE = new ClientProperties(new byte[0]);

    private final byte[] octets;

    private ClientProperties(byte[] octets) {
        this.octets = octets;
    }

    /** Those between these offsets. */
    public static ClientProperties of(ByteBuffer in, int from, int to) {
        byte[] octets = new byte[to - from];
        in.get(from, octets);
        return new ClientProperties(octets);
    }

    public static ClientProperties of(String text) {
        return new ClientProperties(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The octets, which are the reader's to read only. */
    public ByteBuffer octets() {
        return ByteBuffer.wrap(octets).asReadOnlyBuffer();
    }

    public String text() {
        return new String(octets, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == NONE || other == NONE) {
            return this == other;
        }
        return other instanceof ClientProperties that && Arrays.equals(octets, that.octets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(octets);
    }
}
