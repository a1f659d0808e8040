package io.amqproxy.impl.amqp091.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.amqp091.broker.Tune;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.pool.spi.FaultFilter;
import io.amqproxy.impl.pool.spi.FaultJudge;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.SpokenProtocol;
import io.amqproxy.internal.LogText;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
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
public final class Amqp091Client extends ClientConnection {

    private static final String UNREAD = TimeUnit.NANOSECONDS.toSeconds(Settings.UNREAD_TIMEOUT) + " s";
    private static final int MOST_BEFORE_OPEN = Settings.HANDSHAKE_FRAME_MAX + Frame.OVERHEAD;
    private static final Logger log = LoggerFactory.getLogger(Amqp091Client.class);

    private @Nullable ClientHandshake handshake = new ClientHandshake(this);

    private final ClientChannels channels = new ClientChannels(this);
    private final ClientControl control = new ClientControl(this, channels);
    private final ClientFrames frames = new ClientFrames(this, channels, control);
    /** Null while nobody has held it back. */
    private @Nullable BlockedNotice blocked;

    public Amqp091Client(SpokenProtocol protocol, LoopContext loop, PoolGateway gateway, ClientInfo client) {
        super(protocol, loop, gateway, client);
    }

    @Override
    protected void addBound(TrafficCounters sum) {
        channels.addBound(sum);
    }

    @Override
    public int channelCount() {
        return channels.count();
    }

    @Override
    ClientFrames frames() {
        return frames;
    }

    @Override
    void hold(@Nullable HeldContent content) {
        frames.hold(content);
    }

    // Bytes.

    @Override
    public boolean isPaused() {
        return backpressure().isWaiting() || (handshake != null && handshake.isWaiting());
    }

    @Override
    public boolean takesMore() {
        if (isPaused()) {
            return false;
        }
        reassembly().onTaken(backpressure());
        return !isPaused();
    }

    @Override
    protected void onReceive(ByteBuffer in) {
        int from = in.position();
        try {
            if (handshake != null && handshake.awaitsHeader() && !handshake.onHeader(in)) {
                return;
            }
            backpressure().takeLeft(reassembly());
            frames.parse(in);
        } catch (AmqpException offence) {
            in.position(in.limit());
            onOffence(offence);
        }
        onTaken(in.position() - from);
        backpressure().leave(reassembly(), state() == State.OPEN ? in.remaining() : 0);
    }

    private void onTaken(int octets) {
        loop.bytesIn += octets;
        if (state() == State.OPEN) {
            reassembly().onTaken(backpressure());
            backpressure().onSaid();
            backpressure().onTaken(octets);
        } else if (state() == State.HANDSHAKE) {
            handshaker().onTaken(octets);
        }
    }

    @Override
    public int takeAgain(ByteBuffer waited) throws AmqpException {
        return frames.takeAgain(waited);
    }

    @Override
    public void onOffence(AmqpException offence) {
        if (!canBeClosed()) {
            control.onMoreAfterClose();
            return;
        }
        refusal().say(channels, () -> refuse(offence));
    }

    /** Closes the connection for what the client has done. */
    @Override
    void refuse(AmqpException offence) {
        loop.lines.debug(log, "{} is closed: {}", this, LogText.of(offence.text()));
        close(ConnectionClose.of(offence));
        if (offence.isFramingLost()) {
            become(State.ENDED); // Its close-ok could not be told from the rest.
            finish();
        }
    }

    @Override
    public @Nullable ByteQueue bulk() {
        return frames.bulk();
    }

    @Override
    public int bulkOctets() {
        return frames.bulkOctets();
    }

    @Override
    protected void onBulk(int octets) {
        frames.onBulk(octets);
        onTaken(octets);
    }

    /** Before the connection is open one frame, so that nobody has to be trusted with more. */
    @Override
    public int mostToRead(int waiting) {
        return state() == State.HANDSHAKE ? MOST_BEFORE_OPEN - waiting : loop.chunks.mostToRead();
    }

    // Channel 0.

    @Override
    void onHandshake(Method method, ByteBuffer in, int at) throws AmqpException {
        handshaker().onMethod(method, in, at);
    }

