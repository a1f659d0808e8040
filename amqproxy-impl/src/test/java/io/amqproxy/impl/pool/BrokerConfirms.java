package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** The publishes on a channel of the {@link ScriptedBroker} that are not confirmed yet. */
final class BrokerConfirms {

    private final ScriptedBroker.Connection connection;
    private final int channel;
    private final TreeSet<Long> open = new TreeSet<>();
    private long last;

    BrokerConfirms(ScriptedBroker.Connection connection, int channel) {
        this.connection = connection;
        this.channel = channel;
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    void clear() {
        open.clear();
    }

    void onPublish(boolean atOnce) {
        open.add(++last);
        if (atOnce) {
            confirm(last, false, false);
        }
    }

    void confirmAll() {
        if (!open.isEmpty()) {
            confirm(open.last(), true, false);
        }
    }

    /** Confirms one publish, or several at once, not always in order. */
    void confirmSome(RandomGenerator random) {
        List<Long> tags = List.copyOf(open);
        confirm(tags.get(random.nextInt(tags.size())), random.nextBoolean(), random.nextInt(8) == 0);
    }

    private void confirm(long tag, boolean multiple, boolean negative) {
        if (multiple) {
            open.headSet(tag, true).clear();
        } else {
            open.remove(tag);
        }
        connection.send(Frames.method(
                channel,
                negative ? Method.BASIC_NACK : Method.BASIC_ACK,
                writer -> writer.longLong(tag).octet(multiple ? 1 : 0)));
    }
}
