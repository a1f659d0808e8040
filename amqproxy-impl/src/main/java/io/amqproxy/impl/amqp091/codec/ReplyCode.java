package io.amqproxy.impl.amqp091.codec;

/** Reply codes (AMQP 0-9-1, section 1.2) that the proxy itself uses; a broker's codes are passed on as numbers. */
public enum ReplyCode {
    SUCCESS(200),
    CONTENT_TOO_LARGE(311),
    CONNECTION_FORCED(320),
    ACCESS_REFUSED(403),
    NOT_FOUND(404),
    RESOURCE_LOCKED(405),
    PRECONDITION_FAILED(406),
    FRAME_ERROR(501),
    SYNTAX_ERROR(502),
    COMMAND_INVALID(503),
    CHANNEL_ERROR(504),
    UNEXPECTED_FRAME(505),
    RESOURCE_ERROR(506),
    NOT_ALLOWED(530),
    NOT_IMPLEMENTED(540),
    INTERNAL_ERROR(541);

    private final int code;

    ReplyCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Whether an error with this code costs the channel, and not the connection (the same section: soft errors). */
    public static boolean closesChannelOnly(int code) {
        return switch (code) {
            case 311, 312, 313, 403, 404, 405, 406 -> true;
            default -> false;
        };
    }
}
