package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.broker.Amqp091Profile;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ProtocolHeader;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.ProbeSession;
import io.amqproxy.impl.pool.spi.Protocol;
import java.nio.ByteBuffer;

/** Sends the protocol header of AMQP 0-9-1 and reads {@code connection.start}. */
public final class Amqp091Probe extends ProbeSession {

    public Amqp091Probe(LoopContext loop, Protocol.ProbeResult result) {
        super(loop, result);
    }

    @Override
    protected void ask() {
        ProtocolHeader.write(out());
    }

    @Override
    protected void read(ByteBuffer in) {
        int at = in.position();
        if (in.remaining() < Frame.OVERHEAD) {
            return;
        }
        long length = Frame.size(in, at) + Frame.OVERHEAD;
        if (Frame.type(in, at) != Frame.METHOD || length > Settings.FRAME_MAX || length < Frame.OVERHEAD + 4) {
            refuse(in);
        } else if (in.remaining() >= length) {
            onFrame(in, at);
        }
    }

    private void onFrame(ByteBuffer in, int at) {
        if (Frame.methodId(in, at) != Method.CONNECTION_START.id()) {
            fail("it did not send connection.start");
            return;
        }
        try {
            succeed(Amqp091Profile.read(Amqp091Context.of(loop).arguments(in, at)));
        } catch (AmqpException malformed) {
            fail("its connection.start is malformed");
        }
    }
}
