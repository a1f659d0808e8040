package io.amqproxy.impl.session;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseMode;
import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.LeaseInfo;
import io.amqproxy.Release;
import io.amqproxy.Release.Outcome;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.Arguments;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.Method;
import io.amqproxy.impl.wire.ProtocolHeader;
import io.amqproxy.impl.wire.ReplyCode;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's side of a connection, towards a client.
 *
 * <pre>
 *   HANDSHAKE --connection.open--&gt; OPEN --client closes--&gt; LEAVING --all channels left, close-ok--&gt; ENDED
 *       |                           |
 *       | refused, offence          | offence, upstream lost, drained
 *       v                           v
 *     CLOSING -------- close-ok of the client, or time-out -----------------------------------------&gt; ENDED
 * </pre>
 *
 * <p>In CLOSING and ENDED what the client sends is dropped. A vanished client goes to ENDED from everywhere.
 */
public final class ClientSession extends Session implements Run.Target {

    /** Where the connection is in its life. */
    enum State {
        HANDSHAKE,
        OPEN,
        LEAVING,
        CLOSING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(ClientSession.class);
    private static final CloseReason VANISHED = new CloseReason(Initiator.NETWORK, 0, "connection lost");

    private final long id;
    private final InetSocketAddress address;
    private Gateway gateway;
    private ClientInfo info;

    private State state = State.HANDSHAKE;
    private @Nullable ClientHandshake handshake = new ClientHandshake(this);
    private boolean wantsCancel;
    private boolean wantsBlocked;
    private boolean wantsAuthenticationFailure;
    private Tune tune = new Tune(0, Settings.HANDSHAKE_FRAME_MAX, 0);

    private @Nullable ClientChannel[] channels = new ClientChannel[2];
    private int channelsLeaving;
    private boolean waitingForLease;
    private boolean waitingForRoom;
    private @Nullable UpstreamSession unreadFor;
    private @Nullable Ending ending;
    private @Nullable Runnable onEnd;

    private final Run run = new Run();
    private final ClientMethods methods = new ClientMethods(this);
    /** The content that has frames in the present read buffer. */
    private @Nullable IncomingContent held;

    public ClientSession(LoopContext loop, Gateway gateway, long id, InetSocketAddress address) {
        super(loop);
        this.gateway = gateway;
        this.id = id;
        this.address = address;
        this.info = new ClientInfo(id, address, null, null);
    }

    public ClientInfo info() {
        return info;
    }

    public long id() {
        return id;
    }

    public LoopContext loop() {
        return loop;
    }

    Gateway gateway() {
        return gateway;
    }

    Run run() {
        return run;
    }

    int frameMax() {
        return tune.frameMax();
    }

    boolean wantsCancel() {
        return wantsCancel;
    }

    boolean waitsForFence() {
        return loop.settings.closeMode() == CloseMode.FENCED;
    }

    /** Whether the connection is open and no end of it has begun. */
    public boolean isOpen() {
        return state == State.OPEN;
    }

    /** Whether the end has begun. */
    public boolean isOver() {
        return state == State.CLOSING || state == State.ENDED;
    }

    /** Tells once when the session ended, for its owner's book-keeping. */
    public void onEnd(Runnable action) {
        onEnd = action;
    }

    // Bytes.

    @Override
    protected void onAttached() {
        loop.events.clientConnected(info);
        wakeAt(loop.now + loop.settings.handshakeTimeout());
    }

    @Override
    public boolean isPaused() {
        return waitingForLease || waitingForRoom || (handshake != null && handshake.isWaiting());
    }

    @Override
    protected void onReceive(ByteBuffer in) {
        int from = in.position();
        try {
            if (handshake != null && handshake.stage() == ClientHandshake.Stage.HEADER && !onHeader(in)) {
                return;
            }
            parse(in);
        } catch (AmqpException offence) {
            run.flush();
            if (state == State.HANDSHAKE || state == State.OPEN) {
                log.info("{} is closed: {}", this, offence.text());
                close(new Ending(Initiator.PROXY, offence.code(), offence.text(), offence.methodId()));
            }
            in.position(in.limit());
        }
        loop.bytesIn += in.position() - from;
    }

    private boolean onHeader(ByteBuffer in) {
        if (!ProtocolHeader.matches(in)) {
            in.position(in.limit());
            ProtocolHeader.write(out());
            ended(Ending.byProxy(ReplyCode.FRAME_ERROR, "not the protocol header of AMQP 0-9-1"));
            flush();
            finish();
            return false;
        }
        if (in.remaining() < ProtocolHeader.LENGTH) {
            return false;
        }
        in.position(in.position() + ProtocolHeader.LENGTH);
        java.util.Objects.requireNonNull(handshake).onHeader();
        return true;
    }

