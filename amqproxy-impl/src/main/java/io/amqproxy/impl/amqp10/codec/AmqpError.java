package io.amqproxy.impl.amqp10.codec;

/**
 * A peer broke the protocol, or asked for what it cannot have. Thrown and caught within one call of a session, to end
 * the handling of a frame; it has no stack trace because it says what the peer did, not where the proxy noticed.
 */
public final class AmqpError extends Exception {

    private static final long serialVersionUID = 1L;

    /** What the error ends (part 2, section 2.8.14 and following). */
    public enum Scope {
        LINK,
        SESSION,
        CONNECTION
    }

    // Conditions of part 2, section 2.8.15 to 2.8.18.
    public static final String INTERNAL_ERROR = "amqp:internal-error";
    public static final String NOT_FOUND = "amqp:not-found";
    public static final String UNAUTHORIZED_ACCESS = "amqp:unauthorized-access";
    public static final String DECODE_ERROR = "amqp:decode-error";
    public static final String RESOURCE_LIMIT_EXCEEDED = "amqp:resource-limit-exceeded";
    public static final String NOT_ALLOWED = "amqp:not-allowed";
    public static final String INVALID_FIELD = "amqp:invalid-field";
    public static final String ILLEGAL_STATE = "amqp:illegal-state";
    public static final String NOT_IMPLEMENTED = "amqp:not-implemented";
    public static final String FRAME_SIZE_TOO_SMALL = "amqp:frame-size-too-small";
    public static final String CONNECTION_FORCED = "amqp:connection:forced";
    public static final String FRAMING_ERROR = "amqp:connection:framing-error";
    public static final String CONNECTION_REDIRECT = "amqp:connection:redirect";
    public static final String WINDOW_VIOLATION = "amqp:session:window-violation";
    public static final String ERRANT_LINK = "amqp:session:errant-link";
    public static final String HANDLE_IN_USE = "amqp:session:handle-in-use";
    public static final String UNATTACHED_HANDLE = "amqp:session:unattached-handle";
    public static final String DETACH_FORCED = "amqp:link:detach-forced";
    public static final String TRANSFER_LIMIT_EXCEEDED = "amqp:link:transfer-limit-exceeded";
    public static final String MESSAGE_SIZE_EXCEEDED = "amqp:link:message-size-exceeded";
    public static final String UNKNOWN_TRANSACTION = "amqp:transaction:unknown-id";
    public static final String STOLEN = "amqp:link:stolen";

    private final Scope scope;
    private final String condition;

    private AmqpError(Scope scope, String condition, String text) {
        super(text, null, false, false);
        this.scope = scope;
        this.condition = condition;
    }

    public static AmqpError connection(String condition, String text) {
        return new AmqpError(Scope.CONNECTION, condition, text);
    }

    public static AmqpError session(String condition, String text) {
        return new AmqpError(Scope.SESSION, condition, text);
    }

    public static AmqpError link(String condition, String text) {
        return new AmqpError(Scope.LINK, condition, text);
    }

    /** Octets that are no value of the type that belongs there. */
    static AmqpError decode(String text) {
        return connection(DECODE_ERROR, text);
    }

    /** A value that can be read, but is not what belongs there: some brokers close no more than the session for it. */
    static AmqpError field(String text) {
        return session(DECODE_ERROR, text);
    }

    public Scope scope() {
        return scope;
    }

    public String condition() {
        return condition;
    }

    public String text() {
        return String.valueOf(getMessage());
    }
}
