package io.amqproxy.impl.amqp10.broker;

import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Values;
import io.amqproxy.impl.core.CloseCause;
import java.nio.ByteBuffer;
import java.util.Map;

/** Error conditions (part 2, section 2.8.15 to 2.8.18) and the reply codes by which pools know what happened. */
public final class Conditions {

    private static final Map<String, Integer> CODES = Map.of(
            AmqpError.CONNECTION_FORCED, 320,
            AmqpError.UNAUTHORIZED_ACCESS, 403,
            AmqpError.NOT_FOUND, 404,
            AmqpError.FRAMING_ERROR, 501,
            AmqpError.DECODE_ERROR, 502,
            AmqpError.RESOURCE_LIMIT_EXCEEDED, 506,
            AmqpError.NOT_ALLOWED, 530,
            AmqpError.NOT_IMPLEMENTED, 540,
            AmqpError.INTERNAL_ERROR, 541);

    private static final int OTHER = 541;

    private Conditions() {}

    public static int code(String condition) {
        return CODES.getOrDefault(condition, OTHER);
    }

    /** The condition for a reply code. */
    public static String of(int code) {
        for (Map.Entry<String, Integer> entry : CODES.entrySet()) {
            if (entry.getValue() == code) {
                return entry.getKey();
            }
        }
        return AmqpError.INTERNAL_ERROR;
    }

    /** How a broker ended something with the error in this field, which may be absent. */
    public static CloseCause ending(Performative performative, int field) {
        if (!performative.has(field)) {
            return new CloseCause(Initiator.BROKER, 200, "closed by the broker", 0);
        }
        ByteBuffer in = performative.buffer();
        String condition = Values.errorCondition(in, performative.at(field));
        String text = Values.errorText(in, performative.at(field));
        return new CloseCause(Initiator.BROKER, code(condition), condition + (text.isEmpty() ? "" : " - " + text), 0);
    }
}