    private void parse(ByteBuffer in) throws AmqpException {
        int at = in.position();
        int limit = in.limit();
        try {
            while (limit - at >= Frame.PAYLOAD_OFFSET && !isPaused()) {
                long size = Frame.size(in, at);
                if (size > tune.frameMax() - Frame.OVERHEAD) {
                    throw AmqpException.connection(
                            ReplyCode.FRAME_ERROR,
                            "frame_too_large: type " + Frame.type(in, at) + ", " + size + " octets, at most "
                                    + (tune.frameMax() - Frame.OVERHEAD),
                            0);
                }
                int length = (int) size + Frame.OVERHEAD;
                if (limit - at < length) {
                    break;
                }
                if (in.get(at + length - 1) != Frame.END) {
                    throw AmqpException.connection(ReplyCode.FRAME_ERROR, "invalid frame end marker", 0);
                }
                if (!onFrame(in, at, length)) {
                    break;
                }
                at += length;
            }
        } finally {
            IncomingContent unfinished = held;
            if (unfinished != null) {
                unfinished.spill(in, at);
            }
            run.flush();
            in.position(state == State.ENDED ? limit : at);
        }
    }

    private boolean onFrame(ByteBuffer in, int at, int length) throws AmqpException {
        int type = Frame.type(in, at);
        int number = Frame.channel(in, at);
        if (number == 0 || state != State.OPEN) {
            spillHeld(in, at);
            run.flush();
            onControlFrame(type, number, in, at, length);
            return true;
        }
        ClientChannel channel = number < channels.length ? channels[number] : null;
        if (held != null && (channel == null || channel.content() != held)) {
            spillHeld(in, at);
        }
        if (type == Frame.METHOD) {
            return onMethodFrame(channel, number, in, at, length);
        }
        if (type == Frame.HEADER || type == Frame.BODY) {
            if (channel == null) {
                throw AmqpException.connection(ReplyCode.CHANNEL_ERROR, "expected 'channel.open'", 0);
            }
            onContentFrame(channel, in, at, length);
            return true;
        }
        throw unknownFrame(type);
    }

    private void spillHeld(ByteBuffer in, int at) {
        IncomingContent unfinished = held;
        if (unfinished != null) {
            unfinished.spill(in, at);
        }
    }

    private static AmqpException unknownFrame(int type) {
        return AmqpException.connection(ReplyCode.FRAME_ERROR, "unknown frame type " + type, 0);
    }

    private void onContentFrame(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        try {
            channel.onContentFrame(in, at, length);
        } catch (AmqpException offence) {
            failChannel(channel, offence);
        }
    }

    private void failChannel(ClientChannel channel, AmqpException offence) throws AmqpException {
        if (!offence.isChannelOnly()) {
            throw offence;
        }
        run.flush();
        channel.fail(offence.code(), offence.text(), offence.methodId());
    }

    private boolean onMethodFrame(@Nullable ClientChannel channel, int number, ByteBuffer in, int at, int length)
            throws AmqpException {
        Method method = checkedMethod(in, at, length);
        if (channel == null) {
            openChannel(method, number);
            return true;
        }
        if (channel.state() != ClientChannel.State.OPEN) {
            onMethodWhileClosing(channel, method);
            return true;
        }
        if (!channel.content().isIdle()) {
            throw channel.content().unexpected();
        }
        if (method.classId() == Method.CHANNEL_OPEN.classId() && onChannelMethod(channel, method)) {
            return true;
        }
        try {
            return methods.handle(channel, method, in, at, length);
        } catch (AmqpException offence) {
            failChannel(channel, offence);
            return true;
        }
    }

    /** The method of a frame, sent by the right side, well formed. */
    private static Method checkedMethod(ByteBuffer in, int at, int length) throws AmqpException {
        if (length < Frame.OVERHEAD + 4) {
            throw AmqpException.connection(ReplyCode.FRAME_ERROR, "method frame without a method", 0);
        }
        int id = Frame.methodId(in, at);
        Method method = Method.of(id);
        if (method == null || !method.fromClient()) {
            throw AmqpException.connection(
                    ReplyCode.COMMAND_INVALID,
                    method == null ? "unknown method " + (id >>> 16) + '.' + (id & 0xFFFF) : "unexpected " + method,
                    id);
        }
        Arguments.check(in, at, method);
        return method;
    }

