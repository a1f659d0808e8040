package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.Refusals;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.ClientObjectBudget;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The channels of a client: how they open and close, and what comes on them. */
final class ClientChannels implements ChannelSiblings, OpenPacing.Channels, HeldRefusal.Answers {

    private final ClientConnection session;
    private final ClientMethods methods;
    /** Null while no opening had to wait. */
    private @Nullable OpenPacing opening;

    /** Null while nothing had to wait. */
    private @Nullable DeferredFrames deferred;

    private final ChannelTable table = new ChannelTable();
    private int unconfirmed;
    private int leaving;
    private boolean mayLoseToRestart;
    private boolean exclusiveDeclared;
    /** Channels whose close the client cannot have been answered yet: what it has sent behind it is dropped. */
    private @Nullable BitSet closedUnsent;

    private @Nullable FaultJudge judge;
    /** Whose method, which comes again as its channel waits, was looked at; else null. */
    private @Nullable ClientChannel judged;

    ClientChannels(ClientConnection session) {
        this.session = session;
        this.methods = new ClientMethods(session);
    }

    /** What goes wrong on them on purpose. */
    ChannelFaults faults() {
        return new ChannelFaults(session, table, this);
    }

    /** What waits for an answer of the broker. */
    DeferredFrames deferred() {
        DeferredFrames present = deferred == null ? new DeferredFrames(session) : deferred;
        deferred = present;
        return present;
    }

    /** Whether frames of this channel wait, so that those behind them have to. */
    boolean areDeferred(int number) {
        return deferred != null && deferred.has(number);
    }

    /** Whether frames of any channel wait. */
    boolean areAnyDeferred() {
        return deferred != null && !deferred.isEmpty();
    }

    @Nullable
    ClientChannel get(int number) {
        return table.get(number);
    }

    @Override
    public void onTransientDeclared() {
        mayLoseToRestart = true;
    }

    @Override
    public boolean mayLoseToRestart() {
        return mayLoseToRestart;
    }

    @Override
    public void onExclusiveDeclared() {
        exclusiveDeclared = true;
    }

    @Override
    public boolean mayHaveExclusiveQueues() {
        return exclusiveDeclared;
    }

    /** Whether the client publishes and expects nothing in return, so that it may never read. */
    boolean areWrittenBlindly() {
        List<ClientChannel> all = table.all();
        return all.stream().anyMatch(channel -> channel.binding().isPublishing())
                && all.stream().noneMatch(ClientChannel::isAwaiting);
    }

    private void remove(ClientChannel channel) {
        if (!table.contains(channel)) {
            return;
        }
        giveBack(1);
        int had = channel.counts().forgetConsumers();
        session.backpressure().countConsumers(-had);
        giveBack(had);
        table.remove(channel);
        goOnOpening();
    }

    @Override
    public LoopContext loop() {
        return session.loop();
    }

    @Override
    public int unconfirmed() {
        return unconfirmed;
    }

    @Override
    public void countUnconfirmed(int more) {
        unconfirmed += more;
    }

    @Override
    public void onConfirmed() {
        goOnOpening();
    }

    private void goOnOpening() {
        if (opening != null) {
            opening.onConfirmed(session.channelMax());
        }
    }

    private boolean holdsOpening(int number) {
        if (opening == null && !OpenPacing.isTooFast(this, session.channelMax())) {
            return false;
        }
        OpenPacing pacing = opening == null ? new OpenPacing(this) : opening;
        opening = pacing;
        return pacing.holds(number, session.channelMax());
    }

    private void endOpening() {
        if (opening != null) {
            opening.end();
        }
    }

    @Override
    public void goOn() {
        if (deferred != null) {
            deferred.goOn();
        }
    }

    @Override
    public void ensureOpen(ClientChannel channel) {
        if (opening != null && channel.isAwaitingOpen()) {
            opening.goOn(channel.number());
        }
    }

    /** The broker is to prove that it has handled what it may return. */
    void askForProof() {
        session.writes().flush();
        for (ClientChannel channel : table.all()) {
            UpstreamChannel upstream = channel.upstream();
            if (upstream != null) {
                upstream.fenceReturns();
            }
        }
    }

    /** Takes a part of what all clients may have together. */
    private void take(String what, Method method) throws AmqpException {
        ClientObjectBudget all = session.loop().belongings;
        int had = table.count() + session.backpressure().consumers();
        if (!all.take(had)) {
            throw Refusals.tooManyOfAll(what, had, all.most(), method);
        }
    }

