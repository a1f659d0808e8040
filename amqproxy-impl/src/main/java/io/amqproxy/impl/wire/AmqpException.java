package io.amqproxy.impl.wire;

/**
 * A peer broke the protocol. Thrown and caught within one call of a session, to end the handling of a frame; it has no
 * stack trace because it says what the peer did, not where the proxy noticed.
 */
public final class AmqpException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int code;
    private final int methodId;
    private final boolean channelOnly;

    private AmqpException(int code, String text, int methodId, boolean channelOnly) {
        super(text, null, false, false);
        this.code = code;
        this.methodId = methodId;
        this.channelOnly = channelOnly;
    }

    /** An offence that costs the connection. The text gets the code's name in front, as RabbitMQ does. */
    public static AmqpException connection(ReplyCode code, String text, int methodId) {
        return new AmqpException(code.code(), code.name() + " - " + text, methodId, false);
    }

    /** An offence that costs the channel only. */
    public static AmqpException channel(ReplyCode code, String text, int methodId) {
        return new AmqpException(code.code(), code.name() + " - " + text, methodId, true);
    }

    public int code() {
        return code;
    }

    public String text() {
        return String.valueOf(getMessage());
    }

    /** Class and method of the offending method, or 0. */
    public int methodId() {
        return methodId;
    }

    public boolean isChannelOnly() {
        return channelOnly;
    }
}