    /** The client closes the connection. */
    @Override
    void onClose(int code, String text) {
        beginLeaving(ConnectionClose.byClient(code, text));
        channels.leave();
    }

    @Override
    public void onSecretRefused(String text) {
        close(ConnectionClose.byProxy(ReplyCode.NOT_ALLOWED.code(), text, Method.CONNECTION_UPDATE_SECRET.id()));
    }

    /** The client's new secret is taken. */
    @Override
    public void onSecretTaken() {
        if (state() == State.OPEN) {
            context().frames().plain(out(), 0, Method.CONNECTION_UPDATE_SECRET_OK);
            flush();
            backpressure().forSecret(false);
        }
    }

    /** The client answers a close. */
    @Override
    void onCloseOk() {
        if (state() == State.CLOSING) {
            become(State.ENDED);
            finish();
        }
    }

    /** Nothing of a leaving client remains at the broker. */
    @Override
    public void onLeft() {
        if (state() == State.LEAVING) {
            context().frames().plain(out(), 0, Method.CONNECTION_CLOSE_OK);
            flush();
            endLeaving();
        }
    }

    // Handshake.

    private ClientHandshake handshaker() {
        return Objects.requireNonNull(handshake, "the handshake is over");
    }

    @Override
    public void onAuthenticated(NegotiatedLimits upstream) {
        if (state() == State.HANDSHAKE) {
            prove();
            wakeAt(loop.now + loop.settings.handshakeTimeout());
            handshaker().onAuthenticated((Tune) upstream);
            link().resume();
        }
    }

    @Override
    public void onOpened(String vhost, NegotiatedLimits offer) {
        if (state() == State.HANDSHAKE) {
            become(State.OPEN);
            handshaker().onOpened();
            handshake = null;
            cancelDeadline();
            profile().onVhost(vhost);
            loop.events.clientAuthenticated(info());
            reassembly().onTaken(backpressure());
            backpressure().onTaken(0);
            link().resume();
        }
    }

    @Override
    public void onRefused(CloseCause refusal) {
        if (state() == State.HANDSHAKE) {
            handshaker().onRefused(refusal);
        }
    }

    // The end.

    /** Closes the connection towards the client. */
    @Override
    public void close(CloseCause reason) {
        if (!canBeClosed()) {
            return;
        }
        writes().flush();
        if (state() == State.HANDSHAKE) {
            loop.events.clientRefused(handshaker().applicant(), reason.toReason());
        }
        become(State.CLOSING);
        control.tellClose(reason);
        ended(reason);
        wakeAt(loop.now + loop.settings.closeTimeout());
        link().resume();
    }

    /** The client was told of its end, and has so long to answer. */
    @Override
    void resetAt(long time) {
        if (state() == State.CLOSING) {
            wakeAt(time);
        }
    }

    /** Ends without a close, which would tell the client nothing. */
    @Override
    void endWithoutClose(CloseCause reason) {
        ended(reason);
        finish();
    }

    @Override
    protected void giveBack() {
        handshake = null;
        backpressure().end();
        backpressure().leave(reassembly(), 0);
        forgetRefusal();
        channels.abandon();
        gateway().leave(this);
    }

    /** Some clients notice nothing else. */
    @Override
    protected void cut() {
        reset();
    }

    @Override
    protected void onDeadline() {
        switch (state()) {
            case HANDSHAKE -> {
                ended(CloseCause.byProxy(Kind.FORCED, "handshake timeout"));
                reset();
            }
            case OPEN -> {
                if (holdsRefusal()) {
                    refusal().sayNow();
                } else {
                    close(CloseCause.byProxy(Kind.FORCED, "the broker has not answered in time"));
                }
            }
            case LEAVING -> {
                if (channels.mayLoseWhatWasSent()) {
                    disconnectNow(CloseCause.byProxy(Kind.FORCED, "the broker has not answered in time"));
                } else {
                    onLeft();
                }
            }
            default -> {
                long patience = takenAt() + loop.settings.closeTimeout();
                if (state() == State.CLOSING && !out().isEmpty() && patience - loop.now > 0) {
                    wakeAt(patience); // It is on its way to the close.
                    return;
                }
                become(State.ENDED);
                reset();
            }
        }
    }

