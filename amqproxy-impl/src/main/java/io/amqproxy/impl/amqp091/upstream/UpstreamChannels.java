package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.ChannelHolder;
import io.amqproxy.impl.amqp091.channel.ClosedInTurn;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels of one connection to the broker by their numbers. A number that is free is used again, the one that has
 * been free for longest first.
 */
final class UpstreamChannels implements Timers.Timed {

    /** After so long the broker is asked to prove that it has handled what was published without confirms. */
    private static final long UNPROVED = TimeUnit.SECONDS.toNanos(1);

    private static final Logger log = LoggerFactory.getLogger(UpstreamChannels.class);

    private final Amqp091Connection session;
    private @Nullable UpstreamChannel[] channels = new UpstreamChannel[16];
    private int count;
    private int highestNumber;
    private int lostNumbers;
    private int acceptedAtEnd;
    private boolean isProofLate;
    /** On this the broker was asked for the first fence. */
    private @Nullable UpstreamChannel first;

    private final Timers.Timer timer = new Timers.Timer(this);
    private final ClosingChannels closing = new ClosingChannels();
    private final FreeChannelNumbers freeNumbers = new FreeChannelNumbers();

    UpstreamChannels(Amqp091Connection session) {
        this.session = session;
    }

    @Nullable
    UpstreamChannel get(int number) {
        return number < channels.length ? channels[number] : null;
    }

    /** Channels whose number is in use. */
    int count() {
        return count;
    }

    /** How many of them the broker has opened. */
    int accepted() {
        int accepted = acceptedAtEnd;
        for (UpstreamChannel channel : channels) {
            accepted += channel != null && channel.isOpened() ? 1 : 0;
        }
        return accepted;
    }

    /** Opens one more: what is written to it follows {@code channel.open} in the same flight. */
    UpstreamChannel open() {
        UpstreamChannel channel = add();
        session.frames()
                .method(channel.number(), Method.CHANNEL_OPEN)
                .shortString("")
                .to(session.out());
        session.flush();
        return channel;
    }

    /** Whether the broker may be about to declare such a queue for a client's own use. */
    boolean isDeclaringExclusively(String queue) {
        for (UpstreamChannel channel : channels) {
            if (channel != null && channel.declarations().isDeclaringExclusively(queue)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the broker may be about to declare a queue for the own use of such a client. */
    boolean isDeclaringExclusivelyFor(Predicate<? super InboundSession> clients) {
        for (UpstreamChannel channel : channels) {
            if (channel != null && channel.declarations().isDeclaringExclusivelyFor(clients)) {
                return true;
            }
        }
        return false;
    }

    private UpstreamChannel add() {
        int number = freeNumbers.isEmpty() ? ++highestNumber : freeNumbers.take();
        if (number >= channels.length) {
            channels = Arrays.copyOf(channels, 2 * channels.length);
        }
        UpstreamChannel channel = new UpstreamChannel(session, number);
        channels[number] = channel;
        count++;
        return channel;
    }

    /** Whether a channel that nobody waits for is closed later. */
    boolean closesLater(ClosedInTurn channel) {
        return closing.closesLater(channel);
    }

    void remove(UpstreamChannel channel, boolean isNumberLost) {
        int number = channel.number();
        channels[number] = null;
        count--;
        closing.onClosed(channel);
        if (isNumberLost) {
            lostNumbers++;
        } else {
            freeNumbers.add(number);
        }
    }

    /** Numbers that are in use no more, and cannot be used again. */
    int lostNumbers() {
        return lostNumbers;
    }

    void onPublished() {
        if (!timer.isSet()) {
            session.loop().timers.set(timer, session.now() + UNPROVED);
        }
    }

    /**
     * Asks for the proofs that are wanting, and goes on asking while there are any. Where it is not known whether the
     * broker answers at all, it is asked on a channel that no client has.
     */
    @Override
    public void onTime() {
        boolean isWanting = false;
        isProofLate = false;
        for (UpstreamChannel channel : channels) {
            isWanting |= channel != null && channel.lacksProof();
            isProofLate |= channel != null && isAsked(channel);
        }
        if (!isWanting || session.owner().fences().isRefused()) {
            return;
        }
        session.loop().timers.set(timer, session.now() + UNPROVED);
        if (answersFences()) {
            for (UpstreamChannel channel : channels) {
                if (channel != null) {
                    channel.fenceBetween();
                }
            }
        } else if ((first == null || first.state() != Slot.State.FENCING)
                && session.owner().takeSlotForFence() instanceof UpstreamChannel free) {
            first = free;
            free.fenceFirst();
        }
    }

    private static boolean isAsked(UpstreamChannel channel) {
        return channel.state() == Slot.State.LEASED
                && channel.outstanding().replies().isFencing();
    }

    /** Whether the broker has not proved for a second that it has handled what a client has published. */
    boolean isProofLate() {
        return isProofLate && !session.owner().blocked();
    }

    /** Whether the broker is known to answer fences. */
    boolean answersFences() {
        return !session.owner().fences().isRefused()
                && (session.owner().fences().isAnswered()
                        || Amqp091Context.of(session.loop())
                                .greeting()
                                .profile()
                                .answersFlow());
    }

    @Override
    public void onFault(RuntimeException fault) {
        session.loop().lines.error(log, "Asking for proofs on {} failed", session, fault);
    }

    List<UpstreamChannel> all() {
        List<UpstreamChannel> all = new ArrayList<>(count);
        for (UpstreamChannel channel : channels) {
            if (channel != null) {
                all.add(channel);
            }
        }
        return all;
    }

    /**
     * Goes on as if the broker closed channels for an error, and closes them. One that is in the midst of a message of
     * the broker is let alone, as a broker says nothing else there.
     *
     * @return how many
     */
    int fail(IntPredicate which, int code, String text) {
        int failed = 0;
        for (UpstreamChannel channel : all()) {
            if (mayFail(channel) && which.test(channel.number())) {
                fail(channel, code, text);
                failed++;
            }
        }
        return failed;
    }

    private static boolean mayFail(UpstreamChannel channel) {
        boolean isClosing = channel.state() == Slot.State.CLOSING || channel.state() == Slot.State.CLOSED;
        return channel.isOpened() && !isClosing && !channel.isPassingContent();
    }

    private void fail(UpstreamChannel channel, int code, String text) {
        if (code == ReplyCode.ACCESS_REFUSED.code()) {
            session.owner().onRightMissing();
        }
        ChannelHolder client = channel.client();
        channel.forgetClient();
        if (client != null) {
            client.onBrokerClosed(channel, code, text, 0);
        }
        channel.close();
    }

    /**
     * The connection is over.
     *
     * @return the channels that there were, which are closed now
     */
    List<UpstreamChannel> takeAll() {
        List<UpstreamChannel> gone = all();
        session.loop().timers.cancel(timer);
        acceptedAtEnd = accepted();
        channels = new UpstreamChannel[0];
        closing.clear();
        return gone;
    }
}
