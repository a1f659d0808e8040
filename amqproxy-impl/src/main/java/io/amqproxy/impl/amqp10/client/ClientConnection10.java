package io.amqproxy.impl.amqp10.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.broker.Containers;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.SpeaksAmqp10;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Identity;
import io.amqproxy.impl.core.Leftover;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.limit.UserQuota;
import io.amqproxy.impl.pool.spi.FaultJudge;
import io.amqproxy.impl.pool.spi.InboundConnection;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.SpokenProtocol;
import org.jspecify.annotations.Nullable;

/**
 * The connection of a client as its sessions and its handshake need it: who the client is, what was agreed on, what it
 * waits for, and what it has of its loop. {@link Amqp10Client} is made of all of them.
 */
abstract class ClientConnection10 extends InboundConnection implements Containers.Client, SpeaksAmqp10 {

    private static final int MOST_OF_NAME = 255;
    private static final String VHOST = "vhost:";

    private final ClientBackpressure10 backpressure = new ClientBackpressure10(this);
    private final ClientShare share = new ClientShare(this, backpressure);
    /** Null while it has left nothing that counts. */
    private @Nullable Leftover<ClientShare> leftover;

    private final ContainerMembership container = new ContainerMembership(this);
    private final SpokenProtocol protocol;
    private PoolGateway gateway;
    private Amqp10Context context;
    private IncompleteDeliveries incomplete;

    private ClientInfo info;
    private Identity identity = Identity.NONE;
    private ClientProperties properties = ClientProperties.NONE;
    private String user = "";
    private int maxFrameSize = FrameHeader.MIN_MAX_FRAME_SIZE;
    private int channelMax;
    private int idleTimeout;
    private @Nullable FaultJudge judge;

    ClientConnection10(SpokenProtocol protocol, LoopContext loop, PoolGateway gateway, ClientInfo client) {
        super(loop);
        this.protocol = protocol;
        this.gateway = gateway;
        this.context = Amqp10Context.of(loop);
        this.incomplete = IncompleteDeliveries.of(loop);
        this.info = client.speaking(protocol.name());
    }

    // Who it is.

    @Override
    public final SpokenProtocol protocol() {
        return protocol;
    }

    @Override
    public final ClientInfo info() {
        return info;
    }

    @Override
    public final long id() {
        return info.id();
    }

    @Override
    public final ClientProperties properties() {
        return properties;
    }

    final Identity identity() {
        return identity;
    }

    @Override
    public final void identifiedBy(Identity newIdentity) {
        identity = newIdentity;
    }

    @Override
    public final void onRoute(@Nullable String name) {
        info = info.through(name);
    }

    /** As whom it logs in. */
    final String user() {
        return user;
    }

    final void onUser(String name) {
        user = name;
        info = info.in(cut(name), null);
    }

    final void onVhost(String vhost) {
        info = info.in(info.user(), cut(vhost));
    }

    /** RabbitMQ's clients put a word before it. */
    @Override
    public final String nameOfVhost(String opened) {
        return opened.startsWith(VHOST) ? opened.substring(VHOST.length()) : opened;
    }

    /** The client, with the hostname that it asked for. */
    final ClientInfo applicant(@Nullable String hostname) {
        return hostname == null ? info : info.in(info.user(), cut(hostname));
    }

    /** Events and logs keep names, so that a long one is cut. */
    private static String cut(String name) {
        return name.length() > MOST_OF_NAME ? name.substring(0, MOST_OF_NAME) + '\u2026' : name;
    }

    /** As one connection of its container. */
    final ContainerMembership container() {
        return container;
    }

    // What was agreed on.

    /**
     * The client has said how it wants its connection to be.
     *
     * @param timeout milliseconds, 0 for none
     */
    final void onOpened(ClientProperties sent, int largestFrame, int timeout, int highestChannel) {
        properties = sent;
        info = info.introducedAs(cut(sent.text()), null);
        maxFrameSize = largestFrame;
        idleTimeout = timeout;
        channelMax = highestChannel;
    }

    final int maxFrameSize() {
        return maxFrameSize;
    }

    final int channelMax() {
        return channelMax;
    }

    final void limitChannels(int most) {
        channelMax = Math.max(0, Math.min(channelMax, most));
    }

    /** Milliseconds after which the client gives up who says nothing, 0 for never. */
    final int idleTimeout() {
        return idleTimeout;
    }

    /** A peer of 1.0 says after how long it gives up, which is twice as long. */
    @Override
    public final int heartbeatSeconds() {
        return (int) (Integer.toUnsignedLong(idleTimeout) / 2000);
    }

    // What it has of its loop.

    final Amqp10Context context() {
        return context;
    }

    final PoolGateway gateway() {
        return gateway;
    }

    final IncompleteDeliveries incomplete() {
        return incomplete;
    }

    /** The session takes what it has left. */
    final void takeLeft() {
        if (leftover != null) {
            incomplete.take(leftover);
        }
    }

    /** It leaves so many octets. */
    final void leave(int octets) {
        if (leftover == null && Leftover.counts(octets)) {
            leftover = new Leftover<>(share);
        }
        if (leftover != null) {
            incomplete.leave(leftover, octets);
        }
    }

    @Override
    public final void moveTo(LoopContext next) {
        gateway = PoolGateway.of(next);
        context = Amqp10Context.of(next);
        incomplete = IncompleteDeliveries.of(next);
        super.moveTo(next);
    }

    // What it waits for, and takes.

    final ClientBackpressure10 backpressure() {
        return backpressure;
    }

    final ClientShare share() {
        return share;
    }

    @Override
    public final void setWaitingForLease(boolean waiting) {
        backpressure.forLease(waiting);
    }

    @Override
    public final void share(UserQuota allowance, Runnable onLeft) {
        backpressure.share(allowance, onLeft);
    }

    // What no frame of 1.0 could tell it.

    @Override
    public final void onBlocked(@Nullable String why) {}

    @Override
    public final void onSecretRefused(String text) {}

    @Override
    public final void onSecretTaken() {}

    // What goes wrong on purpose.

    @Override
    public final void judgedBy(@Nullable FaultJudge newJudge) {
        judge = newJudge;
    }

    /** What looks at the outcomes of the client's deliveries, or null. */
    @Nullable
    final FaultJudge judge() {
        return judge;
    }

    // What is said to it.

    /** Whether frames of sessions are still passed on to the client. */
    abstract boolean isListening();

    /** Tells the client something of a session. */
    final void write(FrameComposer frame) {
        long before = out().size();
        frame.to(out());
        backpressure.onAnswer(out().size() - before);
        flush();
    }

    @Override
    public final void onWritten(long octets) {
        loop.bytesOut += octets;
    }

    @Override
    protected final void writeHeartbeat() {
        context.composer().empty(out());
    }

    // The handshake, and the end.

    /** What the handshake waited for is there. */
    final void resumeHandshake() {
        wakeAt(loop.now + loop.settings.handshakeTimeout());
        readAgain();
    }

    /**
     * Ends without a close, which would tell the client nothing.
     *
     * @param isTold whether listeners heard of this client already, so that it is not refused besides
     */
    abstract void abandon(CloseCause why, boolean isTold);

    /** The client closes the connection. */
    abstract void onClose(Performative close);
}
