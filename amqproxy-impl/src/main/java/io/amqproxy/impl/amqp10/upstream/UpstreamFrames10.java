package io.amqproxy.impl.amqp10.upstream;

import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.broker.Amqp10Profile;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.ProtocolId;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.core.Settings;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Finds the frames in what the broker sends, checks them, and brings them to the sessions that they are about. */
final class UpstreamFrames10 {

    /**
     * What Artemis answers a begin for where it has the session's end by then. Which one it is does not matter: it has
     * all of them, and answers each with begin and end.
     */
    private static final int NOBODY = 0xFFFF;

    /** What the frames of the connection itself change. */
    interface Lifecycle {

        boolean isOver();

        /** Whether the frames are those of SASL. */
        boolean isLoggingIn();

        boolean hasSentOpen();

        void onMechanisms(Amqp10Profile profile);

        void onOutcome(int code);

        void onOpen(Performative open);

        void onClose(Performative close);
    }

    private final Lifecycle life;
    private final Amqp10Context context;
    private final UpstreamSessions sessions;
    /** The header that has to come next, if one has. */
    private @Nullable ProtocolId expected = ProtocolId.SASL;
    /** Whether the last header came when the proxy had sent its own. */
    private boolean isAnswer;

    UpstreamFrames10(Lifecycle life, Amqp10Context context, UpstreamSessions sessions) {
        this.life = life;
        this.context = context;
        this.sessions = sessions;
    }

    /** Whether the broker has answered the header of the layer that the proxy has begun. */
    boolean hasHeader() {
        return expected == null && isAnswer;
    }

    /** The next layer begins, and with it what the broker says. */
    void expectHeader() {
        expected = ProtocolId.AMQP;
    }

    /** Takes what there is, up to the first frame that is not there as a whole. */
    void parse(ByteBuffer in) throws AmqpError {
        int at = in.position();
        int limit = in.limit();
        try {
            while (limit - at >= FrameHeader.LENGTH && !life.isOver()) {
                ProtocolId header = expected;
                if (header != null) {
                    checkHeader(header, in, at);
                    at += ProtocolId.LENGTH;
                    continue;
                }
                int type = life.isLoggingIn() ? FrameHeader.TYPE_SASL : FrameHeader.TYPE_AMQP;
                int size = FrameHeader.check(in, at, Settings.FRAME_MAX, type);
                if (limit - at < size) {
                    break;
                }
                onFrame(in, at, size);
                at += size;
            }
        } finally {
            in.position(life.isOver() ? limit : at);
        }
    }

    private void checkHeader(ProtocolId header, ByteBuffer in, int at) throws AmqpError {
        if (!header.matches(in, at, at + ProtocolId.LENGTH)) {
            throw AmqpError.connection(AmqpError.NOT_IMPLEMENTED, "the broker speaks another protocol");
        }
        expected = null;
        isAnswer = header == ProtocolId.SASL || life.hasSentOpen();
    }

    private void onFrame(ByteBuffer in, int at, int size) throws AmqpError {
        int body = FrameHeader.body(in, at);
        int end = at + size;
        if (body == end) {
            return;
        }
        Performative performative = context.performative().read(in, body, end);
        switch (performative.type()) {
            case SASL_MECHANISMS ->
                life.onMechanisms(new Amqp10Profile(performative.symbols(Performative.SASL_MECHANISMS_LIST)));
            case SASL_OUTCOME -> life.onOutcome(performative.ubyte(Performative.SASL_OUTCOME_CODE, 1));
            case OPEN -> life.onOpen(performative);
            case CLOSE -> life.onClose(performative);
            case BEGIN -> onBegin(FrameHeader.channel(in, at), performative);
            case ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END -> {
                UpstreamSession session = sessions.ofBroker(FrameHeader.channel(in, at));
                if (session != null && session.hears(performative.type())) {
                    onFrameOfSession(session, performative, end);
                }
            }
            default -> throw AmqpError.connection(AmqpError.NOT_ALLOWED, "unexpected " + performative);
        }
    }

    private void onBegin(int channel, Performative begin) throws AmqpError {
        int own = begin.ushort(Performative.BEGIN_REMOTE_CHANNEL, -1);
        UpstreamSession session = own == NOBODY ? sessions.endedAhead() : own < 0 ? null : sessions.get(own);
        if (session == null) {
            throw AmqpError.connection(AmqpError.NOT_ALLOWED, "begin of a session that nobody asked for");
        }
        session.onBegin(channel, begin);
        sessions.onBegun(session, channel);
    }

    private static void onFrameOfSession(UpstreamSession session, Performative performative, int end) throws AmqpError {
        CompositeType type = performative.type();
        switch (type) {
            case ATTACH -> session.onAttach(performative);
            case FLOW -> session.onFlow(performative);
            case TRANSFER -> session.onTransfer(performative, end);
            case DISPOSITION -> session.onDisposition(performative);
            case DETACH -> session.onDetach(performative);
            default -> session.onEnd(performative);
        }
    }
}
