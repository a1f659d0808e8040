package io.amqproxy.impl.amqp10.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.broker.ErrorConditions;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.ProtocolId;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.pool.spi.FaultFilter;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.SpokenProtocol;
import io.amqproxy.internal.LogText;
import java.nio.ByteBuffer;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's side of a connection of AMQP 1.0, towards a client.
 *
 * <pre>
 *   HANDSHAKE --open--&gt; OPEN --client closes--&gt; LEAVING --all sessions left, close--&gt; ENDED
 *       |                 |
 *       | refused, offence| offence, upstream lost, drained
 *       v                 v
 *     CLOSING -------- close of the client, or time-out ----------------------------&gt; ENDED
 * </pre>
 *
 * <p>In CLOSING and ENDED what the client sends is dropped. A vanished client goes to ENDED from everywhere.
 */
public final class Amqp10Client extends ClientConnection10 {

    private static final Logger log = LoggerFactory.getLogger(Amqp10Client.class);

    private @Nullable ClientHandshake10 handshake = new ClientHandshake10(this);
    private final ClientSessions sessions = new ClientSessions(this);
    private int mostTaken = Settings.HANDSHAKE_FRAME_MAX;

    public Amqp10Client(SpokenProtocol protocol, LoopContext loop, PoolGateway gateway, ClientInfo client) {
        super(protocol, loop, gateway, client);
    }

    @Override
    protected void addBound(TrafficCounters sum) {
        sessions.addBound(sum);
    }

    @Override
    public int channelCount() {
        return sessions.count();
    }

    @Override
    public @Nullable String likelyVhost() {
        ClientHandshake10 opening = handshake;
        return opening == null ? null : opening.likelyHostname();
    }

    /** Before the connection is open one frame, so that nobody has to be trusted with more. */
    @Override
    public int mostToRead(int waiting) {
        return state() == State.HANDSHAKE ? Settings.HANDSHAKE_FRAME_MAX - waiting : loop.chunks.mostToRead();
    }

    @Override
    boolean isListening() {
        return isOpen() || isLeaving();
    }

    // Bytes.

    @Override
    public boolean isPaused() {
        return backpressure().isWaiting() || (handshake != null && handshake.isWaiting());
    }

    @Override
    public boolean takesMore() {
        if (state() == State.OPEN && !isPaused()) {
            incomplete().onTaken(share());
        }
        return !isPaused();
    }

    @Override
    protected void onReceive(ByteBuffer in) {
        int from = in.position();
        try {
            takeLeft();
            parse(in);
        } catch (AmqpError offence) {
            in.position(in.limit());
            onOffence(offence);
        }
        int octets = in.position() - from;
        loop.bytesIn += octets;
        if (handshake != null && state() == State.HANDSHAKE) {
            handshake.onTaken(octets);
        } else if (state() == State.OPEN) {
            incomplete().onTaken(share());
            backpressure().onTaken(octets);
        }
        leave(state() == State.OPEN ? in.remaining() : 0);
    }

    private void parse(ByteBuffer in) throws AmqpError {
        int at = in.position();
        int limit = in.limit();
        try {
            while (limit - at >= FrameHeader.LENGTH && !isPaused() && !isEnded()) {
                ClientHandshake10 opening = handshake;
                if (opening != null && opening.awaitsHeader()) {
                    if (!opening.onHeader(in, at)) {
                        return;
                    }
                    at += ProtocolId.LENGTH;
                    continue;
                }
                int type = opening == null ? FrameHeader.TYPE_AMQP : opening.frameType();
                int size = FrameHeader.check(in, at, mostTaken, type);
                if (limit - at < size || !onFrame(in, at, size)) {
                    break;
                }
                at += size;
            }
            if (!isPaused() && !isEnded() && (handshake == null || !handshake.awaitsHeader())) {
                FrameHeader.checkBeginning(in, at, mostTaken);
            }
        } finally {
            in.position(isEnded() ? limit : at);
        }
    }

