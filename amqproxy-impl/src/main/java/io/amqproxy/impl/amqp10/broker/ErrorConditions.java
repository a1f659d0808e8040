package io.amqproxy.impl.amqp10.broker;

import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Values;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Error conditions (part 2, section 2.8.15 to 2.8.18) and the reply codes by which pools know what happened. */
public final class ErrorConditions {

    private static final Map<String, Integer> CODES = Map.of(
            AmqpError.CONNECTION_FORCED, 320,
            AmqpError.UNAUTHORIZED_ACCESS, 403,
            AmqpError.NOT_FOUND, 404,
            AmqpError.ILLEGAL_STATE, 503,
            AmqpError.FRAMING_ERROR, 501,
            AmqpError.DECODE_ERROR, 502,
            AmqpError.RESOURCE_LIMIT_EXCEEDED, 506,
            AmqpError.NOT_ALLOWED, 530,
            AmqpError.NOT_IMPLEMENTED, 540,
            AmqpError.INTERNAL_ERROR, 541);

    private static final int OTHER = 541;

    // Codes of sasl-outcome (part 5, section 5.3.3.6).
    public static final int SASL_OK = 0;
    public static final int SASL_AUTH = 1;
    public static final int SASL_TEMPORARY = 4;
    private static final String OUTCOME = "the broker ended the log-in by SASL outcome ";
    private static final List<String> OUTCOMES = List.of("ok", "auth", "sys", "sys-perm", "sys-temp");

    /** A condition of a broker and its text, as {@link #ending} puts them together. */
    private static final Pattern OWN =
            Pattern.compile("([a-z][a-z0-9.:_-]*:[a-z0-9.:_-]+)(?: - (.*))?", Pattern.DOTALL);

    /** The name of a reply code. */
    private static final Pattern NAMED = Pattern.compile("^[A-Z_]+ - ");

    private ErrorConditions() {}

    public static int code(String condition) {
        return CODES.getOrDefault(condition, OTHER);
    }

    private static String of(int code) {
        for (Map.Entry<String, Integer> entry : CODES.entrySet()) {
            if (entry.getValue() == code) {
                return entry.getKey();
            }
        }
        return AmqpError.INTERNAL_ERROR;
    }

    /** The condition for what ended something: the broker's own where it named one. */
    public static String of(CloseCause cause) {
        Matcher own = OWN.matcher(cause.text());
        if (cause.initiator() == Initiator.BROKER && own.matches()) {
            return own.group(1);
        }
        return switch (cause.kind()) {
            case ORDERLY, LOST, FORCED, VHOST_DELETED -> AmqpError.CONNECTION_FORCED;
            case LOGIN_REFUSED -> AmqpError.UNAUTHORIZED_ACCESS;
            case NOT_ALLOWED, NO_REASON -> AmqpError.NOT_ALLOWED;
            case VHOST_MISSING -> AmqpError.NOT_FOUND;
            case LIMIT, SLOT_LIMIT, RESOURCE -> AmqpError.RESOURCE_LIMIT_EXCEEDED;
            case OFFENCE, FAILURE -> of(cause.code());
        };
    }

    /** What is said beside the condition: the broker's own text, or the proxy's without the name of its code. */
    public static String text(CloseCause cause) {
        Matcher own = OWN.matcher(cause.text());
        if (cause.initiator() == Initiator.BROKER && own.matches()) {
            return own.group(2) == null ? "" : own.group(2);
        }
        return NAMED.matcher(cause.text()).replaceFirst("");
    }

    /** How a broker ends log-in by this outcome (part 5, section 5.3.3.6). */
    public static CloseCause ofOutcome(int outcome) {
        return new CloseCause(
                Initiator.BROKER,
                outcome == SASL_TEMPORARY ? Kind.FAILURE : Kind.LOGIN_REFUSED,
                code(outcome == SASL_TEMPORARY ? AmqpError.INTERNAL_ERROR : AmqpError.UNAUTHORIZED_ACCESS),
                OUTCOME + outcome + " (" + (outcome < OUTCOMES.size() ? OUTCOMES.get(outcome) : "unknown") + ")",
                null,
                false);
    }

    /** The outcome of a log-in that is refused for this: the broker's own, or one that means the same. */
    public static int outcome(CloseCause refusal) {
        String text = refusal.text();
        if (refusal.initiator() == Initiator.BROKER && text.startsWith(OUTCOME)) {
            return text.charAt(OUTCOME.length()) - '0';
        }
        return refusal.isOfLogin() ? SASL_AUTH : SASL_TEMPORARY;
    }

    /** How a broker ended something with the error in this field, which may be absent. */
    public static CloseCause ending(Performative performative, int field) {
        if (!performative.has(field)) {
            return new CloseCause(Initiator.BROKER, Kind.ORDERLY, 200, "closed by the broker", null, false);
        }
        ByteBuffer in = performative.buffer();
        String condition = Values.errorCondition(in, performative.at(field));
        String text = Values.errorText(in, performative.at(field));
        return byBroker(condition, text, ErrorInfo.of(performative, field));
    }

    /** The broker ends something with this condition. */
    public static CloseCause byBroker(String condition, String text) {
        return byBroker(condition, text, null);
    }

    /** The broker ended the stream instead of opening the connection, as RabbitMQ does whatever it minds. */
    public static CloseCause withoutReason(String hostname) {
        String text = "the broker ended the connection instead of opening it for hostname '" + hostname
                + "'; its log says why";
        return new CloseCause(
                Initiator.BROKER,
                Kind.NO_REASON,
                code(AmqpError.NOT_ALLOWED),
                AmqpError.NOT_ALLOWED + " - " + text,
                null,
                false);
    }

    private static CloseCause byBroker(String condition, String text, @Nullable ErrorInfo info) {
        String said = condition + (text.isEmpty() ? "" : " - " + text);
        return new CloseCause(Initiator.BROKER, kind(condition), code(condition), said, info, false);
    }

    /** What the broker says beside condition and text, or null. */
    public static @Nullable ErrorInfo info(CloseCause cause) {
        return cause.initiator() == Initiator.BROKER && cause.detail() instanceof ErrorInfo info ? info : null;
    }

    /** The proxy ends something with this condition. */
    public static CloseCause byProxy(String condition, String text) {
        return new CloseCause(Initiator.PROXY, kind(condition), code(condition), text, null, false);
    }

    private static Kind kind(String condition) {
        return switch (condition) {
            case AmqpError.CONNECTION_FORCED -> Kind.FORCED;
            case AmqpError.CONNECTION_REDIRECT -> Kind.ORDERLY; // It holds, and is for nothing that came.
            case AmqpError.UNAUTHORIZED_ACCESS -> Kind.LOGIN_REFUSED;
            case AmqpError.NOT_ALLOWED -> Kind.NOT_ALLOWED;
            case AmqpError.RESOURCE_LIMIT_EXCEEDED -> Kind.RESOURCE;
            case AmqpError.FRAMING_ERROR, AmqpError.DECODE_ERROR, AmqpError.NOT_FOUND, AmqpError.NOT_IMPLEMENTED ->
                Kind.OFFENCE;
            default -> Kind.FAILURE;
        };
    }
}
