package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.codec.FieldTable;
import io.amqproxy.impl.core.ClientProperties;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client says of itself in {@code start-ok}.
 *
 * @param properties all of it, as it is encoded, or none where it is too much to be repeated
 * @param capabilities what it understands
 * @param name of its connection, cut, or null
 * @param product what its library calls itself, cut, or null
 */
record ClientDescription(
        ClientProperties properties,
        ClientCapabilities capabilities,
        @Nullable String name,
        @Nullable String product) {

    static final ClientDescription NONE =
            new ClientDescription(ClientProperties.NONE, ClientCapabilities.NONE, null, null);

    private static final int MOST_OF_NAME = 255;
    private static final int MOST_OF_PRODUCT = 64;

    /** Reads the table that begins here. */
    static ClientDescription read(ClientProperties properties, ByteBuffer in, int from) {
        Map<String, Object> table = FieldTable.read(in, from);
        return new ClientDescription(
                properties,
                ClientCapabilities.of(table),
                text(table.get("connection_name"), MOST_OF_NAME),
                text(table.get("product"), MOST_OF_PRODUCT));
    }

    private static @Nullable String text(@Nullable Object value, int most) {
        return value instanceof String text ? text.substring(0, Math.min(text.length(), most)) : null;
    }
}