    private void giveBack(int taken) {
        session.loop().belongings.giveBack(taken);
    }

    @Override
    public void takeConsumer(ClientChannel channel) throws AmqpException {
        take("consumers", Method.BASIC_CONSUME);
        session.backpressure().countConsumers(1);
        channel.counts().countConsumer(1);
    }

    @Override
    public void onConsumerGone(ClientChannel channel) {
        if (table.contains(channel) && channel.counts().countConsumer(-1)) {
            session.backpressure().countConsumers(-1);
            giveBack(1);
        }
    }

    // Frames.

    /**
     * Takes a frame on a channel of an open connection.
     *
     * @return whether the frame is done with; otherwise the channel waits for a lease and the frame comes again
     */
    boolean onFrame(@Nullable ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        Refusals.checkKind(in, at, length);
        int type = Frame.type(in, at);
        if (type == Frame.HEARTBEAT) {
            throw Refusals.unexpectedFrame(in, at, length);
        }
        if (channel == null) {
            open(in, at, length);
            return true;
        }
        ensureOpen(channel);
        if (channel.state() != ClientChannel.State.OPEN) {
            if (type == Frame.METHOD) {
                onMethodWhileClosing(channel, Refusals.method(in, at));
            }
            return true;
        }
        try {
            if (type == Frame.METHOD) {
                return onMethod(channel, in, at, length);
            }
            channel.onContentFrame(in, at, length);
        } catch (AmqpException offence) {
            refuse(channel, offence);
        }
        return true;
    }

    private void refuse(ClientChannel channel, AmqpException offence) {
        if (offence.isChannelOnly()) {
            fail(channel, offence.code(), offence.text(), offence.methodId());
            return;
        }
        // RabbitMQ refuses these even where it has closed the channel meanwhile.
        boolean always =
                offence.methodId() == Method.CHANNEL_OPEN.id() || offence.code() == ReplyCode.UNEXPECTED_FRAME.code();
        session.refusal().say(this, () -> {
            if (always || channel.state() == ClientChannel.State.OPEN) {
                session.refuse(offence);
            }
        });
    }

    /** Closes a channel in its turn, unless the broker has done so before. */
    private void fail(ClientChannel channel, int code, String text, int methodId) {
        session.refusal().say(channel, () -> {
            if (channel.state() == ClientChannel.State.OPEN) {
                channel.fail(code, text, methodId);
            }
        });
    }

    @Override
    public boolean askForLastWord() {
        session.writes().flush();
        boolean awaits = false;
        for (ClientChannel channel : table.all()) {
            awaits |= channel.askForLastWord();
        }
        return awaits;
    }

    @Override
    public boolean awaitsLastWord() {
        return table.all().stream().anyMatch(ClientChannel::awaitsLastWord);
    }

    private boolean onMethod(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        if (!channel.isIdle()) {
            throw channel.content().unexpected();
        }
        Method method = Refusals.method(in, at);
        Refusals.checkArguments(in, at, length, method);
        if (method != Method.CHANNEL_CLOSE && channel.isHeldUp()) {
            return deferred().add(channel.number(), in, at, length);
        }
        if (judged != channel && fails(channel, method, in, at)) {
            return true;
        }
        boolean isDone = true;
        try {
            isDone = onJudged(channel, Refusals.method(in, at), in, at, length);
        } finally {
            judged = isDone ? null : channel;
        }
        return isDone;
    }

    /** Methods of the client are looked at before they are handled, or no longer (null). */
    void judgedBy(@Nullable FaultJudge newJudge) {
        judge = newJudge;
    }

    boolean areJudged() {
        return judge != null;
    }

    /** Whether the method is failed on purpose, as a broker fails it: with the channel, or with the connection. */
    private boolean fails(ClientChannel channel, Method method, ByteBuffer in, int at) {
        FaultJudge present = judge;
        FaultJudge.Failure failure =
                present == null ? null : present.judge(in, at, channel.number(), channel.nextConfirmTag());
        if (failure == null) {
            return false;
        }
        if (ReplyCode.closesChannelOnly(failure.code())) {
            fail(channel, failure.code(), failure.text(), method.id());
        } else {
            CloseCause close = ConnectionClose.byProxy(failure.code(), failure.text(), method.id());
            session.refusal().say(this, () -> session.close(close));
        }
        return true;
    }

