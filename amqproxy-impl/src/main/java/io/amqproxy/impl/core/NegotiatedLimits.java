package io.amqproxy.impl.core;

/**
 * What a broker grants to whoever logs in, as its protocol has it: limits of channels, of frames and the like. It is
 * kept with the proof of the credentials, for clients of the same protocol that come later.
 */
public interface NegotiatedLimits {}
