package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.broker.Tune;
import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.ClosedInTurn;
import io.amqproxy.impl.amqp091.channel.UpstreamBackpressure;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.UpstreamIdentity;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import io.amqproxy.internal.LogText;
import java.nio.ByteBuffer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's side of a connection, towards the broker.
 *
 * <pre>
 *   CONNECTING --link up, header sent--&gt; START --start--&gt; LOGIN --tune--&gt; PROVED --open asked for--&gt; OPENING --open-ok--&gt; OPEN
 *                                                                                                           |
 *   ENDED &lt;---- refused, lost, timed out, from every state ----&gt; ENDED &lt;-- close-ok -- CLOSING &lt;-- close ----
 * </pre>
 *
 * <p>Where the broker's mechanisms are known from an earlier connection, {@code start-ok} goes in one flight with the
 * header. {@code tune-ok} and {@code connection.open} always go together, so that a session waits in PROVED for its
 * vhost.
 */
public final class Amqp091Upstream extends Amqp091Connection implements UpstreamControl.Lifecycle {

    private static final Logger log = LoggerFactory.getLogger(Amqp091Upstream.class);

    private UpstreamState state = UpstreamState.CONNECTING;
    private final UpstreamHandshake handshake;
    private int quickestHeartbeat;
    private Tune tune = new Tune(1, Settings.FRAME_MAX, 0);

    private final UpstreamChannels channels = new UpstreamChannels(this);
    private final UpstreamControl control = new UpstreamControl(this, this, channels);
    private final UpstreamFrames incoming = new UpstreamFrames(this, control, channels);
    private final UpstreamBackpressure backpressure = new UpstreamBackpressure(this);
    private final UpstreamSecret secret;
    private final UpstreamCloseCauses causes;

    public Amqp091Upstream(LoopContext loop, UpstreamOwner owner, long id, String endpoint, Credentials credentials) {
        super(loop, owner, new UpstreamIdentity(loop, id, endpoint, credentials.user(), ""));
        this.secret = new UpstreamSecret(this, credentials);
        this.causes = new UpstreamCloseCauses(identity());
        this.handshake = new UpstreamHandshake(this, identity(), secret);
        loop.events.upstreamConnecting(info());
        wakeAt(loop.now + loop.settings.connectTimeout());
    }

    @Override
    public UpstreamState state() {
        return state;
    }

    /** Whether it is being closed in order, so that the broker counts it for a little longer. */
    @Override
    public boolean isClosing() {
        return state == UpstreamState.CLOSING;
    }

    @Override
    public boolean isOpening() {
        return state.compareTo(UpstreamState.OPEN) < 0;
    }

    @Override
    public boolean isOpen() {
        return state == UpstreamState.OPEN;
    }

    @Override
    public boolean isOver() {
        return state == UpstreamState.ENDED;
    }

    @Override
    public int mostSlots() {
        return tune.channelMax() - channels.lostNumbers();
    }

    @Override
    public NegotiatedLimits offer() {
        return tune;
    }

    public Tune tune() {
        return tune;
    }

    /** Whether the broker has accepted the credentials here, so that {@link #tune} is what it agreed to. */
    @Override
    public boolean isTuned() {
        return state.compareTo(UpstreamState.PROVED) >= 0;
    }

    @Override
    public int frameMax() {
        return tune.frameMax();
    }

    ArgumentReader arguments(ByteBuffer in, int at) {
        return context().arguments(in, at);
    }

    // Opening.

    @Override
    protected void onAttached() {
        state = UpstreamState.START;
        awaitAnswer();
        failIfNotNull(handshake.begin());
        flush();
    }

    /** The broker has so long to answer, whichever step it is. */
    private void awaitAnswer() {
        wakeAt(loop.now + loop.settings.loginTimeout());
    }

    @Override
    public void onStart(ArgumentReader start) throws AmqpException {
        state = UpstreamState.LOGIN;
        failIfNotNull(handshake.onStart(start));
        flush();
    }

    private void failIfNotNull(@Nullable CloseCause refusal) {
        if (refusal != null) {
            fail(refusal);
        }
    }

    @Override
    public void onTune(ArgumentReader offer) throws AmqpException {
        tune = handshake.onTune(offer);
        state = UpstreamState.PROVED;
        cancelDeadline();
        owner().onProved(tune);
        String vhost = identity().vhost();
        if (vhost != null) {
            open(vhost);
        }
    }

