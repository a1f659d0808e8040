package io.amqproxy.impl.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one connection to the broker by their numbers. A number that is free is used again, the last first.
 */
final class UpstreamChannels {

    private @Nullable UpstreamChannel[] channels = new UpstreamChannel[16];
    private int count;
    private int highestNumber;
    private int[] freeNumbers = new int[16];
    private int freeCount;

    @Nullable
    UpstreamChannel get(int number) {
        return number < channels.length ? channels[number] : null;
    }

    /** Channels whose number is in use. */
    int count() {
        return count;
    }

    UpstreamChannel add(UpstreamSession session) {
        int number = freeCount > 0 ? freeNumbers[--freeCount] : ++highestNumber;
        if (number >= channels.length) {
            channels = Arrays.copyOf(channels, 2 * channels.length);
        }
        UpstreamChannel channel = new UpstreamChannel(session, number);
        channels[number] = channel;
        count++;
        return channel;
    }

    void remove(UpstreamChannel channel) {
        channels[channel.number()] = null;
        count--;
        if (freeCount == freeNumbers.length) {
            freeNumbers = Arrays.copyOf(freeNumbers, 2 * freeCount);
        }
        freeNumbers[freeCount++] = channel.number();
    }

    /** The connection is over; {@return what channels there were, with gaps} */
    @Nullable
    UpstreamChannel[] takeAll() {
        @Nullable UpstreamChannel[] gone = channels;
        channels = new UpstreamChannel[0];
        return gone;
    }
}