    /** Returns whether the frame was taken; otherwise it comes again when the client has waited. */
    private boolean onFrame(ByteBuffer in, int at, int size) throws AmqpError {
        int body = FrameHeader.body(in, at);
        int end = at + size;
        if (body == end) {
            return true;
        }
        if (state() == State.CLOSING) {
            onFrameWhileClosing(in, body, end);
            return true;
        }
        Performative performative = context().performative();
        try {
            performative.read(in, body, end, sessions.areReadLeniently());
        } catch (AmqpError offence) {
            if (state() != State.OPEN || !sessions.onMalformed(FrameHeader.channel(in, at), performative, offence)) {
                throw offence;
            }
            return true;
        }
        ClientHandshake10 opening = handshake;
        if (opening != null) {
            opening.onFrame(FrameHeader.channel(in, at), performative);
            return true;
        }
        if (state() != State.OPEN) {
            return true;
        }
        if (performative.type() == CompositeType.CLOSE) {
            sessions.check(performative);
            onClose(performative);
            return true;
        }
        return sessions.onFrame(FrameHeader.channel(in, at), performative, end);
    }

    /** Only the client's own close is of interest; what comes before it may be anything. */
    private void onFrameWhileClosing(ByteBuffer in, int body, int end) {
        try {
            if (context().performative().read(in, body, end).type() == CompositeType.CLOSE) {
                become(State.ENDED);
                finish();
            }
        } catch (AmqpError ignored) {
            log.trace("{} sends what cannot be read while it is closed", this);
        }
    }

    private void onOffence(AmqpError offence) {
        if (!canBeClosed()) {
            return;
        }
        loop.lines.debug(log, "{} is closed: {}", this, LogText.of(offence.text()));
        close(ErrorConditions.byProxy(offence.condition(), offence.text()), offence.condition(), offence.text());
        if (offence.condition().equals(AmqpError.FRAMING_ERROR)
                || offence.condition().equals(AmqpError.DECODE_ERROR)) {
            become(State.ENDED); // Its close could not be told from the rest.
            finish();
        }
    }

    @Override
    void onClose(Performative close) {
        CloseCause said = ErrorConditions.ending(close, Performative.CLOSE_ERROR);
        beginLeaving(new CloseCause(Initiator.CLIENT, said.kind(), said.code(), said.text(), null, false));
        sessions.leave();
        if (gateway().leave(this)) {
            onLeft();
        }
    }

    /** Nothing of a leaving client remains at the broker. */
    @Override
    public void onLeft() {
        if (state() == State.LEAVING && sessions.areParted()) {
            context().composer().begin(0, CompositeType.CLOSE).to(out());
            flush();
            endLeaving();
        }
    }

    @Override
    protected boolean endsStream() {
        return sessions.endsStream();
    }

    // Handshake.

    @Override
    public void onAuthenticated(NegotiatedLimits offer) {
        ClientHandshake10 opening = handshake;
        if (state() == State.HANDSHAKE && opening != null && opening.onAuthenticated()) {
            resumeHandshake();
        }
    }

    @Override
    public void onOpened(String vhost, NegotiatedLimits offer) {
        ClientHandshake10 opening = handshake;
        if (state() != State.HANDSHAKE || opening == null) {
            return;
        }
        BrokerOpen broker = (BrokerOpen) offer;
        AmqpError obstacle = obstacle(vhost, broker, opening.wantsToBeSole());
        if (obstacle != null) {
            onOffence(obstacle);
            return;
        }
        become(State.OPEN);
        prove();
        int most = Math.min(broker.channelMax(), loop.settings.limits().channelsPerClient() - 1);
        mostTaken = broker.maxFrameSize();
        sessions.onOpened(broker);
        opening.onVhost(broker, Math.max(0, most));
        limitChannels(most);
        handshake = null;
        cancelDeadline();
        onVhost(vhost);
        loop.events.clientAuthenticated(info());
        keepAlive(idleTimeout(), loop.settings.heartbeatSeconds());
        readAgain();
    }

