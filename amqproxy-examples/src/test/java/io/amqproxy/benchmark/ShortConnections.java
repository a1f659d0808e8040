package io.amqproxy.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Connections that live for one message, with a channel each: connect, open, publish, close.
 *
 * @param atOnce how many at the same time
 * @param confirms whether each waits for its confirm
 * @param users how many users, each with a vhost of its own, they belong to
 * @param dialect what they speak
 */
record ShortConnections(int atOnce, boolean confirms, int users, Dialect dialect) implements Work {

    private static final int READ_BUFFER = 64 * 1024;
    /** So many at most in one run: the time of each is kept. */
    private static final int MOST = 1_000_000;

    ShortConnections(int atOnce, boolean confirms, int users) {
        this(atOnce, confirms, users, Dialect.AMQP_091);
    }

    @Override
    public String name() {
        return "short connection x" + atOnce + (confirms ? ", confirmed" : "") + dialect.suffix();
    }

    @Override
    public long step() {
        return 100;
    }

    @Override
    public boolean isForAnyBroker() {
        return dialect == Dialect.AMQP_091;
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) {
        return new Running(
                target,
                IntStream.range(0, users)
                        .mapToObj(i -> dialect.cycle(users == 1 ? login : login.tenant(i), confirms))
                        .toList());
    }

    private final class Running implements Session {

        private final MeasuredServer target;
        private final List<Script> scripts;
        private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER);
        private volatile boolean closed;
        private long begun;
        private int done;
        private long[] nanos = new long[0];

        Running(MeasuredServer target, List<Script> scripts) {
            this.target = target;
            this.scripts = scripts;
        }

        @Override
        public Latencies run(long count) throws IOException {
            nanos = new long[(int) Math.min(count, MOST)];
            begun = 0;
            done = 0;
            try (Selector selector = Selector.open()) {
                try {
                    cycle(selector);
                } finally {
                    for (SelectionKey key : selector.keys()) {
                        key.channel().close();
                    }
                }
            } catch (UncheckedIOException e) {
                throw new IOException(e.getCause());
            }
            return new Latencies(nanos, done);
        }

        private void cycle(Selector selector) throws IOException {
            while (done < nanos.length) {
                while (begun < nanos.length && begun - done < atOnce) {
                    Script script = scripts.get((int) (begun++ % scripts.size()));
                    ScriptedClient.begin(script, target.address(), null, selector);
                }
                selector.select(this::onReady, Peers.LOOK_MILLIS);
                if (closed) {
                    throw new IOException("The work was ended");
                }
            }
        }

        private void onReady(SelectionKey key) {
            ScriptedClient client = (ScriptedClient) key.attachment();
            try {
                if (client.onReady(key, readBuffer)) {
                    nanos[done++] = System.nanoTime() - client.begin();
                    client.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public long published(long count) {
            return Math.min(count, MOST);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