    /** The quickest heartbeat that one of its clients asks for in seconds, or 0; told to the broker if it still can. */
    @Override
    public int heartbeatSeconds() {
        return tune.heartbeatSeconds();
    }

    @Override
    public void beatWithin(int seconds) {
        quickestHeartbeat = seconds;
    }

    /** Opens the vhost, now or as soon as the broker accepted the credentials. */
    @Override
    public void open(String name) {
        identity().in(name);
        if (state == UpstreamState.PROVED) {
            state = UpstreamState.OPENING;
            awaitAnswer();
            tune = handshake.open(name, quickestHeartbeat);
            flush();
        }
    }

    @Override
    public void onOpenOk() {
        state = UpstreamState.OPEN;
        cancelDeadline();
        startHeartbeat(tune.heartbeatSeconds());
        loop.upstreamsOpened++;
        loop.events.upstreamOpened(info(), handshake.took());
        owner().onOpened();
        refreshSecret();
    }

    /** The connection is of other credentials from now on, of the same user, and the broker is told their secret. */
    @Override
    public void updateSecret(Credentials updated, String reason) {
        if (secret.replace(updated, reason)) {
            awaitAnswer();
        }
    }

    /** Tells the broker the present secret where it knows a former one. */
    @Override
    public void refreshSecret() {
        if (secret.refresh()) {
            awaitAnswer();
        }
    }

    @Override
    public boolean isTellingSecret() {
        return secret.isTelling();
    }

    @Override
    public void onSecretTold() {
        secret.endTelling();
        cancelDeadline();
        owner().onSecretTaken();
        refreshSecret();
    }

    @Override
    public void onPublished() {
        channels.onPublished();
    }

    @Override
    public boolean closesLater(ClosedInTurn channel) {
        return channels.closesLater(channel);
    }

    @Override
    public boolean answersFences() {
        return channels.answersFences();
    }

    // Bytes of the broker.

    @Override
    public boolean isPaused() {
        return backpressure.isUnread();
    }

    @Override
    public boolean isHeldUpLately() {
        return backpressure.isHeldUpLately() || channels.isProofLate();
    }

    @Override
    protected void onReceive(ByteBuffer in) {
        int from = in.position();
        try {
            incoming.parse(in);
            traffic().bytesOut += in.position() - from;
        } catch (AmqpException offence) {
            loop.lines.warn(log, "{} is closed, the broker broke the protocol: {}", this, LogText.of(offence.text()));
            in.position(in.limit());
            fail(causes.ofOffence(state, offence));
        }
    }

    @Override
    public @Nullable ByteQueue bulk() {
        return incoming.bulk();
    }

    @Override
    public int bulkOctets() {
        return incoming.bulkOctets();
    }

    @Override
    protected void onBulk(int octets) {
        incoming.onBulk(octets);
        traffic().bytesOut += octets;
    }

    // Bytes of the clients.

    @Override
    public void forward(ByteBuffer in, int from, int to) {
        if (state == UpstreamState.OPEN) {
            send(in, from, to);
            traffic().bytesIn += to - from;
        }
    }

    /** Takes a gathered message over. */
    @Override
    public void forward(ByteQueue message) {
        if (state == UpstreamState.OPEN) {
            traffic().bytesIn += message.size();
            out().take(message);
            flush();
        } else {
            message.clear();
        }
    }

    @Override
    public UpstreamBackpressure backpressure() {
        return backpressure;
    }

    @Override
    public void onSent() {
        super.onSent();
        backpressure.onSent();
    }

    /** Others than the client that the broker is left unread for need the connection too. */
    @Override
    public void onShared() {
        backpressure.onShared();
    }

    /** {@link UpstreamBackpressure} lets the broker be read again. */
    @Override
    public void readAgain() {
        forgiveSilence();
        link().resume();
    }

    // Channels.

    /** Opens one more channel: what is written to it follows {@code channel.open} in the same flight. */
    @Override
    public UpstreamChannel openSlot() {
        return channels.open();
    }

    /** Whether the broker may be about to declare such a queue for a client's own use. */
    @Override
    public boolean isDeclaringExclusively(String queue) {
        return channels.isDeclaringExclusively(queue);
    }

