package io.amqproxy.benchmark;

import io.amqproxy.AmqProxy;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceFilter;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.util.Arrays;
import java.util.List;

/**
 * What a trace costs: the processor time of the proxy's loop for a message of a stream, side by side and in turns, for
 * proxies of one process. One has no trace, and never had; one had a trace before; one has a trace of other clients;
 * one has a trace of a method that only the broker could say, and does not (of AMQP 1.0: of a method of AMQP 0-9-1);
 * one has a trace of what clients could say at any time, and do not; one has a trace of all. Arguments: rounds,
 * messages of a round, octets of a message.
 */
final class TraceCost {

    private static final String LOOP = "-loop-";
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** A proxy, with a client that publishes through it. */
    private static final class Row implements AutoCloseable {
        private final String name;
        private final AmqProxy proxy;
        private final Work.Session work;
        private final long loop;
        private final double[] nanos;

        Row(String name, URI broker, Work stream, int rounds) throws IOException {
            this.name = name;
            long[] before = loops();
            proxy = AmqProxy.builder()
                    .upstreams(List.of(broker))
                    .listen(0)
                    .loops(1)
                    .start();
            loop = Arrays.stream(loops())
                    .filter(id -> Arrays.stream(before).noneMatch(old -> old == id))
                    .findFirst()
                    .orElseThrow();
            work = stream.open(new MeasuredServer(MeasuredServer.Way.AMQPROXY, proxy.address(), 0), LoginScript.GUEST);
            nanos = new double[rounds];
        }

        private static long[] loops() {
            return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
                    .filter(thread -> thread != null && thread.getThreadName().contains(LOOP))
                    .mapToLong(thread -> thread.getThreadId())
                    .toArray();
        }

        void measure(int round, long messages) throws IOException {
            long before = THREADS.getThreadCpuTime(loop);
            work.run(messages);
            nanos[round] = (THREADS.getThreadCpuTime(loop) - before) / (double) messages;
        }

        double median() {
            double[] sorted = Arrays.copyOfRange(nanos, nanos.length / 3, nanos.length); // The first ones warm it up.
            Arrays.sort(sorted);
            return sorted[sorted.length / 2];
        }

        @Override
        public void close() {
            work.close();
            proxy.close();
        }
    }

    private TraceCost() {}

    public static void main(String[] arguments) throws IOException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 30;
        long messages = arguments.length > 1 ? Long.parseLong(arguments[1]) : 500_000;
        int size = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 128;
        try (NullBroker broker = NullBroker.start();
                NullBroker10 broker10 = NullBroker10.start()) {
            System.out.println("AMQP 0-9-1");
            print(rounds, messages, uri(broker.port()), new PublishStream(size, 1, true, 1), "tx.rollback", System.out);
            System.out.println("AMQP 1.0");
            print(rounds, messages, uri(broker10.port()), new SendStream10(size, 1, false), "end", System.out);
        }
    }

    private static URI uri(int port) {
        return URI.create("amqp://127.0.0.1:" + port);
    }

    private static void print(int rounds, long messages, URI uri, Work work, String unsaid, PrintStream out)
            throws IOException {
        try (Row never = new Row("never traced", uri, work, rounds);
                Row again = new Row("never traced, again", uri, work, rounds);
                Row before = new Row("traced before", uri, work, rounds);
                Row others = new Row("traced for other clients", uri, work, rounds);
                Row returns = new Row("traced for returns", uri, work, rounds);
                Row nothing = new Row("traced for nothing that is said", uri, work, rounds);
                Row all = new Row("traced", uri, work, rounds)) {
            before.proxy.trace(TraceFilter.all(), event -> {}).close();
            try (Trace other = others.proxy.trace(TraceFilter.ofClients().clients(client -> false), event -> {});
                    Trace back = returns.proxy.trace(TraceFilter.all().names("basic.return"), event -> {});
                    Trace none = nothing.proxy.trace(TraceFilter.all().names(unsaid), event -> {});
                    Trace whole = all.proxy.trace(TraceFilter.all(), event -> {})) {
                List<Row> rows = List.of(never, again, before, others, returns, nothing, all);
                for (int round = 0; round < rounds; round++) {
                    for (Row row : rows) {
                        row.measure(round, messages);
                    }
                }
                for (Row row : rows) {
                    out.printf(
                            "%-32s %8.1f ns a message, %.2f of the first%n",
                            row.name, row.median(), row.median() / never.median());
                }
                out.println("dropped: " + (other.dropped() + back.dropped() + none.dropped()) + ", " + whole.dropped());
            }
        }
    }
}
