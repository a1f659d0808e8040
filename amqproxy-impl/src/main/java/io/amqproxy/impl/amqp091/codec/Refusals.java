package io.amqproxy.impl.amqp091.codec;

import java.nio.ByteBuffer;

/**
 * What RabbitMQ says to a client that breaks the protocol, code and text. The proxy says it in the broker's place,
 * since the broker would close a connection that others share.
 *
 * <p>Where RabbitMQ closes the socket without a word (an unknown method, a field table that cannot be read) the proxy
 * tells the client why.
 */
public final class Refusals {

    private static final int SNIPPET = 16;
    /** Class, weight and size of the body: what makes a content header one to RabbitMQ. */
    private static final int HEADER_FIXED = 12;

    private static final int METHOD_ID = 4;

    private Refusals() {}

    // Frames.

    public static AmqpException frameTooLarge(int type, long size, int max) {
        return AmqpException.framing(type(type) + "all octets = <<>>: {frame_too_large," + size + ',' + max + '}');
    }

    public static AmqpException badEnd(ByteBuffer in, int at, int length) {
        return AmqpException.framing(
                type(Frame.type(in, at)) + octets(in, at, length) + ": " + badEnd(in.get(at + length - 1)));
    }

    /** The same for the end of a frame that was taken in parts: of a body, as far as clients are told. */
    public static AmqpException badEndOfPartial(byte end) {
        return AmqpException.framing(type(Frame.BODY) + badEnd(end));
    }

    private static String badEnd(byte end) {
        return "{invalid_frame_end_marker," + (end & 0xFF) + '}';
    }

    /** Checks that the frame's type is known and its payload long enough to be one. */
    public static void checkKind(ByteBuffer in, int at, int length) throws AmqpException {
        int size = length - Frame.OVERHEAD;
        boolean isKnown = switch (Frame.type(in, at)) {
            case Frame.METHOD -> size >= METHOD_ID;
            case Frame.HEADER -> size >= HEADER_FIXED;
            case Frame.BODY -> true;
            case Frame.HEARTBEAT -> size == 0;
            default -> false;
        };
        if (!isKnown) {
            throw AmqpException.connection(
                    ReplyCode.FRAME_ERROR, type(Frame.type(in, at)) + octets(in, at, length) + ": unknown_frame", 0);
        }
    }

    private static String type(int type) {
        return "type " + (type & 0xFF) + ", ";
    }

    /** A frame that has no business on its channel. */
    public static AmqpException unexpectedFrame(ByteBuffer in, int at, int length) {
        return AmqpException.connection(
                ReplyCode.UNEXPECTED_FRAME, type(Frame.type(in, at)) + octets(in, at, length), 0);
    }

    private static String octets(ByteBuffer in, int at, int length) {
        int size = length - Frame.OVERHEAD;
        byte[] beginning = new byte[Math.min(size, SNIPPET)];
        in.get(at + Frame.PAYLOAD_OFFSET, beginning);
        String term = isPrintable(beginning)
                ? "<<\"" + new String(beginning, java.nio.charset.StandardCharsets.ISO_8859_1) + "\">>"
                : binary(beginning);
        return (size <= SNIPPET ? "all octets = " : "first 16 octets = ") + term;
    }

    /** Whether Erlang shows such octets as text. */
    private static boolean isPrintable(byte... octets) {
        for (byte octet : octets) {
            if (octet < ' ' || octet > '~' || octet == '"' || octet == '\\') {
                return false;
            }
        }
        return octets.length > 0;
    }

    private static String binary(byte... octets) {
        StringBuilder text = new StringBuilder("<<");
        for (int i = 0; i < octets.length; i++) {
            text.append(i == 0 ? "" : ",").append(octets[i] & 0xFF);
        }
        return text.append(">>").toString();
    }

    // Methods.

    /** The method of a frame, whoever may send it. */
    public static Method method(ByteBuffer in, int at) throws AmqpException {
        int id = Frame.methodId(in, at);
        Method method = Method.of(id);
        if (method == null) {
            throw AmqpException.connection(
                    ReplyCode.COMMAND_INVALID, "unknown method " + (id >>> 16) + '.' + (id & 0xFFFF), id);
        }
        return method;
    }

