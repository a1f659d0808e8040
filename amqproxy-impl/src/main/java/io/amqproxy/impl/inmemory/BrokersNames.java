package io.amqproxy.impl.inmemory;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/** Names of queues and consumers that the broker makes, in RabbitMQ's form. */
final class BrokersNames {

    private BrokersNames() {}

    /** {@return 22 characters that no other name has} */
    static String next() {
        UUID random = UUID.randomUUID();
        byte[] octets = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(random.getMostSignificantBits())
                .putLong(random.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(octets);
    }
}