    private void openChannel(Method method, int number) throws AmqpException {
        if (method != Method.CHANNEL_OPEN) {
            throw AmqpException.connection(ReplyCode.CHANNEL_ERROR, "expected 'channel.open'", method.id());
        }
        if (number > tune.channelMax()) {
            throw AmqpException.connection(
                    ReplyCode.NOT_ALLOWED,
                    "channel " + number + " exceeds the negotiated channel_max (" + tune.channelMax() + ")",
                    method.id());
        }
        if (number >= channels.length) {
            channels = Arrays.copyOf(channels, Math.max(number + 1, Math.min(2 * number, tune.channelMax() + 1)));
        }
        channels[number] = new ClientChannel(this, number);
        loop.frames.method(number, Method.CHANNEL_OPEN_OK).longInt(0).to(out());
        flush();
    }

    /** The class channel, on an open channel; answers whether the method is done with. */
    private boolean onChannelMethod(ClientChannel channel, Method method) throws AmqpException {
        switch (method) {
            case CHANNEL_OPEN ->
                throw AmqpException.connection(ReplyCode.CHANNEL_ERROR, "second 'channel.open' seen", method.id());
            case CHANNEL_CLOSE -> {
                run.flush();
                if (channel.leave()) {
                    onChannelLeft(channel);
                }
                return true;
            }
            case CHANNEL_CLOSE_OK ->
                throw AmqpException.connection(ReplyCode.CHANNEL_ERROR, "unexpected 'channel.close-ok'", method.id());
            default -> {
                return false;
            }
        }
    }

    private void onMethodWhileClosing(ClientChannel channel, Method method) {
        if (channel.state() != ClientChannel.State.CLOSING) {
            return;
        }
        if (method == Method.CHANNEL_CLOSE) {
            run.flush();
            closeOk(channel.number());
        } else if (method == Method.CHANNEL_CLOSE_OK) {
            channels[channel.number()] = null;
        }
    }

    private void closeOk(int number) {
        loop.frames.plain(out(), number, Method.CHANNEL_CLOSE_OK);
        flush();
    }

    /** A channel that was left is done with. */
    void onChannelLeft(ClientChannel channel) {
        channels[channel.number()] = null;
        if (state == State.OPEN) {
            closeOk(channel.number());
        } else if (state == State.LEAVING) {
            leftOne();
        }
    }

    /** The broker closed a channel while its client was leaving it: both closes get their answer. */
    void onChannelCrossed(ClientChannel channel) {
        if (state == State.OPEN) {
            closeOk(channel.number());
        } else if (state == State.LEAVING) {
            leftOne();
        }
    }

    // Channel 0.

    private void onControlFrame(int type, int number, ByteBuffer in, int at, int length) throws AmqpException {
        if (state == State.CLOSING) {
            onFrameWhileClosing(type, number, in, at, length);
            return;
        }
        if (state == State.ENDED || state == State.LEAVING) {
            return;
        }
        if (type == Frame.HEARTBEAT) {
            return;
        }
        if (type != Frame.METHOD) {
            if (type == Frame.HEADER || type == Frame.BODY) {
                throw AmqpException.connection(
                        ReplyCode.UNEXPECTED_FRAME, "expected method frame, got non method frame instead", 0);
            }
            throw unknownFrame(type);
        }
        Method method = checkedMethod(in, at, length);
        if (number != 0) {
            throw AmqpException.connection(
                    ReplyCode.CHANNEL_ERROR, "method on channel " + number + " of a connection not open", method.id());
        }
        if (handshake != null && method != Method.CONNECTION_CLOSE) {
            handshake.onMethod(method, in, at);
        } else if (method == Method.CONNECTION_CLOSE) {
            onConnectionClose(in, at);
        } else {
            throw AmqpException.connection(
                    ReplyCode.COMMAND_INVALID, "unexpected method in connection state running", method.id());
        }
    }

    private void onFrameWhileClosing(int type, int number, ByteBuffer in, int at, int length) {
        if (type != Frame.METHOD || number != 0 || length < Frame.OVERHEAD + 4) {
            return;
        }
        int id = Frame.methodId(in, at);
        if (id == Method.CONNECTION_CLOSE_OK.id()) {
            state = State.ENDED;
            finish();
        } else if (id == Method.CONNECTION_CLOSE.id()) {
            loop.frames.plain(out(), 0, Method.CONNECTION_CLOSE_OK);
            flush();
        }
    }

