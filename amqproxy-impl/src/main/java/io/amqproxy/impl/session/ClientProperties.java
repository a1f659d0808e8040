package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.FieldTable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a client introduces itself in {@code start-ok}: product, version, the name of its connection and the like. An
 * upstream that is opened for one client alone says the same to the broker, so that operators find it there.
 */
public final class ClientProperties {

    /** RabbitMQ takes 4,096 octets before log-in, in which a secret has to fit as well. */
    private static final int MOST = 2560;

    public static final ClientProperties NONE = new ClientProperties(new byte[4]);

    private final byte[] table;

    private ClientProperties(byte[] table) {
        this.table = table;
    }

    /** Those in a well-formed table, or none where they are too many to be repeated. */
    static ClientProperties of(ByteBuffer in, int from, int to) {
        if (to - from > MOST) {
            return NONE;
        }
        byte[] table = new byte[to - from];
        in.get(from, table);
        return new ClientProperties(table);
    }

    Map<String, Object> read() {
        return new LinkedHashMap<>(FieldTable.read(ByteBuffer.wrap(table), 0));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClientProperties that && Arrays.equals(table, that.table);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(table);
    }
}
