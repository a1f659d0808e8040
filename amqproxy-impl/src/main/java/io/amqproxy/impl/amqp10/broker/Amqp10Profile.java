package io.amqproxy.impl.amqp10.broker;

import io.amqproxy.impl.pool.spi.BrokerProfile;
import java.util.ArrayList;
import java.util.List;

/**
 * How the broker introduces itself to clients of AMQP 1.0.
 *
 * @param mechanisms its SASL mechanisms in its order
 */
public record Amqp10Profile(List<String> mechanisms) implements BrokerProfile {

    /** What can be proved at the broker in the client's place: challenges cannot, without the secret. */
    private static final List<String> SUPPORTED = List.of("PLAIN", "ANONYMOUS");

    /** What is said while no broker was ever asked. */
    public static final Amqp10Profile UNKNOWN = new Amqp10Profile(SUPPORTED);

    /** RabbitMQ's own mechanism, by which it is known before it says what it is. */
    private static final String AMQPLAIN = "AMQPLAIN";

    /** One that Broker-J has, and no other of these brokers. */
    private static final String CRAM_MD5 = "CRAM-MD5";

    /** Whether the broker closes the socket for PLAIN with an authorisation identity; others do not look at one. */
    public boolean closesForAuthorizationIdentity() {
        return mechanisms.contains(AMQPLAIN);
    }

    /** Whether the broker takes an empty first response of PLAIN for none, and asks for one; others refuse it. */
    public boolean challengesEmptyResponses() {
        return mechanisms.contains(CRAM_MD5);
    }

    /** What clients are offered. */
    public List<String> announcedMechanisms(boolean hasIdentity) {
        List<String> announced = new ArrayList<>();
        for (String mechanism : mechanisms) {
            if (SUPPORTED.contains(mechanism)) {
                announced.add(mechanism);
            }
        }
        if (hasIdentity) {
            announced.add("EXTERNAL");
        }
        return announced;
    }
}
