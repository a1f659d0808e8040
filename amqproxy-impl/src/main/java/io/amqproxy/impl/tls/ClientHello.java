package io.amqproxy.impl.tls;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What a client's first message says of its groups (RFC 8446, section 4.1.2). Whatever is not whole and in one record,
 * or not TLS 1.3, says nothing.
 *
 * @param shared groups that it has sent a key for
 * @param known all that it can use
 */
record ClientHello(Set<Integer> shared, Set<Integer> known) {

    private static final ClientHello NOTHING = new ClientHello(Set.of(), Set.of());

    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int TLS_1_3 = 0x0304;
    private static final int SUPPORTED_GROUPS = 10;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int KEY_SHARE = 51;
    private static final int RANDOM = 32;

    /** Reads it from a buffer's position on, which stays. */
    static ClientHello read(ByteBuffer bytes) {
        try {
            ByteBuffer in = bytes.duplicate();
            if (u8(in) != HANDSHAKE) {
                return NOTHING;
            }
            skip(in, 2);
            ByteBuffer record = slice(in, u16(in));
            if (u8(record) != CLIENT_HELLO) {
                return NOTHING;
            }
            return readBody(slice(record, u8(record) << 16 | u16(record)));
        } catch (BufferUnderflowException malformed) {
            return NOTHING;
        }
    }

    private static ClientHello readBody(ByteBuffer body) {
        skip(body, 2 + RANDOM);
        skip(body, u8(body));
        skip(body, u16(body));
        skip(body, u8(body));
        ByteBuffer extensions = slice(body, u16(body));
        Set<Integer> shared = new LinkedHashSet<>();
        Set<Integer> known = new LinkedHashSet<>();
        boolean isTls13 = false;
        while (extensions.hasRemaining()) {
            int type = u16(extensions);
            ByteBuffer extension = slice(extensions, u16(extensions));
            switch (type) {
                case SUPPORTED_VERSIONS ->
                    isTls13 = numbers(slice(extension, u8(extension))).contains(TLS_1_3);
                case SUPPORTED_GROUPS -> known = numbers(slice(extension, u16(extension)));
                case KEY_SHARE -> shared = shares(slice(extension, u16(extension)));
                default -> {}
            }
        }
        return isTls13 ? new ClientHello(shared, known) : NOTHING;
    }

    private static Set<Integer> numbers(ByteBuffer list) {
        Set<Integer> numbers = new LinkedHashSet<>();
        while (list.hasRemaining()) {
            numbers.add(u16(list));
        }
        return numbers;
    }

    private static Set<Integer> shares(ByteBuffer list) {
        Set<Integer> groups = new LinkedHashSet<>();
        while (list.hasRemaining()) {
            groups.add(u16(list));
            skip(list, u16(list));
        }
        return groups;
    }

    private static int u8(ByteBuffer in) {
        return in.get() & 0xFF;
    }

    private static int u16(ByteBuffer in) {
        return in.getShort() & 0xFFFF;
    }

    private static void skip(ByteBuffer in, int octets) {
        slice(in, octets);
    }

    private static ByteBuffer slice(ByteBuffer in, int octets) {
        if (octets > in.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer part = in.slice(in.position(), octets);
        in.position(in.position() + octets);
        return part;
    }
}
