package io.amqproxy.program;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;

/** Writes lines of the log, and nothing before or behind all of them. */
abstract class LineEncoder extends EncoderBase<ILoggingEvent> {

    @Override
    public final byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public final byte[] footerBytes() {
        return new byte[0];
    }
}
