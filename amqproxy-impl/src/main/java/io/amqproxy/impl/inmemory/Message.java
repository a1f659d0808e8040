package io.amqproxy.impl.inmemory;

/** A message as it was published; its octets are nobody's to change. */
final class Message {

    /** What a message takes besides its octets. */
    private static final int SUBSTANCE = 256;

    private final String exchange;
    private final String routingKey;
    private final byte[] properties;
    private final byte[] body;

    /** @param properties the payload of its content header */
    Message(String exchange, String routingKey, byte[] properties, byte[] body) {
        this.exchange = exchange;
        this.routingKey = routingKey;
        this.properties = properties;
        this.body = body;
    }

    String exchange() {
        return exchange;
    }

    String routingKey() {
        return routingKey;
    }

    byte[] properties() {
        return properties;
    }

    byte[] body() {
        return body;
    }

    int octets() {
        return SUBSTANCE + properties.length + body.length;
    }
}
