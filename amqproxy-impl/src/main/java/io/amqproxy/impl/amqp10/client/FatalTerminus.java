package io.amqproxy.impl.amqp10.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sources and targets over which ActiveMQ, Artemis and Classic, fails so that it closes the connection: none for a
 * sender, addresses whose queue has no name, and a selector that is null. Its client hears the same, and nobody else
 * does.
 */
final class FatalTerminus {

    /** What Artemis has between an address and the queue of it that is meant. */
    private static final String QUEUE_OF_ADDRESS = "::";

    /** What Classic takes for the kind of a destination. */
    private static final List<String> KINDS = List.of("queue://", "topic://", "temp-queue://", "temp-topic://");

    /** The end of a selector's descriptor, and null; each octet a character. */
    private static final List<String> NULL_SELECTORS =
            List.of("\200\0\0F\214\0\0\0\4@", "apache.org:selector-filter:string@");

    private FatalTerminus() {}

    /** @throws AmqpError of the connection, as the broker would close it */
    static void check(Performative attach, BrokerOpen broker) throws AmqpError {
        if (!broker.isArtemis() && !broker.isClassic()) {
            return;
        }
        boolean isReceiver = attach.bool(Performative.ATTACH_ROLE);
        int field = isReceiver ? Performative.ATTACH_SOURCE : Performative.ATTACH_TARGET;
        boolean isMissing = !isReceiver && !attach.has(field);
        if (isReceiver && broker.isClassic() && hasNullSelector(attach.raw(field))) {
            throw AmqpError.connection(AmqpError.DECODE_ERROR, "a selector that is null");
        }
        if (isMissing || isFatal(Terminus.text(Terminus.address(attach, field)), isReceiver, broker)) {
            throw AmqpError.connection(
                    broker.isClassic() ? AmqpError.DECODE_ERROR : AmqpError.INTERNAL_ERROR,
                    isMissing ? "a sender without a target" : "an address without the name of a queue");
        }
    }

    private static boolean hasNullSelector(byte @Nullable [] source) {
        String octets = source == null ? "" : new String(source, ISO_8859_1);
        return NULL_SELECTORS.stream().anyMatch(octets::contains);
    }

    private static boolean isFatal(String address, boolean isReceiver, BrokerOpen broker) {
        return broker.isClassic() ? isNameless(address) : isReceiver && address.endsWith(QUEUE_OF_ADDRESS);
    }

    private static boolean isNameless(String address) {
        String name = address;
        for (String kind : KINDS) {
            if (address.startsWith(kind)) {
                name = address.substring(kind.length());
            }
        }
        return !address.isEmpty() && name.trim().isEmpty(); // As Classic trims it; none at all is anonymous.
    }
}
