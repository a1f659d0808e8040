package io.amqproxy.impl.faults;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.amqproxy.impl.faults.Ledger.Name;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/** Keeps its connection, and up to a number of messages on their way. */
final class StreamPublisher extends ChannelPublisher {

    private static final int WINDOW = 50;
    private static final long PAUSE_MILLIS = 2;
    private static final long LOOK_MILLIS = 100;

    /** Guards the two that follow. */
    private final Object lock = new Object();

    private final NavigableMap<Long, Name> outstanding = new TreeMap<>();
    private boolean refused;

    StreamPublisher(Login login, String queue, Ledger ledger, RandomGenerator random) {
        super(login, queue, ledger, random);
    }

    @Override
    void work() throws IOException, TimeoutException, InterruptedException {
        try (Connection connection = connect(false)) {
            Channel channel = open(connection);
            channel.addConfirmListener(this::confirmed, this::refused);
            synchronized (lock) {
                refused = false;
            }
            while (goesOn(channel)) {
                Name name = name(nextNumber());
                synchronized (lock) {
                    outstanding.put(channel.getNextPublishSeqNo(), name);
                }
                publish(channel, name);
                Thread.sleep(PAUSE_MILLIS); // Its pace.
            }
        } finally {
            synchronized (lock) {
                outstanding.values().forEach(name -> unknown(name.number()));
                outstanding.clear();
            }
        }
    }

    /**
     * Waits for room.
     *
     * @return false when this session is over
     */
    private boolean goesOn(Channel channel) throws InterruptedException {
        synchronized (lock) {
            while (channel.isOpen() && !refused) {
                if (isFinishing() && !hasUnknown()) {
                    if (outstanding.isEmpty()) {
                        return false;
                    }
                } else if (outstanding.size() < WINDOW) {
                    return true;
                }
                lock.wait(LOOK_MILLIS);
            }
            return false;
        }
    }

    private void confirmed(long tag, boolean multiple) {
        List<Name> names;
        synchronized (lock) {
            names = take(tag, multiple);
            lock.notifyAll();
        }
        names.forEach(ledger::confirmed);
    }

    /** The numbers go out again in the next session. */
    private void refused(long tag, boolean multiple) {
        synchronized (lock) {
            refused = true;
            lock.notifyAll();
        }
    }

    private List<Name> take(long tag, boolean multiple) {
        NavigableMap<Long, Name> some =
                multiple ? outstanding.headMap(tag, true) : outstanding.subMap(tag, true, tag, true);
        List<Name> names = new ArrayList<>(some.values());
        some.clear();
        return names;
    }
}
