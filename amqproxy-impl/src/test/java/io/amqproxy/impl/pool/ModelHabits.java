package io.amqproxy.impl.pool;

import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * What the clients of one schedule do, and how often. Some things are left out of each schedule: what is left gets room
 * to happen many times in a row.
 */
final class ModelHabits {

    /** What a client may do on a channel, with its usual weight. */
    enum Act {
        PUBLISH(30),
        PUBLISH_NOWHERE(6),
        PUBLISH_WRONGLY(3),
        SELECT(6),
        GET(12),
        CONSUME(6),
        SETTLE(10),
        CANCEL(4),
        ASK(6),
        QOS(5),
        DECLARE(4),
        TRANSACT(4),
        GET_UNNAMED(2),
        BIND_QUIETLY(5),
        RECLAIM(4),
        CLOSE(12);

        private final int weight;

        Act(int weight) {
            this.weight = weight;
        }
    }

    /** More than a frame. */
    private static final int LARGE = 9_000;

    /** More than a peer may leave unread before the other one has to wait. */
    private static final int VERY_LARGE = 200_000;

    private final Map<Act, Integer> weights = new EnumMap<>(Act.class);
    private int sum;
    /** How many channels a client uses at most. */
    final int channels;
    /** Whether the first thing on each channel is {@code confirm.select}. */
    final boolean confirmsFirst;
    /** How large the larger messages are, octets. */
    int largeBody;
    /** One message of so many is large. */
    int largeOneIn = 8;
    /** One consumer of so many does not acknowledge. */
    int noAckOneIn = 4;
    /** Prefetch limits are multiples of this. */
    int prefetchUnit = 1;
    /** Whether most of what is settled is all that came. */
    boolean settlesAll;

    ModelHabits(RandomGenerator random) {
        channels = 1 + random.nextInt(4);
        largeBody = random.nextInt(4) == 0 ? VERY_LARGE : LARGE;
        confirmsFirst = random.nextInt(3) == 0;
        for (Act act : Act.values()) {
            boolean isNeeded = act == Act.PUBLISH || act == Act.CLOSE;
            if (isNeeded || random.nextBoolean()) {
                int weight = act.weight * (1 + random.nextInt(4));
                weights.put(act, weight);
                sum += weight;
            }
        }
    }

    /** Most of it is to consume large messages. */
    void consumeMuch() {
        largeBody = VERY_LARGE;
        largeOneIn = 2;
        noAckOneIn = 20;
        prefetchUnit = 50;
        settlesAll = true;
        weights.put(Act.PUBLISH, 20);
        weights.put(Act.CONSUME, 20);
        weights.put(Act.SETTLE, 60);
        weights.put(Act.CLOSE, 2);
        sum = weights.values().stream().mapToInt(Integer::intValue).sum();
    }

    Act any(RandomGenerator random) {
        int left = random.nextInt(sum);
        for (Map.Entry<Act, Integer> one : weights.entrySet()) {
            left -= one.getValue();
            if (left < 0) {
                return one.getKey();
            }
        }
        throw new IllegalStateException("The weights make " + sum);
    }
}
