package io.amqproxy.impl.amqp10.upstream;

import io.amqproxy.impl.amqp10.broker.Amqp10Profile;
import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.broker.ErrorConditions;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.Amqp10Connection;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamIdentity;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import io.amqproxy.internal.LogText;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's side of a connection, towards a broker that speaks AMQP 1.0.
 *
 * <pre>
 *   CONNECTING --link up, SASL header--&gt; LOGIN --outcome--&gt; PROVED --open asked for--&gt; OPENING --open--&gt; OPEN
 *                                                                                                  |
 *   ENDED &lt;---- refused, lost, timed out, from every state ----&gt; ENDED &lt;-- close -- CLOSING &lt;-- close ----
 * </pre>
 */
public final class Amqp10Upstream extends Amqp10Connection implements UpstreamFrames10.Lifecycle {

    /** Where the connection is in its life. */
    private enum State {
        CONNECTING,
        LOGIN,
        PROVED,
        OPENING,
        OPEN,
        CLOSING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(Amqp10Upstream.class);
    private static final int MAX_SESSIONS = 0x1_0000;

    private final Credentials credentials;
    private final UpstreamHandshake10 handshake;
    private final UpstreamFrames10 frames;
    private final UpstreamSessions sessions = new UpstreamSessions();
    private State state = State.CONNECTING;
    private BrokerOpen brokerOpen = BrokerOpen.UNKNOWN;
    /** Whether it has said how one logs in. */
    private boolean isIntroduced;

    private boolean endsWithClient;
    private @Nullable String expected;
    private boolean isOpenedAhead;
    private long since;
    private int heartbeat;

    public Amqp10Upstream(LoopContext loop, UpstreamOwner owner, long id, String endpoint, Credentials credentials) {
        super(loop, owner, new UpstreamIdentity(loop, id, endpoint, credentials.user(), "publish"));
        this.credentials = credentials;
        this.handshake = new UpstreamHandshake10(this, identity(), loop);
        this.frames = new UpstreamFrames10(this, context(), sessions);
        this.since = loop.now;
        this.heartbeat = loop.settings.heartbeatSeconds();
        loop.events.upstreamConnecting(info());
        wakeAt(loop.now + loop.settings.connectTimeout());
    }

    @Override
    public boolean isOpening() {
        return state.compareTo(State.OPEN) < 0;
    }

    @Override
    public boolean isOpen() {
        return state == State.OPEN;
    }

    @Override
    public boolean isTuned() {
        return state.compareTo(State.OPEN) >= 0;
    }

    @Override
    public boolean isClosing() {
        return state == State.CLOSING;
    }

    @Override
    public boolean isOver() {
        return state == State.ENDED;
    }

    @Override
    public int heartbeatSeconds() {
        return heartbeat;
    }

    @Override
    public void beatWithin(int seconds) {
        if (seconds > 0 && handshake.openedFor() == null && (heartbeat == 0 || seconds < heartbeat)) {
            heartbeat = seconds;
        }
    }

    @Override
    public boolean isConnecting() {
        return state == State.CONNECTING;
    }

    @Override
    public boolean hasSentOpen() {
        return handshake.openedFor() != null;
    }

    @Override
    public boolean isLoggingIn() {
        return state == State.LOGIN;
    }

    @Override
    public NegotiatedLimits offer() {
        return brokerOpen;
    }

    @Override
    public BrokerOpen brokerOpen() {
        return brokerOpen;
    }

    // Opening.

    @Override
    protected void onAttached() {
        state = State.LOGIN;
        awaitAnswer();
        handshake.begin(credentials, hostname());
        flush();
    }

    private void awaitAnswer() {
        wakeAt(loop.now + loop.settings.loginTimeout());
    }

    @Override
    public void onMechanisms(Amqp10Profile profile) {
        isIntroduced = true;
        context().greeting().onProfile(profile);
        handshake.onMechanisms(credentials, hostname());
        flush();
    }

    @Override
    public void onOutcome(int code) {
        if (code != ErrorConditions.SASL_OK) {
            end(ErrorConditions.ofOutcome(Math.min(code, ErrorConditions.SASL_TEMPORARY)));
            abort();
            return;
        }
        state = State.PROVED;
        cancelDeadline();
        frames.expectHeader(); // Artemis does not wait for the proxy's.
        owner().onProved(brokerOpen);
        String vhost = identity().vhost();
        if (vhost != null) {
            open(vhost);
        }
    }

