package io.amqproxy.impl.amqp091.upstream;

/** Where a connection to the broker is in its life; {@link Amqp091Upstream} draws it. */
public enum UpstreamState {
    /** There is no link yet. */
    CONNECTING,
    /** The broker is to introduce itself. */
    START,
    /** The broker is to accept the credentials. */
    LOGIN,
    /** It has, and a vhost is yet to be asked for. */
    PROVED,
    /** The broker is to accept the vhost. */
    OPENING,
    /** There may be channels. */
    OPEN,
    /** The broker is to answer that it closes. */
    CLOSING,
    /** It is over. */
    ENDED;

    /** Whether the broker has introduced itself. */
    boolean isIntroduced() {
        return compareTo(LOGIN) >= 0;
    }

    /** Whether it has no vhost yet, so that there is nothing to close in order. */
    boolean isBeforeOpening() {
        return compareTo(OPENING) < 0;
    }

    /** {@return in words, when the broker did not answer} */
    String stage(boolean isLinked) {
        return switch (this) {
            case CONNECTING -> isLinked ? "during TLS" : "while connecting";
            case OPENING -> "while opening the vhost";
            default -> "during log-in";
        };
    }
}
