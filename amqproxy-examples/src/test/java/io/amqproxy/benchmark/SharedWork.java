package io.amqproxy.benchmark;

import java.io.IOException;
import java.util.List;

/** Work that is prepared for many connections, each of which does its share. */
final class SharedWork implements Work.Session {

    /** One connection. */
    interface Worker extends Peers.Peer {
        /** Is to do so much more, served as a peer. */
        void begin(long count) throws IOException;
    }

    private final Runnable end;
    private final List<? extends Worker> workers;
    private final int operations;
    private final boolean publishes;

    private SharedWork(Runnable end, List<? extends Worker> workers, int operations, boolean publishes) {
        this.end = end;
        this.workers = workers;
        this.operations = operations;
        this.publishes = publishes;
    }

    /**
     * {@return work whose messages the broker counts}
     *
     * @param end closes the connections
     */
    static SharedWork publishing(Runnable end, List<? extends Worker> workers, int operations) {
        return new SharedWork(end, workers, operations, true);
    }

    /**
     * {@return work that takes messages of the broker}
     *
     * @param end closes the connections
     */
    static SharedWork consuming(Runnable end, List<? extends Worker> workers, int operations) {
        return new SharedWork(end, workers, operations, false);
    }

    @Override
    public Latencies run(long count) throws IOException {
        for (int i = 0; i < workers.size(); i++) {
            workers.get(i).begin(Peers.share(count, i, workers.size()));
        }
        Peers.serve(workers, operations);
        return Latencies.NONE;
    }

    @Override
    public long published(long count) {
        return publishes ? count : 0;
    }

    @Override
    public void close() {
        end.run();
    }
}
