package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.codec.FieldTable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Arguments over which RabbitMQ fails, where it expects another kind of value: it closes the connection then (541,
 * INTERNAL_ERROR) and not just the channel, as it does for other bad arguments. What is known to be good is not meant;
 * of the rest some may do no harm.
 */
final class UncertainArguments {

    private static final char NONE = 0;
    private static final char TABLE = 'F';
    private static final char TEXT = 'S';
    /** The types of integers, and of points in time. */
    private static final String NUMBERS = "bBsuIilT";

    /** RabbitMQ's page on classic mirrored queues. */
    private static final Pattern LOCATOR = Pattern.compile("client-local|min-masters|random");
    /** RabbitMQ's page on streams; the same for an offset. */
    private static final Pattern AGE = Pattern.compile("[0-9]+[YMDhms]");

    private static final Pattern OFFSET = Pattern.compile("first|last|next|" + AGE);

    private UncertainArguments() {}

    /** Whether a field table of {@code basic.consume} has such arguments. */
    static boolean ofConsumer(ByteBuffer in, int table) {
        char credit = FieldTable.type(in, table, "x-credit");
        return (credit != NONE && credit != TABLE)
                || (NUMBERS.indexOf(FieldTable.type(in, table, "x-stream-offset")) < 0
                        && isOther(in, table, "x-stream-offset", OFFSET));
    }

    /** Whether a field table of {@code queue.declare} has such arguments. */
    static boolean ofQueue(ByteBuffer in, int table) {
        return isOther(in, table, "x-queue-master-locator", LOCATOR) || isOther(in, table, "x-max-age", AGE);
    }

    /** Whether there is a value, and it is not such a text. */
    private static boolean isOther(ByteBuffer in, int table, String name, Pattern good) {
        char type = FieldTable.type(in, table, name);
        if (type != TEXT) {
            return type != NONE;
        }
        byte[] octets = Objects.requireNonNull(FieldTable.octets(in, table, name));
        return !good.matcher(new String(octets, StandardCharsets.UTF_8)).matches();
    }
}
