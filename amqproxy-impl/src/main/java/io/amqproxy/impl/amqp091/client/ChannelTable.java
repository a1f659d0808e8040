package io.amqproxy.impl.amqp091.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one client by their numbers. As with RabbitMQ {@code channel_max} bounds how many there are and not
 * their numbers.
 */
final class ChannelTable {

    /** Numbers up to this one, which is more than RabbitMQ offers, are looked up by place. */
    private static final int MAX_PLACES = 4096;

    private @Nullable ClientChannel[] places = new ClientChannel[2];
    private @Nullable Map<Integer, ClientChannel> beyond;
    private int count;

    @Nullable
    ClientChannel get(int number) {
        if (number < places.length) {
            return places[number];
        }
        return beyond == null ? null : beyond.get(number);
    }

    /** Adds one whose number is free. */
    void put(ClientChannel channel) {
        int number = channel.number();
        count++;
        if (number >= MAX_PLACES) {
            if (beyond == null) {
                beyond = new HashMap<>();
            }
            beyond.put(number, channel);
            return;
        }
        if (number >= places.length) {
            places = Arrays.copyOf(places, Math.min(MAX_PLACES, Math.max(number + 1, 2 * places.length)));
        }
        places[number] = channel;
    }

    /** Whether this channel is here, and not just one of its number. */
    boolean contains(ClientChannel channel) {
        return get(channel.number()) == channel;
    }

    /** Takes one out that is here. */
    void remove(ClientChannel channel) {
        count--;
        if (channel.number() < places.length) {
            places[channel.number()] = null;
        } else if (beyond != null) {
            beyond.remove(channel.number());
        }
    }

    /** Takes all of them out. */
    List<ClientChannel> clear() {
        List<ClientChannel> all = all();
        places = new ClientChannel[0];
        beyond = null;
        count = 0;
        return all;
    }

    int count() {
        return count;
    }

    List<ClientChannel> all() {
        List<ClientChannel> all = new ArrayList<>(count);
        for (ClientChannel channel : places) {
            if (channel != null) {
                all.add(channel);
            }
        }
        if (beyond != null) {
            all.addAll(beyond.values());
        }
        return all;
    }
}
