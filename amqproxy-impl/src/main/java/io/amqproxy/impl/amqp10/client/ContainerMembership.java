package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.broker.Containers;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.core.ClientProperties;
import org.jspecify.annotations.Nullable;

/**
 * A client as one connection of its container, where the broker minds how many of those there are, or which of them has
 * the link of a name.
 */
final class ContainerMembership {

    /** Octets; links with longer names are not kept in mind. */
    private static final int MOST_OF_NAME = 255;

    /** What JMS clients call their containers by that were not given a name. */
    private static final String NAMELESS = "ID:";

    private final Containers.Client client;
    private Containers.@Nullable Stay stay;
    private boolean isNamed;

    ContainerMembership(Containers.Client client) {
        this.client = client;
    }

    /**
     * The client has said what its container is called.
     *
     * @param name of the container, which may have none
     * @param wantsToBeSole whether it desires to be its container's only connection
     * @return what the broker would refuse it for, or null where it may stay
     */
    @Nullable
    AmqpError enter(
            Containers containers,
            String user,
            String vhost,
            ClientProperties name,
            BrokerOpen broker,
            boolean wantsToBeSole) {
        boolean isAlways = broker.connectsContainersOnce();
        if (isAlways && name.text().isEmpty()) {
            return refused("No clientID specified for connection request");
        }
        if (name.equals(ClientProperties.NONE)) {
            return null;
        }
        if (!isAlways && !broker.offersSoleConnections()) {
            return null;
        }
        isNamed = wantsToBeSole && !name.text().startsWith(NAMELESS);
        stay = containers.enter(user, vhost, name.text(), isAlways || wantsToBeSole, broker.keepsOthersOff(), client);
        return stay != null
                ? null
                : refused("Connection closed due to sole-connection-enforcement-policy 'refuse-connection'");
    }

    private static AmqpError refused(String text) {
        return AmqpError.connection(AmqpError.INVALID_FIELD, text);
    }

    /**
     * Whether it may find its subscriptions again by its container, which it is the only connection of: JMS clients
     * with a client id.
     */
    boolean isNamed() {
        return isNamed;
    }

    /** The client attaches a link, which no other client of its container has any more. */
    void attach(byte[] name, boolean isReceiver) {
        if (stay != null && name.length <= MOST_OF_NAME) {
            stay.attach(name, isReceiver);
        }
    }

    /** The client is gone. */
    void leave() {
        if (stay != null) {
            stay.leave();
            stay = null;
        }
    }
}
