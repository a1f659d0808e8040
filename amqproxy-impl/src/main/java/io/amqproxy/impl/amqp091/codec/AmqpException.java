package io.amqproxy.impl.amqp091.codec;

/**
 * A peer broke the protocol. Thrown and caught within one call of a session, to end the handling of a frame; it has no
 * stack trace because it says what the peer did, not where the proxy noticed.
 */
public final class AmqpException extends Exception {

    /** What a short string can hold. */
    public static final int MAX_TEXT = 255;

    private static final long serialVersionUID = 1L;
    private static final String CUT = "...";

    /** What an offence costs. */
    private enum Cost {
        CHANNEL,
        CONNECTION,
        /** The connection, of which nothing more can be understood. */
        FRAMING
    }

    private final int code;
    private final int methodId;
    private final Cost cost;

    private AmqpException(ReplyCode code, String text, int methodId, Cost cost) {
        super(words(code, text), null, false, false);
        this.code = code.code();
        this.methodId = methodId;
        this.cost = cost;
    }

    /** RabbitMQ's way: the code's name in front, and dots at the end of what is too long. */
    private static String words(ReplyCode code, String text) {
        String words = code.name() + " - " + text;
        return words.length() > MAX_TEXT ? words.substring(0, MAX_TEXT - CUT.length()) + CUT : words;
    }

    /** An offence that costs the connection. The text gets the code's name in front, as RabbitMQ does. */
    public static AmqpException connection(ReplyCode code, String text, int methodId) {
        return new AmqpException(code, text, methodId, Cost.CONNECTION);
    }

    /** An offence after which it is not known where the next frame begins. */
    public static AmqpException framing(String text) {
        return new AmqpException(ReplyCode.FRAME_ERROR, text, 0, Cost.FRAMING);
    }

    /** An offence that costs the channel only. */
    public static AmqpException channel(ReplyCode code, String text, int methodId) {
        return new AmqpException(code, text, methodId, Cost.CHANNEL);
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
        return cost == Cost.CHANNEL;
    }

    /** Whether nothing that follows can be understood, a close-ok included. */
    public boolean isFramingLost() {
        return cost == Cost.FRAMING;
    }
}