    @Override
    protected void onSilence() {
        disconnectNow(CloseCause.byProxy(Kind.FORCED, "missed heartbeats from client"));
    }

    // Channels and leases.

    /** Something of the client is lost with an upstream. A client that leaves is not told that all is well. */
    @Override
    public void onUpstreamLost(CloseCause lost) {
        if (state() == State.LEAVING) {
            disconnectNow(lost);
            return;
        }
        close(
                lost.initiator() == Initiator.BROKER && !lost.isSlotLimit()
                        ? lost
                        : CloseCause.byProxy(Kind.FORCED, "the connection to the broker was lost"));
    }

    @Override
    public boolean isHeldUp(int number) {
        ClientChannel channel = channels.get(number);
        return channel != null && channel.isHeldUp();
    }

    @Override
    public void readAgain() {
        channels.goOn();
        super.readAgain();
    }

    // Bytes of the broker.

    /** The broker sends the client a header that is too large for the proxy. */
    @Override
    void onTooLarge(int octets) {
        close(ConnectionClose.offence(
                ReplyCode.FRAME_ERROR,
                "a content header of " + octets + " octets; the proxy takes " + Settings.BROKER_HEADER_MAX));
    }

    @Override
    public void onSent() {
        super.onSent();
        backpressure().onSent();
        control.onSent();
        if (out().isEmpty()) {
            channels.onAllSent();
        }
    }

    /** The client has read nothing for long, or next to nothing, and its upstream is needed by others. */
    @Override
    public void onUnread(boolean nothing) {
        String read = nothing ? "nothing" : "less than 10 KiB";
        loop.lines.debug(
                log, "{} is closed: it read {} in {} while {} octets waited", this, read, UNREAD, out().size());
        String text = nothing ? "nothing was read for " + UNREAD : "less than 10 KiB were read in " + UNREAD;
        close(CloseCause.byProxy(Kind.FORCED, text + " while others waited for it"));
    }

    @Override
    public void askForProof() {
        channels.askForProof();
    }

    @Override
    public void fail(int code, String text) {
        close(ConnectionClose.byProxy(code, text, 0));
    }

    @Override
    public void judgedBy(@Nullable FaultJudge newJudge) {
        channels.judgedBy(newJudge);
    }

    @Override
    public boolean holdPublishing(@Nullable String why) {
        if (state() == State.OPEN) {
            backpressure().forAlarm(why);
        }
        return true;
    }

    @Override
    public int failChannels(FaultFilter which, int code, String text) {
        if (state() != State.OPEN) {
            return 0;
        }
        writes().flush();
        return channels.faults().fail(which, code, text);
    }

    @Override
    public int cancelConsumers(FaultFilter which) {
        if (state() != State.OPEN) {
            return 0;
        }
        writes().flush();
        return channels.faults().cancelConsumers(which);
    }

    @Override
    public Collection<String> names() {
        return channels.faults().names();
    }

    @Override
    public String queueOf(int channel, String tag) {
        return channels.faults().queueOf(channel, tag);
    }

    @Override
    public void onBlocked(@Nullable String why) {
        if (blocked != null || why != null) {
            BlockedNotice notice = blockedNotice();
            notice.byBroker(why);
            tell(notice);
        }
    }

    /** The client is held back on purpose for this reason, or no longer (null). */
    @Override
    public void onHeldBack(@Nullable String why) {
        if (blocked != null || why != null) {
            BlockedNotice notice = blockedNotice();
            notice.onPurpose(why);
            tell(notice);
        }
    }

    private BlockedNotice blockedNotice() {
        BlockedNotice present = blocked == null ? new BlockedNotice() : blocked;
        blocked = present;
        return present;
    }

    private void tell(BlockedNotice notice) {
        boolean isNew = notice.changes();
        if (isNew && state() == State.OPEN && profile().capabilities().connectionBlocked()) {
            control.tellBlocked(notice.why());
        }
    }
}
