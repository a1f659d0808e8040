package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Connections that do nothing: what they hold of the proxy's memory, and how long it takes to open them. */
final class IdleSection implements Section {

    private static final String GROUP = "idle";
    private static final double BAR_KIB = 4;
    /** HAProxy connects from one address, which has no more ports. */
    private static final int HAPROXY_MOST = 25_000;
    /** Each client has a session at the broker, and there are 64 connections to it with 256 of them. */
    private static final int MOST_SESSIONS = 16_000;

    private static final int SPARE_FILES = 300;
    private static final int KIB = 1024;
    private static final int WARM_UP_CYCLES = 500;

    private final String title;
    private final Dialect dialect;

    private IdleSection(String title, Dialect dialect) {
        this.title = title;
        this.dialect = dialect;
    }

    static IdleSection ofAmqp091() {
        return new IdleSection("Idle connections with a channel each", Dialect.AMQP_091);
    }

    static IdleSection ofAmqp10() {
        return new IdleSection("Idle connections of AMQP 1.0 with a session and a link each", Dialect.AMQP_10);
    }

    /** What was measured of one way. */
    private record Cost(int count, double kibEach, double millis) {}

    @Override
    public String title() {
        return title;
    }

    /** What a broker with queues thinks of so many connections is another matter. */
    @Override
    public boolean isChosen(BenchmarkSetup setup) {
        return setup.isChosen(GROUP) && setup.broker() == null;
    }

    @Override
    public String measure(BenchmarkSetup setup) throws IOException {
        MarkdownTable table = new MarkdownTable(
                1,
                "connections",
                "HAProxy, KiB each",
                "AmqProxy, KiB each",
                "bar",
                "direct, ms",
                "HAProxy, ms",
                "AmqProxy, ms",
                "");
        for (int count : setup.plan().idle()) {
            Map<Way, Cost> costs = new EnumMap<>(Way.class);
            // New programs, whose memory no earlier work has filled.
            try (Lab lab = Lab.start(setup, setup.proxy(), dialect.nullBroker())) {
                for (MeasuredServer target : lab.targets()) {
                    if (mayHaveMany(target.way())) {
                        costs.put(target.way(), measure(setup, lab, target, possible(target.way(), count)));
                    }
                }
            }
            table.row(cells(count, costs));
        }
        return table.toString();
    }

    private static String[] cells(int count, Map<Way, Cost> costs) {
        Cost none = new Cost(count, Double.NaN, Double.NaN);
        Cost haProxy = costs.getOrDefault(Way.HAPROXY, none);
        Cost proxy = costs.getOrDefault(Way.AMQPROXY, none);
        List<String> remarks = new ArrayList<>();
        if (proxy.kibEach > BAR_KIB) {
            remarks.add("missed");
        }
        costs.forEach((way, cost) -> {
            if (cost.count < count) {
                remarks.add(way.label + ": only " + cost.count + ", as more files or sessions may not be open");
            }
        });
        return new String[] {
            Integer.toString(count),
            Units.number(haProxy.kibEach),
            Units.number(proxy.kibEach),
            Units.bar(BAR_KIB),
            Units.number(costs.getOrDefault(Way.DIRECT, none).millis),
            Units.number(haProxy.millis),
            Units.number(proxy.millis),
            String.join("; ", remarks)
        };
    }

    /** The null broker of AMQP 1.0 has a thread for each connection, and of a relay as many as that has clients. */
    private boolean mayHaveMany(Way way) {
        return dialect == Dialect.AMQP_091 || way == Way.AMQPROXY;
    }

    /** A relay has two files open for each client. */
    private int possible(Way way, int count) throws IOException {
        long files = OpenFiles.limit() - SPARE_FILES;
        long most = way == Way.HAPROXY ? Math.min(HAPROXY_MOST, files / 2) : files;
        return (int) Math.min(count, dialect == Dialect.AMQP_10 ? Math.min(MOST_SESSIONS, most) : most);
    }

    private Cost measure(BenchmarkSetup setup, Lab lab, MeasuredServer target, int count) throws IOException {
        if (target.way() == Way.AMQPROXY) {
            try (Work.Session warmUp = new ShortConnections(20, false, 1, dialect).open(target, lab.login())) {
                long end = System.nanoTime() + (long) (setup.plan().warmUp() * 1e9);
                while (System.nanoTime() < end) {
                    warmUp.run(WARM_UP_CYCLES);
                }
            }
        }
        int rest = target.way() == Way.AMQPROXY
                ? setup.plan().restMillis()
                : setup.plan().quietMillis();
        Child.pause(rest);
        long before = resident(target);
        Script script = dialect.opening(lab.login());
        try (IdleConnections idle = IdleConnections.open(target, count, index -> script)) {
            Child.pause(rest);
            double kib = target.pid() == 0 ? Double.NaN : (double) (resident(target) - before) / KIB / count;
            setup.log()
                    .printf(
                            "  %d connections, %s: %.0f ms, %.2f KiB each%n",
                            count, target.way().label, idle.nanos() / 1e6, kib);
            return new Cost(count, kib, idle.nanos() / 1e6);
        } finally {
            Child.pause(setup.plan().quietMillis());
        }
    }

    private static long resident(MeasuredServer target) throws IOException {
        return target.pid() == 0 ? 0 : ProcessUsage.residentBytes(target.pid());
    }
}
