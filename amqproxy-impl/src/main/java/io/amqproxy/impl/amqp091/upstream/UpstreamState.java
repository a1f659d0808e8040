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
    ENDED
}
