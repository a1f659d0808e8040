package io.amqproxy.impl.amqp10.upstream;

import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.broker.Amqp10Profile;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.ProtocolId;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.ProbeSession;
import io.amqproxy.impl.pool.spi.Protocol;
import java.nio.ByteBuffer;

/** Sends the header of SASL and reads the broker's mechanisms; a broker that answers otherwise does not speak 1.0. */
public final class Amqp10Probe extends ProbeSession {

    public Amqp10Probe(LoopContext loop, Protocol.ProbeResult result) {
        super(loop, result);
    }

    @Override
    protected void ask() {
        ProtocolId.SASL.write(out());
    }

    @Override
    protected void read(ByteBuffer in) {
        int at = in.position();
        if (in.remaining() < ProtocolId.LENGTH) {
            return;
        }
        if (!ProtocolId.SASL.matches(in, at, at + ProtocolId.LENGTH)) {
            refuse(in);
            return;
        }
        int frame = at + ProtocolId.LENGTH;
        if (in.remaining() < ProtocolId.LENGTH + FrameHeader.LENGTH) {
            return;
        }
        try {
            int size = FrameHeader.check(in, frame, Settings.FRAME_MAX, FrameHeader.TYPE_SASL);
            if (in.limit() - frame >= size) {
                onFrame(Amqp10Context.of(loop).performative().read(in, FrameHeader.body(in, frame), frame + size));
            }
        } catch (AmqpError malformed) {
            fail("its SASL frames are malformed: " + malformed.text());
        }
    }

    private void onFrame(Performative performative) {
        if (performative.type() == CompositeType.SASL_MECHANISMS) {
            succeed(new Amqp10Profile(performative.symbols(Performative.SASL_MECHANISMS_LIST)));
        } else {
            fail("it did not offer SASL mechanisms");
        }
    }
}