    /** The hostname for which it will be opened, as far as is known. */
    private @Nullable String hostname() {
        String vhost = identity().vhost();
        return vhost == null ? expected : vhost;
    }

    @Override
    public void expect(String hostname) {
        expected = hostname;
    }

    @Override
    public void endWithClient() {
        endsWithClient = true;
    }

    @Override
    public boolean endsWithClient() {
        return endsWithClient;
    }

    @Override
    public boolean isOnlyOf(InboundSession client) {
        return sessions.areOnlyOf(client);
    }

    /** It is left unread for nobody: each session has its own window. */
    @Override
    public void onShared() {}

    @Override
    public void open(String hostname) {
        identity().in(hostname);
        if (state != State.PROVED) {
            return;
        }
        String ahead = handshake.openedFor();
        if (ahead == null) {
            state = State.OPENING;
            awaitAnswer();
            handshake.open(hostname);
            flush();
        } else if (ahead.equals(hostname) && !isOpenedAhead) {
            state = State.OPENING;
            awaitAnswer();
        } else {
            wakeAt(loop.now); // What asks for it is in the midst of something.
        }
    }

    /** It was opened together with the log-in, for what has been asked for meanwhile or for another hostname. */
    private void onOpenedAhead() {
        if (isOpenedAhead && String.valueOf(identity().vhost()).equals(handshake.openedFor())) {
            opened();
        } else {
            composer().begin(0, CompositeType.CLOSE).to(out());
            flush();
            end(CloseCause.orderly("opened for another hostname"));
            finish();
        }
    }

    /** The broker has opened the connection, unless it only says so before it closes it (section 2.7.1). */
    @Override
    public void onOpen(Performative open) {
        brokerOpen = BrokerOpen.read(open);
        if (brokerOpen.isFailure()) {
            return;
        }
        if (state == State.PROVED) {
            isOpenedAhead = true;
        } else {
            opened();
        }
    }

    private void opened() {
        state = State.OPEN;
        cancelDeadline();
        keepAlive(brokerOpen.idleTimeout(), heartbeat);
        loop.upstreamsOpened++;
        loop.events.upstreamOpened(info(), Duration.ofNanos(loop.now - since));
        owner().onOpened();
    }

    @Override
    protected void writeHeartbeat() {
        composer().empty(out());
    }

    // Bytes of the broker.

    @Override
    public boolean isPaused() {
        return false;
    }

    @Override
    protected void onReceive(ByteBuffer in) {
        int from = in.position();
        try {
            frames.parse(in);
            traffic().bytesOut += in.position() - from;
        } catch (AmqpError offence) {
            loop.lines.warn(log, "{} is closed, the broker broke the protocol: {}", this, LogText.of(offence.text()));
            in.position(in.limit());
            fail(ErrorConditions.byProxy(offence.condition(), offence.text()));
        }
    }

    // Sessions.

    @Override
    public int mostSlots() {
        return Math.min(brokerOpen.channelMax() + 1, MAX_SESSIONS);
    }

    @Override
    public int acceptedSlots() {
        return openSlots();
    }

    @Override
    public int openSlots() {
        return sessions.count();
    }

    @Override
    public UpstreamSession openSlot() {
        int channel = sessions.freeChannel(isTuned() ? mostSlots() : 0);
        UpstreamSession session = new UpstreamSession(this, channel);
        sessions.add(session);
        session.begin();
        return session;
    }

    @Override
    public void deleteQueue(ClientQueue queue, Slot on) {
        throw new UnsupportedOperationException("what a client has for itself ends with its connection");
    }

    @Override
    public boolean isDeclaringExclusively(String queue) {
        return false;
    }

    @Override
    public boolean isDeclaringExclusivelyFor(Predicate<? super InboundSession> clients) {
        return false;
    }

    @Override
    public void onEnded(Slot ended) {
        sessions.remove(ended.number());
        owner().onChannelClosed(ended);
    }

    @Override
    public void onSent() {
        super.onSent();
        if (out().size() <= Settings.UPSTREAM_HIGH_WATER / 2) {
            onRoom();
        }
    }

