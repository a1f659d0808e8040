package io.amqproxy.impl.amqp10.broker;

import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Values;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
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
            return new CloseCause(Initiator.BROKER, Kind.ORDERLY, 200, "closed by the broker", null, false);
        }
        ByteBuffer in = performative.buffer();
        String condition = Values.errorCondition(in, performative.at(field));
        String text = Values.errorText(in, performative.at(field));
        return new CloseCause(
                Initiator.BROKER,
                kind(condition),
                code(condition),
                condition + (text.isEmpty() ? "" : " - " + text),
                null,
                false);
    }

    /** The proxy ends something with this condition. */
    public static CloseCause byProxy(String condition, String text) {
        return new CloseCause(Initiator.PROXY, kind(condition), code(condition), text, null, false);
    }

    private static Kind kind(String condition) {
        return switch (condition) {
            case AmqpError.CONNECTION_FORCED -> Kind.FORCED;
            case AmqpError.UNAUTHORIZED_ACCESS -> Kind.LOGIN_REFUSED;
            case AmqpError.NOT_ALLOWED -> Kind.NOT_ALLOWED;
            case AmqpError.RESOURCE_LIMIT_EXCEEDED -> Kind.RESOURCE;
            case AmqpError.FRAMING_ERROR, AmqpError.DECODE_ERROR, AmqpError.NOT_FOUND, AmqpError.NOT_IMPLEMENTED ->
                Kind.OFFENCE;
            default -> Kind.FAILURE;
        };
    }
}