    /** What the broker would refuse the client for, which only the proxy can see. */
    private @Nullable AmqpError obstacle(String vhost, BrokerOpen broker, boolean wantsToBeSole) {
        if (idleTimeout() != 0 && Integer.compareUnsigned(idleTimeout(), broker.leastIdleTimeout()) < 0) {
            return AmqpError.connection(AmqpError.CONNECTION_FORCED, broker.refusalOfIdleTimeout(idleTimeout()));
        }
        return container().enter(context().containers(), user(), vhost, properties(), broker, wantsToBeSole);
    }

    @Override
    public void onRefused(CloseCause refusal) {
        ClientHandshake10 opening = handshake;
        if (state() == State.HANDSHAKE && opening != null && opening.onRefused(refusal)) {
            close(refusal);
        }
    }

    @Override
    void abandon(CloseCause reason, boolean isTold) {
        if (!isTold) {
            loop.events.clientRefused(info(), reason.toReason());
        }
        become(State.ENDED);
        ended(reason);
        finish();
    }

    // Sessions.

    @Override
    public void onSent() {
        super.onSent();
        backpressure().onSent();
        sessions.onSent();
    }

    // What goes wrong on purpose.

    @Override
    public int detachLinks(FaultFilter which, String condition, String text) {
        return state() == State.OPEN ? sessions.detachLinks(which, AmqpError.link(condition, text)) : 0;
    }

    @Override
    public Collection<String> names() {
        return sessions.names();
    }

    @Override
    public int endSessions(FaultFilter which, String condition, String text) {
        int ended = state() == State.OPEN ? sessions.end(which, AmqpError.session(condition, text)) : 0;
        flush();
        return ended;
    }

    @Override
    public void reviewCredit(boolean wasWithheld) {
        if (state() == State.OPEN) {
            sessions.reviewCredit(wasWithheld);
        }
    }

    @Override
    public boolean fail(String condition, String text) {
        close(ErrorConditions.byProxy(condition, text), condition, text);
        return true;
    }

    // The end.

    @Override
    public void onUpstreamLost(CloseCause lost) {
        close(
                lost.initiator() == Initiator.BROKER
                        ? lost
                        : ErrorConditions.byProxy(
                                AmqpError.CONNECTION_FORCED, "the connection to the broker was lost"));
    }

    @Override
    public void close(CloseCause reason) {
        close(reason, ErrorConditions.of(reason), ErrorConditions.text(reason));
    }

    private void close(CloseCause reason, String condition, String text) {
        if (!canBeClosed()) {
            return;
        }
        ClientHandshake10 opening = handshake;
        if (state() == State.HANDSHAKE) {
            loop.events.clientRefused(applicant(opening == null ? null : opening.likelyHostname()), reason.toReason());
        }
        boolean isSasl = opening != null && opening.isSasl();
        if (opening != null) {
            opening.openToClose();
        }
        become(State.CLOSING);
        if (!isSasl) {
            new CloseText(condition, text, ErrorConditions.info(reason))
                    .write(context().composer(), maxFrameSize(), out());
        }
        flush();
        ended(reason);
        if (isSasl) {
            become(State.ENDED);
            finish();
        } else {
            wakeAt(loop.now + loop.settings.closeTimeout());
            link().resume();
        }
    }

    @Override
    public boolean hasLink(byte[] name, boolean isReceiver) {
        return sessions.hasLink(name, isReceiver);
    }

    @Override
    public void stealLink(byte[] name, boolean isReceiver) {
        sessions.steal(name, isReceiver);
        flush();
    }

    @Override
    protected void giveBack() {
        handshake = null;
        backpressure().end();
        sessions.abandon();
        container().leave();
        gateway().leave(this);
        leave(0);
        incomplete().forget(share());
    }

    @Override
    protected void cut() {
        abort();
    }

    @Override
    protected void onDeadline() {
        switch (state()) {
            case HANDSHAKE -> {
                ended(ErrorConditions.byProxy(AmqpError.CONNECTION_FORCED, "handshake timeout"));
                abort();
            }
            case LEAVING -> sessions.beginEnd();
            default -> {
                become(State.ENDED);
                abort();
            }
        }
    }

    @Override
    protected void onSilence() {
        disconnectNow(CloseCause.byProxy(Kind.FORCED, "nothing heard from client"));
    }
}
