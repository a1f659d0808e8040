package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import io.amqproxy.testkit.LatencyLink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a short connection takes with a broker far away: directly, and through a proxy near by. */
final class GainSection implements Section {

    static final List<Integer> ROUND_TRIPS_MILLIS = List.of(0, 1, 5, 10, 50, 100);

    private static final String GROUP = "gain";
    /** So many connections at least in each round, however long one takes. */
    private static final int FEWEST = 3;

    private static final Way[] WAYS = {Way.DIRECT, Way.AMQPROXY};

    private final @Nullable Path chart;
    private final List<Integer> roundTripsMillis;

    /**
     * @param chart where to draw the result as well; null for nowhere
     * @param roundTripsMillis of the links to the broker
     */
    GainSection(@Nullable Path chart, List<Integer> roundTripsMillis) {
        this.chart = chart;
        this.roundTripsMillis = roundTripsMillis;
    }

    /** The times of one work in one way, as they come in. */
    private record Times(Way way, ShortConnections work, MeasuredServer target, List<Double> millis) {

        double p50() {
            return Sample.median(
                    millis.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    @Override
    public String title() {
        return "The gain: one short connection to a broker far away";
    }

    /** Links lead to this machine's broker only. */
    @Override
    public boolean isChosen(BenchmarkSetup setup) {
        return setup.broker() == null && setup.isChosen(GROUP) && !works(setup).isEmpty();
    }

    private static List<ShortConnections> works(BenchmarkSetup setup) {
        return List.of(new ShortConnections(1, false, 1), new ShortConnections(1, true, 1)).stream()
                .filter(work -> setup.names().test(work.name()))
                .toList();
    }

    @Override
    public String measure(BenchmarkSetup setup) throws IOException {
        MarkdownTable table = new MarkdownTable(
                1, "work", "round trip, ms", "direct, p50, ms", "AmqProxy, p50, ms", "direct / AmqProxy");
        List<ShortConnections> works = works(setup);
        List<List<GainChart.Point>> lines = new ArrayList<>();
        for (int i = 0; i < works.size() * WAYS.length; i++) {
            lines.add(new ArrayList<>());
        }
        try (Lab lab = Lab.brokerOnly(setup)) {
            for (int roundTrip : roundTripsMillis) {
                List<Times> times = measure(setup, lab, works, roundTrip);
                for (int i = 0; i < times.size(); i++) {
                    lines.get(i).add(new GainChart.Point(roundTrip, times.get(i).p50()));
                }
                for (int i = 0; i < times.size(); i += WAYS.length) {
                    double direct = times.get(i).p50();
                    double proxy = times.get(i + 1).p50();
                    table.row(
                            times.get(i).work().name(),
                            Integer.toString(roundTrip),
                            Units.number(direct),
                            Units.number(proxy),
                            Units.number(direct / proxy));
                }
            }
        }
        if (chart != null) {
            Files.writeString(chart, chart(setup, works, lines).svg());
        }
        return table.toString();
    }

    /**
     * Client, link and broker, and a proxy on the client's side of the link. There is no link where it would take no
     * time: its own work would count against those that use it more often.
     */
    private static List<Times> measure(BenchmarkSetup setup, Lab lab, List<ShortConnections> works, int roundTrip)
            throws IOException {
        if (roundTrip == 0) {
            return measure(setup, lab, works, roundTrip, lab.broker());
        }
        try (LatencyLink link = LatencyLink.to(lab.broker().getPort(), Duration.ofMillis(roundTrip))) {
            InetSocketAddress end = new InetSocketAddress(InetAddress.getLoopbackAddress(), link.port());
            return measure(setup, lab, works, roundTrip, end);
        }
    }

    private static List<Times> measure(
            BenchmarkSetup setup, Lab lab, List<ShortConnections> works, int roundTrip, InetSocketAddress farBroker)
            throws IOException {
        try (Started proxy = setup.proxy().start(farBroker)) {
            List<Times> all = new ArrayList<>();
            for (ShortConnections work : works) {
                all.add(new Times(Way.DIRECT, work, new MeasuredServer(Way.DIRECT, farBroker, 0), new ArrayList<>()));
                MeasuredServer near = new MeasuredServer(
                        Way.AMQPROXY, proxy.address(), proxy.child().pid());
                all.add(new Times(Way.AMQPROXY, work, near, new ArrayList<>()));
            }
            long before = lab.counts().messages();
            long messages = 0;
            for (Times times : all) {
                messages += run(
                        setup,
                        lab,
                        times,
                        times.way() == Way.DIRECT ? 0 : setup.plan().warmUp());
                times.millis().clear();
            }
            for (int round = 0; round < setup.plan().rounds(); round++) {
                for (Times times : all) {
                    messages += run(setup, lab, times, setup.plan().seconds());
                }
            }
            lab.awaitMessages(before + messages);
            for (Times times : all) {
                setup.log()
                        .printf(
                                "  %d ms, %s, %s: %.2f ms (of %d)%n",
                                roundTrip,
                                times.work().name(),
                                times.way().label,
                                times.p50(),
                                times.millis().size());
            }
            return all;
        }
    }

    /**
     * One connection after the other.
     *
     * @return how many
     */
    private static int run(BenchmarkSetup setup, Lab lab, Times times, double seconds) throws IOException {
        int done = 0;
        try (Work.Session session = times.work().open(times.target(), lab.login());
                BenchmarkWatchdog.Guard guard =
                        lab.watchdog().guard(session, setup.plan().limitSeconds(), TimeUnit.SECONDS)) {
            long begin = System.nanoTime();
            while (done < FEWEST || System.nanoTime() - begin < seconds * 1e9) {
                times.millis().add(session.run(1).micros(1) / 1e3);
                done++;
            }
            guard.check();
        }
        return done;
    }

    private GainChart chart(BenchmarkSetup setup, List<ShortConnections> works, List<List<GainChart.Point>> lines) {
        List<GainChart.Line> named = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            boolean isProxy = WAYS[i % WAYS.length] == Way.AMQPROXY;
            boolean confirms = works.get(i / WAYS.length).confirms();
            String name = (isProxy ? "through the proxy" : "direct") + (confirms ? ", confirmed" : "");
            named.add(new GainChart.Line(name, isProxy, confirms, lines.get(i)));
        }
        Plan plan = setup.plan();
        String options = String.format(
                Locale.ROOT,
                "rounds %d, seconds %s, warm-up %s; the proxy's arguments: %s",
                plan.rounds(),
                plan.seconds(),
                plan.warmUp(),
                String.join(" ", setup.proxy().arguments()));
        return new GainChart("Drawn by the benchmark's group \"" + GROUP + "\". Options: " + options, named);
    }
}
