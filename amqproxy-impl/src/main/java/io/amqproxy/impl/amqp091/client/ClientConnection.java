package io.amqproxy.impl.amqp091.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.broker.Tune;
import io.amqproxy.impl.amqp091.channel.FrameReader;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.WriteCoalescer;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Identity;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.UserQuota;
import io.amqproxy.impl.pool.spi.InboundConnection;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.SpokenProtocol;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The connection of a client as its channels and the other parts of {@link Amqp091Client} need it: who the client is,
 * what was agreed on, what it waits for, and what it has of its loop.
 */
abstract class ClientConnection extends InboundConnection
        implements HeldRefusal.Client, DeferredFrames.Client, ClientBackpressure.Client {

    private final SpokenProtocol protocol;
    private final ClientProfile profile;
    private final ClientOutput output = new ClientOutput(this);
    /** Null while nothing was refused. */
    private @Nullable HeldRefusal refusal;

    private final ClientBackpressure backpressure;
    private PoolGateway gateway;
    private Amqp091Context context;
    private ReassemblyBudget reassembly;
    private int channelMax;
    private int frameMax = Settings.HANDSHAKE_FRAME_MAX;
    private int heartbeatSeconds;

    ClientConnection(SpokenProtocol protocol, LoopContext loop, PoolGateway gateway, ClientInfo client) {
        super(loop);
        this.protocol = protocol;
        this.context = Amqp091Context.of(loop);
        this.reassembly = ReassemblyBudget.of(loop);
        this.gateway = gateway;
        this.profile = new ClientProfile(client.speaking(protocol.name()));
        this.backpressure = new ClientBackpressure(this, this);
    }

    // Who it is.

    @Override
    public final SpokenProtocol protocol() {
        return protocol;
    }

    final ClientProfile profile() {
        return profile;
    }

    @Override
    public final ClientInfo info() {
        return profile.info();
    }

    @Override
    public final ClientProperties properties() {
        return profile.properties();
    }

    @Override
    public final long id() {
        return profile.id();
    }

    /** Before the client has sent anything: who may log in with EXTERNAL. */
    @Override
    public final void identifiedBy(Identity newIdentity) {
        profile.identifiedBy(newIdentity);
    }

    @Override
    public final void onRoute(@Nullable String name) {
        profile.onRoute(name);
    }

    // What was agreed on.

    final int frameMax() {
        return frameMax;
    }

    final int channelMax() {
        return channelMax;
    }

    /** The heartbeat that the client has agreed to in seconds, 0 for none. */
    @Override
    public final int heartbeatSeconds() {
        return heartbeatSeconds;
    }

    final void onTuned(Tune agreed) {
        channelMax = agreed.channelMax();
        frameMax = agreed.frameMax();
        heartbeatSeconds = agreed.heartbeatSeconds();
        startHeartbeat(agreed.heartbeatSeconds());
    }

    // What it has of its loop.

    final Amqp091Context context() {
        return context;
    }

    final PoolGateway gateway() {
        return gateway;
    }

    final ReassemblyBudget reassembly() {
        return reassembly;
    }

    /** Another loop takes over, before the client has any channel. */
    @Override
    public final void moveTo(LoopContext next) {
        gateway = PoolGateway.of(next);
        context = Amqp091Context.of(next);
        reassembly = ReassemblyBudget.of(next);
        super.moveTo(next);
    }

    @Override
    public final void onWritten(long octets) {
        loop.bytesOut += octets;
        backpressure.onWritten(octets);
    }

    @Override
    protected final void writeHeartbeat() {
        context.frames().heartbeat(out());
    }

    // What it waits for.

    final ClientBackpressure backpressure() {
        return backpressure;
    }

    /** What the proxy refuses, in its place. */
    final HeldRefusal refusal() {
        HeldRefusal present = refusal == null ? new HeldRefusal(this) : refusal;
        refusal = present;
        return present;
    }

    /** Whether something that it refuses waits for its place. */
    final boolean holdsRefusal() {
        return refusal != null && refusal.isHeld();
    }

    /** The broker has nothing more to say on a channel. */
    final void onLastWord() {
        if (refusal != null) {
            refusal.onLastWord();
        }
    }

    final void forgetRefusal() {
        refusal = null;
    }

    /** From its vhost's opening on the client shares this with others. */
    @Override
    public final void share(UserQuota allowance, Runnable onLeft) {
        backpressure.share(allowance, onLeft);
    }

    /** Stops or goes on taking bytes, while a channel waits for a lease. */
    @Override
    public final void setWaitingForLease(boolean waiting) {
        backpressure.forLease(waiting);
    }

    /** Stops taking bytes until the broker has proved that it handled what a channel sent, or goes on. */
    final void setWaitingForProof(boolean waiting) {
        backpressure.forLease(waiting);
        boundTheWait(waiting);
    }

    /** Stops taking bytes until the broker has said all that comes before a refusal, or goes on. */
    @Override
    public final void setWaitingForLastWord(boolean waiting) {
        backpressure.forLastWord(waiting);
        boundTheWait(waiting);
    }

    @Override
    public final void setWaitingForDeferred(boolean waiting) {
        backpressure.forDeferred(waiting);
        boundTheWait(waiting);
    }

    private void boundTheWait(boolean waiting) {
        if (waiting) {
            wakeAt(loop.now + loop.settings.acquireTimeout());
        } else if (isOpen()) {
            cancelDeadline();
        }
    }

    // Octets.

    /** What cuts the client's octets into frames. */
    abstract FrameReader frames();

    /** What goes on from the read buffer in one piece. */
    final WriteCoalescer writes() {
        return frames().writes();
    }

    /** What of the broker goes to the client. */
    final ClientOutput output() {
        return output;
    }

    /** The content that has frames in the present read buffer, or null. */
    abstract void hold(@Nullable HeldContent content);

    /** The broker sends the client a header that is too large for the proxy. */
    abstract void onTooLarge(int octets);

    // The handshake.

    /** A method of a client whose connection is not open yet. */
    abstract void onHandshake(Method method, ByteBuffer in, int at) throws AmqpException;

    // The end.

    /** The client closes the connection. */
    abstract void onClose(int code, String text);

    /** The client answers a close. */
    abstract void onCloseOk();

    /** Closes the connection for what the client has done. */
    abstract void refuse(AmqpException offence);

    /** Ends without a close, which would tell the client nothing. */
    abstract void endWithoutClose(CloseCause reason);

    /** The client was told of its end, and has so long to answer. */
    abstract void resetAt(long time);
}
