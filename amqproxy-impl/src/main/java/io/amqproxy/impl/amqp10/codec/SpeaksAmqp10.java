package io.amqproxy.impl.amqp10.codec;

/**
 * A session, of a client or towards the broker, whose octets are frames of AMQP 1.0. It tells the protocols apart for
 * who looks at octets between a session and its socket.
 */
public interface SpeaksAmqp10 {}
