package io.amqproxy.internal;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/**
 * Addresses of AMQP 1.0. Those of RabbitMQ have the name of a queue or a routing key as their last part, such as
 * {@code /queues/orders}.
 */
public final class NodeAddress {

    private NodeAddress() {}

    /**
     * {@return whether it names what is wanted, as a whole or by its last part}
     *
     * @param address an address, or any other name
     * @param isWanted asked about the whole, and about the last part of what begins with a slash
     */
    public static boolean isNamed(String address, Predicate<String> isWanted) {
        return isWanted.test(address) || (address.startsWith("/") && isWanted.test(lastPart(address)));
    }

    /** Its octets may be written with percent signs. */
    private static String lastPart(String address) {
        String part = address.substring(address.lastIndexOf('/') + 1);
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notWrittenSo) {
            return part;
        }
    }
}