    public static void checkArguments(ByteBuffer in, int at, int length, Method method) throws AmqpException {
        try {
            ArgumentReader.check(in, at, method);
        } catch (AmqpException malformed) {
            if (ArgumentReader.isComplete(in, at, method)) {
                throw malformed; // A field table that cannot be read.
            }
            byte[] arguments = new byte[Math.min(length - Frame.OVERHEAD - METHOD_ID, AmqpException.MAX_TEXT)];
            in.get(at + Frame.PAYLOAD_OFFSET + METHOD_ID, arguments);
            throw AmqpException.connection(ReplyCode.FRAME_ERROR, "cannot decode " + binary(arguments), method.id());
        }
        // RabbitMQ takes any octets in the names of a publish.
        if (method != Method.BASIC_PUBLISH && !ArgumentReader.isText(in, at, method)) {
            throw AmqpException.connection(ReplyCode.FRAME_ERROR, "Malformed UTF-8 in shortstr", 0);
        }
    }

    /** A method that a broker does not take on a channel, however well formed. */
    public static AmqpException unimplemented(Method method) {
        return AmqpException.connection(ReplyCode.COMMAND_INVALID, "unimplemented method", method.id());
    }

    /** A method that is not for this stage of the connection. */
    public static AmqpException unexpectedInState(String state, Method method) {
        return AmqpException.connection(
                ReplyCode.CHANNEL_ERROR, "unexpected method in connection state " + state, method.id());
    }

    public static AmqpException notImplemented(String what, Method method) {
        return AmqpException.connection(ReplyCode.NOT_IMPLEMENTED, what, method.id());
    }

    /** What the broker has said to the same before, code and all. */
    public static AmqpException asBefore(String text, Method method) {
        String prefix = ReplyCode.NOT_IMPLEMENTED.name() + " - ";
        return notImplemented(text.startsWith(prefix) ? text.substring(prefix.length()) : text, method);
    }

    public static AmqpException reusedConsumerTag(String tag) {
        return AmqpException.connection(
                ReplyCode.NOT_ALLOWED, "attempt to reuse consumer tag '" + tag + "'", Method.BASIC_CONSUME.id());
    }

    /** An empty name means the queue that was declared last. */
    public static AmqpException noLastQueue(Method method) {
        return AmqpException.channel(ReplyCode.NOT_FOUND, "no previously declared queue", method.id());
    }

    /** RabbitMQ takes it; what the broker behind the proxy agreed to is smaller. */
    public static AmqpException tooLargeForBroker(int length, int frameMax, int methodId) {
        return AmqpException.connection(
                ReplyCode.FRAME_ERROR,
                "frame of " + length + " octets does not fit into the broker's frame_max of " + frameMax,
                methodId);
    }

    // Channels.

    public static AmqpException notOpened(Method method) {
        return AmqpException.connection(ReplyCode.CHANNEL_ERROR, "expected 'channel.open'", method.id());
    }

    public static AmqpException openedTwice() {
        return AmqpException.connection(
                ReplyCode.CHANNEL_ERROR, "second 'channel.open' seen", Method.CHANNEL_OPEN.id());
    }

    public static AmqpException tooManyChannels(int open, int max) {
        return AmqpException.connection(
                ReplyCode.NOT_ALLOWED,
                "number of channels opened (" + open + ") has reached the negotiated channel_max (" + max + ')',
                0);
    }

    /** The sum of all clients, so that the one that has most of it is told. */
    public static AmqpException tooManyOfAll(String what, int had, long most, Method method) {
        return AmqpException.connection(
                ReplyCode.RESOURCE_ERROR,
                "too many " + what + ": this client has " + had + ", all clients more than " + most
                        + " together (maxBufferBytes)",
                method.id());
    }

    // Content.

    public static AmqpException methodExpected() {
        return AmqpException.connection(
                ReplyCode.UNEXPECTED_FRAME, "expected method frame, got non method frame instead", 0);
    }

    public static AmqpException headerExpected(int methodId) {
        return AmqpException.connection(
                ReplyCode.UNEXPECTED_FRAME,
                "expected content header for class 60, got non content header frame instead",
                methodId);
    }

    public static AmqpException headerOfOtherClass(int classId, int methodId) {
        return AmqpException.connection(
                ReplyCode.UNEXPECTED_FRAME,
                "expected content header for class 60, got one for class " + classId + " instead",
                methodId);
    }

    public static AmqpException bodyExpected(int methodId) {
        return AmqpException.connection(
                ReplyCode.UNEXPECTED_FRAME, "expected content body, got non content body frame instead", methodId);
    }

    /** To this RabbitMQ says nothing, and the channel hangs. */
    public static AmqpException bodyTooLong(int methodId) {
        return AmqpException.connection(
                ReplyCode.UNEXPECTED_FRAME, "content body is longer than its header said", methodId);
    }

    public static AmqpException messageTooLarge(long size, long max) {
        return AmqpException.channel(
                ReplyCode.PRECONDITION_FAILED,
                "message size " + size + " is larger than configured max size " + max,
                Method.BASIC_PUBLISH.id());
    }
}