    // The secret: nothing in the protocol changes it on an open connection.

    @Override
    public void updateSecret(Credentials updated, String reason) {}

    @Override
    public void refreshSecret() {}

    // The end.

    @Override
    public void close(String why) {
        if (state == State.ENDED || state == State.CLOSING) {
            return;
        }
        if (state != State.OPEN && state != State.OPENING) {
            end(CloseCause.orderly(why));
            abort();
            return;
        }
        state = State.CLOSING;
        composer().begin(0, CompositeType.CLOSE).to(out());
        flush();
        wakeAt(loop.now + loop.settings.closeTimeout());
    }

    /** The broker closes the connection, or answers its close. */
    @Override
    public void onClose(Performative close) {
        if (state == State.CLOSING) {
            end(CloseCause.orderly("closed by the proxy"));
        } else {
            CloseCause ending = ErrorConditions.ending(close, Performative.CLOSE_ERROR);
            composer().begin(0, CompositeType.CLOSE).to(out());
            flush();
            end(ending);
        }
        finish();
    }

    @Override
    public boolean fail(int code, String text) {
        return fail(AmqpError.CONNECTION_FORCED, text);
    }

    @Override
    public boolean fail(String condition, String text) {
        boolean wasOpen = state == State.OPEN;
        if (wasOpen) {
            close("closed on purpose");
            end(ErrorConditions.byBroker(condition, text));
            finish();
        }
        return wasOpen;
    }

    @Override
    public int endSessions(IntPredicate which, String condition, String text) {
        return state == State.OPEN ? sessions.end(which, AmqpError.session(condition, text)) : 0;
    }

    @Override
    public int detachLinks(IntPredicate which, String condition, String text) {
        return state == State.OPEN ? sessions.detachLinks(which, AmqpError.link(condition, text)) : 0;
    }

    @Override
    public void onConnectFailed(String why) {
        fail(lost(why));
    }

    /** Until the broker has introduced itself it knows nothing of a user that it could mind. */
    private CloseCause lost(String why) {
        return isIntroduced ? CloseCause.byNetwork(why) : CloseCause.ofEndpoint(why);
    }

    @Override
    public void onConnectImpossible(String why) {
        fail(CloseCause.byProxy(CloseCause.Kind.RESOURCE, why));
    }

    private void fail(CloseCause ending) {
        if (state != State.ENDED) {
            end(ending);
            abort();
        }
    }

    private void end(CloseCause ending) {
        if (state == State.ENDED) {
            return;
        }
        loop.traffic.add(traffic());
        boolean wasOpen = state == State.OPEN || state == State.CLOSING;
        state = State.ENDED;
        onOver();
        if (wasOpen) {
            loop.events.upstreamClosed(info(), ending.toReason());
        } else {
            loop.events.upstreamFailed(info(), ending.toReason());
        }
        List<UpstreamSession> lost = sessions.takeAll();
        Blame10 blame = new Blame10(ending, lost);
        blame.suspects().forEach(suspect -> owner().onSuspect(suspect, blame.isShared()));
        owner().onEnded(ending, wasOpen);
        lost.forEach(session -> session.onLost(blame.endingFor(session.holder(), ending)));
        onRoom();
    }

    @Override
    protected void onDisconnected(String why) {
        boolean isOpening = state == State.OPENING || (state == State.PROVED && handshake.openedFor() != null);
        if (isOpening && frames.hasHeader()) {
            // RabbitMQ says no in this way, 3 s later, to a vhost that there is not or that is not for this user,
            // and to one connection too many.
            end(ErrorConditions.withoutReason(String.valueOf(identity().vhost())));
        } else {
            end(lost(identity().endpoint() + ": " + why));
        }
    }

    @Override
    protected void onDeadline() {
        if (state == State.PROVED) {
            onOpenedAhead();
        } else if (state == State.CLOSING) {
            end(CloseCause.orderly("closed by the proxy without an answer"));
            abort();
        } else {
            fail(lost("no answer from " + identity().endpoint() + " in time"));
        }
    }

    @Override
    protected void onSilence() {
        fail(CloseCause.ofEndpoint("nothing heard from " + identity().endpoint()));
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "{} failed and is closed", this, fault);
        fail(CloseCause.byNetwork("internal error"));
    }
}