    private boolean onJudged(ClientChannel channel, Method method, ByteBuffer in, int at, int length)
            throws AmqpException {
        switch (method) {
            case CHANNEL_OPEN -> throw Refusals.openedTwice();
            case CHANNEL_CLOSE -> {
                session.writes().flush();
                if (channel.leave()) {
                    onLeft(channel);
                }
                return true;
            }
            case CHANNEL_CLOSE_OK -> throw Refusals.unimplemented(method);
            default -> {
                return methods.handle(channel, method, in, at, length);
            }
        }
    }

    private void open(ByteBuffer in, int at, int length) throws AmqpException {
        boolean isOpening = Frame.type(in, at) == Frame.METHOD && Refusals.method(in, at) == Method.CHANNEL_OPEN;
        if (!isOpening && closedUnsent != null && closedUnsent.get(Frame.channel(in, at))) {
            return; // RabbitMQ ignores it, too.
        }
        if (table.count() >= session.channelMax()) {
            throw Refusals.tooManyChannels(table.count(), session.channelMax());
        }
        if (Frame.type(in, at) != Frame.METHOD) {
            throw Refusals.methodExpected();
        }
        Method method = Refusals.method(in, at);
        Refusals.checkArguments(in, at, length, method);
        if (method != Method.CHANNEL_OPEN) {
            throw Refusals.notOpened(method);
        }
        int number = Frame.channel(in, at);
        take("channels", method);
        ClientChannel opened = new ClientChannel(session, this, number);
        table.put(opened);
        if (holdsOpening(number)) {
            opened.setAwaitingOpen(true);
        } else {
            answerOpen(number);
        }
    }

    @Override
    public void answerOpen(int number) {
        ClientChannel opened = get(number);
        if (opened == null) {
            return;
        }
        opened.setAwaitingOpen(false);
        session.context()
                .frames()
                .method(number, Method.CHANNEL_OPEN_OK)
                .longInt(0)
                .to(session.out());
        session.flush();
    }

    private void onMethodWhileClosing(ClientChannel channel, Method method) throws AmqpException {
        if (method == Method.CHANNEL_OPEN) {
            throw Refusals.openedTwice();
        }
        if (channel.state() != ClientChannel.State.CLOSING) {
            return;
        }
        if (method == Method.CHANNEL_CLOSE) {
            session.writes().flush();
            closeOk(channel);
        } else if (method == Method.CHANNEL_CLOSE_OK) {
            remove(channel);
        }
    }

    /** How many there are. */
    @Override
    public int count() {
        return table.count();
    }

    /** Adds the messages of leases that have not ended. */
    void addBound(TrafficCounters sum) {
        for (ClientChannel channel : table.all()) {
            if (channel.isBound()) {
                sum.published += channel.bound().outstanding().published();
                sum.delivered += channel.bound().content().delivered();
            }
        }
    }

    // Leaving.

    @Override
    public void onLeft(ClientChannel channel) {
        remove(channel);
        onCrossed(channel);
    }

    @Override
    public void onCrossed(ClientChannel channel) {
        if (session.isOpen()) {
            closeOk(channel);
            session.onLastWord();
        } else if (session.isLeaving()) {
            leftOne();
        }
    }

    /** The client is sent all that was said to it. */
    void onAllSent() {
        closedUnsent = null;
    }

    private void closeOk(ClientChannel channel) {
        if (closedUnsent == null) {
            closedUnsent = new BitSet();
        }
        closedUnsent.set(channel.number());
        session.context().frames().plain(session.out(), channel.number(), Method.CHANNEL_CLOSE_OK);
        session.flush();
    }

    /** The client closes its connection; {@link Amqp091Client#onLeft} follows, at once or later. */
    void leave() {
        endOpening();
        leaving = 1;
        for (ClientChannel channel : table.all()) {
            if (channel.state() == ClientChannel.State.LEAVING || !channel.leave()) {
                leaving++;
            }
        }
        leftOne();
    }

    private void leftOne() {
        if (--leaving == 0 && session.gateway().leave(session)) {
            session.onLeft();
        }
    }

    /** Whether the broker may not have handled something that was sent, of which the client would have to hear. */
    boolean mayLoseWhatWasSent() {
        return table.all().stream()
                .anyMatch(channel ->
                        channel.isBound() && channel.bound().outstanding().mayBeMissed());
    }

    /** The client is gone: whatever its channels had is given back. */
    void abandon() {
        endOpening();
        if (deferred != null) {
            deferred.end();
        }
        giveBack(table.count() + session.backpressure().consumers());
        List<ClientChannel> all = table.clear();
        session.backpressure().countConsumers(-session.backpressure().consumers());
        all.forEach(ClientChannel::abandon);
    }
}