    @Override
    public boolean isDeclaringExclusivelyFor(Predicate<? super InboundSession> clients) {
        return channels.isDeclaringExclusivelyFor(clients);
    }

    /** Channels whose number is in use. */
    @Override
    public int openSlots() {
        return channels.count();
    }

    @Override
    public int acceptedSlots() {
        return channels.accepted();
    }

    @Override
    public void onChannelClosed(Slot channel, boolean isNumberLost) {
        channels.remove((UpstreamChannel) channel, isNumberLost);
        owner().onChannelClosed(channel);
    }

    /** Whether the broker says when it is done with a channel that it has closed. */
    @Override
    public boolean tellsOfLastWord() {
        return handshake.answersCrossingClose();
    }

    // The end.

    /** Closes the connection in order. */
    @Override
    public void close(String why) {
        if (state == UpstreamState.ENDED || state == UpstreamState.CLOSING) {
            return;
        }
        if (state.isBeforeOpening()) {
            end(CloseCause.orderly(why));
            abort();
            return;
        }
        state = UpstreamState.CLOSING;
        context().frames().close(out(), 0, ReplyCode.SUCCESS.code(), why, 0);
        flush();
        wakeAt(loop.now + loop.settings.closeTimeout());
    }

    @Override
    public void onCloseOk() {
        end(CloseCause.orderly("closed by the proxy"));
        finish();
    }

    @Override
    public void onBrokerClose(CloseCause ending) {
        end(ending);
        finish();
    }

    @Override
    public boolean fail(int code, String text) {
        return control.fail(code, text);
    }

    @Override
    public int failChannels(IntPredicate which, int code, String text) {
        return channels.fail(which, code, text);
    }

    @Override
    public boolean isConnecting() {
        return state == UpstreamState.CONNECTING;
    }

    @Override
    public void onConnectFailed(String why) {
        fail(causes.ofLoss(state, why));
    }

    @Override
    public void onConnectImpossible(String why) {
        fail(CloseCause.byProxy(Kind.RESOURCE, why));
    }

    void fail(CloseCause ending) {
        if (state != UpstreamState.ENDED) {
            end(ending);
            abort();
        }
    }

    /**
     * The end has two phases: first everything that was on the connection ends, then its owner and the clients are
     * told, who may do anything about it.
     */
    private void end(CloseCause ending) {
        if (state == UpstreamState.ENDED) {
            return;
        }
        loop.traffic.add(traffic());
        boolean wasOpen = state == UpstreamState.OPEN || state == UpstreamState.CLOSING;
        state = UpstreamState.ENDED;
        backpressure.end();
        LostChannels lost = new LostChannels(channels.takeAll(), ending);
        lost.endLeases();
        if (wasOpen) {
            loop.events.upstreamClosed(info(), ending.toReason());
        } else {
            loop.events.upstreamFailed(info(), ending.toReason());
        }
        if (lost.publishes() > 0) {
            loop.events.publishesLost(info(), lost.publishes());
        }
        if (!context().unsupported().learn(identity().vhost(), ending, loop.now)) {
            lost.tellOfSuspects(owner());
        }
        owner().onEnded(ending, wasOpen);
        lost.tellClients();
    }

    @Override
    protected void onDisconnected(String why) {
        boolean isTold = context().greeting().profile().tellsOfFailedLogins();
        end(causes.ofDisconnection(state, isTold, why));
    }

    @Override
    protected void onDeadline() {
        if (state == UpstreamState.CLOSING) {
            end(CloseCause.orderly("closed by the proxy without an answer"));
            abort();
        } else if (state == UpstreamState.OPEN) {
            secret.endTelling();
            owner().onSecretRefused(causes.ofSilenceAboutSecret());
        } else if (state == UpstreamState.CONNECTING && isQueued()) {
            onConnectImpossible("look-ups of host names take too long");
        } else {
            fail(causes.ofSilence(state, isLinked()));
        }
    }

    @Override
    protected void writeHeartbeat() {
        context().frames().heartbeat(out());
    }

    @Override
    protected void onSilence() {
        fail(causes.ofMissedHeartbeats());
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "{} failed and is closed", this, fault);
        fail(CloseCause.byProxy(Kind.FAILURE, "internal error"));
    }
}
