package io.amqproxy.impl.amqp091.broker;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.Product;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the broker introduces itself in {@code connection.start}, to be said to clients in its place.
 *
 * @param serverProperties its properties
 * @param mechanisms its mechanisms in its order
 * @param locales its locales, separated by blanks
 */
public record Amqp091Profile(Map<String, Object> serverProperties, List<String> mechanisms, String locales)
        implements BrokerProfile {

    /** The mechanisms that the proxy can pass on. */
    private static final List<String> SUPPORTED = List.of("PLAIN", "AMQPLAIN");

    private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,3})\\b");

    /** What is said while no broker was ever reached. */
    public static final Amqp091Profile UNKNOWN = new Amqp091Profile(
            Map.of(
                    "capabilities",
                    Map.of(
                            "publisher_confirms", true,
                            "exchange_exchange_bindings", true,
                            "basic.nack", true,
                            "consumer_cancel_notify", true,
                            "connection.blocked", true,
                            "consumer_priorities", true,
                            "authentication_failure_close", true,
                            "per_consumer_qos", true,
                            "direct_reply_to", true)),
            SUPPORTED,
            "en_US");

    /** Reads the arguments of {@code connection.start}. */
    public static Amqp091Profile read(ArgumentReader start) throws AmqpException {
        start.octet();
        start.octet();
        Map<String, Object> properties = start.table();
        List<String> mechanisms = List.of(start.longText().trim().split(" +"));
        return new Amqp091Profile(properties, mechanisms, start.longText());
    }

    /** The broker's properties with the proxy named beside them. */
    public Map<String, Object> announcedProperties() {
        Map<String, Object> properties = new LinkedHashMap<>(serverProperties);
        properties.putIfAbsent("product", "AmqProxy");
        properties.put("proxy", Product.NAME_AND_VERSION);
        return properties;
    }

    /** Whether the broker answers a wrong password with {@code connection.close}, and not by closing the socket. */
    public boolean tellsOfFailedLogins() {
        return !equals(UNKNOWN)
                && serverProperties.get("capabilities") instanceof Map<?, ?> capabilities
                && Boolean.TRUE.equals(capabilities.get("authentication_failure_close"));
    }

    /** Whether the broker delivers again what a consumer gives back, to the same one too. */
    public boolean takesMessagesBack() {
        return !equals(UNKNOWN)
                && serverProperties.get("capabilities") instanceof Map<?, ?> capabilities
                && Boolean.TRUE.equals(capabilities.get("basic.nack"));
    }

    /**
     * Whether the broker answers the close of a channel that it has closed itself, as AMQP 0-9-1 wants it (1.5.2.5).
     * Broker-J passes over all but close-ok there; it handles its channels one after the other, and says nothing more
     * on one that it has closed.
     */
    public boolean answersCrossingClose() {
        return !String.valueOf(serverProperties.get("product"))
                .toLowerCase(Locale.ROOT)
                .contains("qpid");
    }

    /**
     * Whether the broker is known to answer {@code channel.flow} with active set, so that it may be asked where a
     * client would pay for a refusal.
     */
    public boolean answersFlow() {
        return "RabbitMQ".equals(serverProperties.get("product"));
    }

    /**
     * How many octets of payload the broker takes before {@code tune}: 4,096 by the specification (AMQP 0-9-1, section
     * 4.2.3), 8,192 from RabbitMQ 4.1 on. About more RabbitMQ says nothing for 3 s, and resets the connection.
     */
    public int frameMaxBeforeTune() {
        return "RabbitMQ".equals(serverProperties.get("product")) && isSince(4, 1) ? 8192 : 4096;
    }

    private boolean isSince(int major, int minor) {
        Matcher version = VERSION.matcher(String.valueOf(serverProperties.get("version")));
        return version.lookingAt()
                && Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2))
                        >= major * 1000 + minor;
    }

    /** The mechanism to log in with: the one that brought the credentials, or else one that the broker has. */
    public String mechanismFor(Credentials credentials) {
        return announcedMechanisms().contains(credentials.mechanism())
                ? credentials.mechanism()
                : announcedMechanisms().get(0);
    }

    /** The broker's mechanisms as far as the proxy can pass them on, in the broker's order. */
    public List<String> announcedMechanisms() {
        List<String> announced = mechanisms.stream().filter(SUPPORTED::contains).toList();
        return announced.isEmpty() ? SUPPORTED : announced;
    }
}