    private void onConnectionClose(ByteBuffer in, int at) throws AmqpException {
        Arguments arguments = loop.arguments.reset(in, at);
        int code = arguments.shortInt();
        ending = new Ending(Initiator.CLIENT, code, arguments.shortString(), 0);
        state = State.LEAVING;
        channelsLeaving = 1;
        for (ClientChannel channel : channels) {
            if (channel != null && channel.state() != ClientChannel.State.LEAVING) {
                if (!channel.leave()) {
                    channelsLeaving++;
                }
            } else if (channel != null) {
                channelsLeaving++;
            }
        }
        wakeAt(loop.now + Settings.CLOSE_TIMEOUT);
        leftOne();
    }

    private void leftOne() {
        if (--channelsLeaving == 0 && gateway.leave(this)) {
            onLeft();
        }
    }

    /** Nothing of a leaving client remains at the broker. */
    public void onLeft() {
        if (state == State.LEAVING) {
            loop.frames.plain(out(), 0, Method.CONNECTION_CLOSE_OK);
            flush();
            ended(java.util.Objects.requireNonNull(ending));
            finish();
        }
    }

    // Handshake.

    void authenticate(Credentials credentials) {
        wantsCancel = handshaker().hasCapability("consumer_cancel_notify");
        wantsBlocked = handshaker().hasCapability("connection.blocked");
        wantsAuthenticationFailure = handshaker().hasCapability("authentication_failure_close");
        info = new ClientInfo(id, address, credentials.user(), null);
        // From here on the client waits for the proxy; acquireTimeout bounds that.
        cancelDeadline();
        gateway.authenticate(this, credentials);
    }

    void openVhost(String vhost) {
        cancelDeadline();
        gateway.open(this, vhost);
    }

    private ClientHandshake handshaker() {
        return java.util.Objects.requireNonNull(handshake, "the handshake is over");
    }

    /** The broker accepted the credentials; it negotiated these limits. */
    public void onAuthenticated(Tune upstream) {
        if (state == State.HANDSHAKE) {
            handshaker().onAuthenticated(upstream);
            wakeAt(loop.now + loop.settings.handshakeTimeout());
            link().resume();
        }
    }

    void onTuned(Tune agreed) {
        tune = agreed;
        startHeartbeat(agreed.heartbeatSeconds());
    }

    /** The broker accepted the vhost. */
    public void onOpened(String vhost) {
        if (state == State.HANDSHAKE) {
            state = State.OPEN;
            handshaker().onOpened();
            handshake = null;
            cancelDeadline();
            info = new ClientInfo(id, address, info.user(), vhost);
            loop.events.clientAuthenticated(info);
            link().resume();
        }
    }

    /** The broker, or the proxy in its place, refuses the client. */
    public void onRefused(Ending refusal) {
        if (state != State.HANDSHAKE) {
            return;
        }
        boolean proving = handshaker().stage() == ClientHandshake.Stage.PROVING;
        if (proving && refusal.isRefusal() && !wantsAuthenticationFailure) {
            loop.events.clientRefused(info, refusal.toReason());
            ended(refusal);
            finish();
        } else if (refusal.initiator() == Initiator.NETWORK) {
            close(Ending.byProxy(ReplyCode.CONNECTION_FORCED, refusal.text()));
        } else {
            close(refusal);
        }
    }

    /** Another loop takes over, before the client has any channel. */
    public void moveTo(LoopContext next, Gateway nextGateway) {
        gateway = nextGateway;
        enterLoop(next);
    }

    /** This loop is left. */
    public void leave() {
        leaveLoop();
    }

    // The end.

    /** Closes the connection towards the client. */
    public void close(Ending reason) {
        if (state != State.HANDSHAKE && state != State.OPEN) {
            return;
        }
        run.flush();
        if (state == State.HANDSHAKE) {
            loop.events.clientRefused(info, reason.toReason());
        }
        state = State.CLOSING;
        loop.frames.close(out(), 0, reason.code(), reason.text(), reason.methodId());
        flush();
        ended(reason);
        wakeAt(loop.now + Settings.CLOSE_TIMEOUT);
        link().resume();
    }

    /** Gives back all that the client had, once. */
    private void ended(Ending reason) {
        waitingForLease = false;
        waitingForRoom = false;
        handshake = null;
        if (state != State.CLOSING) {
            state = State.ENDED;
        }
        if (unreadFor != null) {
            unreadFor.onReaderCaughtUp(this);
            unreadFor = null;
        }
        for (int i = 0; i < channels.length; i++) {
            ClientChannel channel = channels[i];
            channels[i] = null;
            if (channel != null) {
                channel.abandon();
            }
        }
        gateway.leave(this);
        loop.events.clientDisconnected(info, reason.toReason());
        Runnable action = onEnd;
        onEnd = null;
        if (action != null) {
            action.run();
        }
    }

