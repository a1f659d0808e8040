package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When {@code channel.open} of one client is answered. At once, as a rule. A client that opens a channel for each
 * message, and closes it when that is confirmed, is paced by the broker, which takes a round trip for each open; with
 * all of them answered at once it would run ahead of its confirms, up to {@code channel_max}. So who has many channels
 * with unconfirmed messages has its answer when one of them is confirmed, or after a while, as confirms may stay away.
 */
final class OpenPacing implements Timers.Timed {

    /** Channels with unconfirmed messages, at the most; and the part of {@code channel_max}. */
    private static final int MOST = 256;

    private static final int PART = 4;

    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

    private static final Logger log = LoggerFactory.getLogger(OpenPacing.class);

    /** The channels of the client. */
    interface Channels {

        /** The loop that they are on: a client moves. */
        LoopContext loop();

        /** How many there are. */
        int count();

        /** How many of them have published something that is not confirmed yet. */
        int unconfirmed();

        /** Answers the opening of one. */
        void answerOpen(int number);
    }

    private final Channels channels;
    /** Channels whose answers wait, and until when. */
    private final ArrayDeque<Integer> waiting = new ArrayDeque<>();

    private final Timers.Timer timer = new Timers.Timer(this);

    OpenPacing(Channels channels) {
        this.channels = channels;
    }

    /**
     * A channel is opened.
     *
     * @param channelMax how many the client may have
     * @return whether its answer has to wait
     */
    boolean holds(int number, int channelMax) {
        if (waiting.isEmpty() && !isTooFast(channels, channelMax)) {
            return false;
        }
        waiting.add(number);
        if (!timer.isSet()) {
            channels.loop().timers.set(timer, channels.loop().now + LONGEST);
        }
        return true;
    }

    /** {@return whether a client with these channels has to wait for confirms} */
    static boolean isTooFast(Channels channels, int channelMax) {
        int most = Math.min(MOST, Math.max(1, channelMax / PART));
        return channels.count() > most && channels.unconfirmed() >= most;
    }

    /** A channel of the client has been confirmed all of its messages, or is gone. */
    void onConfirmed(int channelMax) {
        if (!waiting.isEmpty() && !isTooFast(channels, channelMax)) {
            channels.answerOpen(waiting.remove());
        }
    }

    /** A channel that waits is answered, as its client does not wait. */
    void goOn(int number) {
        if (waiting.removeFirstOccurrence(number)) {
            channels.answerOpen(number);
        }
    }

    /** Nobody is to be answered any more. */
    void end() {
        waiting.clear();
        channels.loop().timers.cancel(timer);
    }

    @Override
    public void onTime() {
        while (!waiting.isEmpty()) {
            channels.answerOpen(waiting.remove());
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        channels.loop().lines.error(log, "Answering the opening of channels failed", fault);
    }
}