    @Override
    protected void onDisconnected(String why) {
        boolean alreadyTold = state == State.CLOSING || state == State.ENDED;
        state = State.ENDED;
        if (!alreadyTold) {
            ended(ending != null ? ending : new Ending(VANISHED.initiator(), 0, why, 0));
        }
    }

    @Override
    protected void onDeadline() {
        switch (state) {
            case HANDSHAKE -> {
                ended(Ending.byProxy(ReplyCode.CONNECTION_FORCED, "handshake timeout"));
                abort();
            }
            case LEAVING -> onLeft();
            default -> {
                state = State.ENDED;
                abort();
            }
        }
    }

    @Override
    protected void onSilence() {
        disconnectNow("missed heartbeats from client");
    }

    private void disconnectNow(String why) {
        onDisconnected(why);
        abort();
    }

    @Override
    public void onFault(RuntimeException fault) {
        log.error("{} failed and is closed", this, fault);
        disconnectNow("internal error");
    }

    // Channels and leases.

    void onUpstreamLost(Ending lost) {
        close(
                lost.initiator() == Initiator.BROKER
                        ? lost
                        : Ending.byProxy(ReplyCode.CONNECTION_FORCED, "the connection to the broker was lost"));
    }

    /** Stops or goes on taking bytes, while a channel waits for a lease. */
    public void setWaitingForLease(boolean waiting) {
        if (waitingForLease && !waiting) {
            waitingForLease = false;
            forgiveSilence();
            link().resume();
        } else {
            waitingForLease = waiting;
        }
    }

    /** Stops taking bytes until the upstream has room again. */
    void waitForRoomIfFull(UpstreamSession upstream) {
        if (upstream.isFull() && !waitingForRoom && state == State.OPEN) {
            waitingForRoom = true;
            upstream.tellWhenThereIsRoom(this);
        }
    }

    void onRoom() {
        if (waitingForRoom) {
            waitingForRoom = false;
            forgiveSilence();
            link().resume();
        }
    }

    void released(ClientChannel channel, UpstreamChannel upstream, Outcome outcome, Reason reason) {
        loop.events.channelReleased(
                new LeaseInfo(info, channel.number(), upstream.session().info(), upstream.number()),
                new Release(outcome, reason, upstream.published(), upstream.delivered()));
        upstream.session().owner().onReleased(upstream, this);
    }

    void hold(@Nullable IncomingContent content) {
        held = content;
    }

    // Bytes of the broker.

    @Override
    public void forward(ByteBuffer in, int from, int to) {
        if (state == State.OPEN || state == State.LEAVING) {
            out().append(in, from, to);
            loop.bytesOut += to - from;
            flush();
        }
    }

    /** Passes on a frame that is too large for this client: a body in parts, anything else not at all. */
    void forwardSplit(ByteBuffer in, int at, int length) {
        if (Frame.type(in, at) != Frame.BODY) {
            close(Ending.byProxy(
                    ReplyCode.FRAME_ERROR,
                    "a frame of " + length + " octets from the broker does not fit into frame_max " + frameMax()));
            return;
        }
        if (state == State.OPEN || state == State.LEAVING) {
            FrameSplitter.split(in, at, length, Frame.channel(in, at), frameMax(), out());
            loop.bytesOut += length;
            flush();
        }
    }

    /** This upstream is left unread until the client has read what it was sent. */
    void catchUpFor(UpstreamSession upstream) {
        unreadFor = upstream;
    }

    @Override
    public void onSent() {
        super.onSent();
        UpstreamSession waiting = unreadFor;
        if (waiting != null && out().size() <= Settings.OWNED_BACKLOG / 2) {
            unreadFor = null;
            waiting.onReaderCaughtUp(this);
        }
    }

    boolean isBehind() {
        return out().size() > Settings.OWNED_BACKLOG;
    }

    /** The client does not read what it was sent, and its upstream is needed by others. */
    void onBacklog() {
        log.info("{} is closed: it left {} octets unread", this, out().size());
        onDisconnected("too slow: " + out().size() + " octets unread");
        abort();
    }

    boolean wantsBlocked() {
        return wantsBlocked;
    }

    /** Tells a client that understands it that the broker holds publishers back, or no longer does. */
    public void onBlocked(@Nullable String why) {
        if (!wantsBlocked || state != State.OPEN) {
            return;
        }
        if (why != null) {
            loop.frames.method(0, Method.CONNECTION_BLOCKED).shortString(why).to(out());
        } else {
            loop.frames.plain(out(), 0, Method.CONNECTION_UNBLOCKED);
        }
        flush();
    }

    @Override
    public String toString() {
        return "client " + id;
    }
}
