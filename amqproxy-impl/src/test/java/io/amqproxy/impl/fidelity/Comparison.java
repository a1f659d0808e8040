package io.amqproxy.impl.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.amqproxy.AmqProxy;
import io.amqproxy.impl.fidelity.Scenario.Trait;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.FrameRecorder;
import io.amqproxy.testkit.Login;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Plays scenarios against the broker itself and through the proxy, and tells where they look different.
 *
 * <p>Through the proxy each is played twice: by a proxy that has no connection to the broker yet, and by one that has
 * served all scenarios before. There another client used and left its channels at once before, and a neighbour goes on
 * publishing and consuming over the same upstreams.
 */
final class Comparison implements AutoCloseable {

    /** How a scenario was played through the proxy. */
    enum Way {
        COLD,
        WARM
    }

    private static final AtomicInteger COMPARISONS = new AtomicInteger();
    private static final int SHOWN_FRAMES = 120;
    private static final int PLAYED_AT_ONCE = 12;

    private final BrokerNode broker;
    private final Login direct;
    private final FrameRecorder recorder;
    private final AmqProxy warm;
    /** By name: two scenarios are never equal, as they are made of code. */
    private final Map<String, List<String>> playedAhead = new HashMap<>();

    private @Nullable Neighbour neighbour;

    Comparison(BrokerNode broker) {
        this.broker = broker;
        String vhost = "fidelity-" + COMPARISONS.incrementAndGet();
        broker.addVhost(vhost);
        broker.grant("guest", vhost);
        direct = broker.login().in(vhost);
        recorder = FrameRecorder.to(broker.port());
        warm = proxy(recorder.port());
    }

    private static AmqProxy proxy(int brokerPort) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + brokerPort)
                .listen(0)
                .maxChannelAge(Duration.ZERO) // A channel that has come of age is closed instead of being idle.
                .limits(limits -> limits.failedLogins(0)) // Many scenarios try a wrong password.
                .start();
    }

    /**
     * Plays scenarios against the broker itself ahead, several at a time: RabbitMQ makes clients wait for three seconds
     * that break the rules while they log in.
     */
    void playAhead(List<Scenario> scenarios) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(PLAYED_AT_ONCE);
        try {
            Map<Scenario, Future<List<String>>> plays = new LinkedHashMap<>();
            for (Scenario scenario : scenarios) {
                plays.put(scenario, threads.submit(() -> play(scenario, null)));
            }
            for (Map.Entry<Scenario, Future<List<String>>> entry : plays.entrySet()) {
                playedAhead.put(entry.getKey().name(), entry.getValue().get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Fails where a scenario looks different, and where one of the {@link KnownDifferences} does not any more. */
    void check(Scenario scenario) throws Exception {
        String reason = KnownDifferences.reason(scenario.name());
        if (reason == null) {
            differences(scenario).forEach((way, difference) -> fail("%s, %s:%n%s", scenario, way, difference));
        } else {
            assertThat(looksDifferent(scenario))
                    .as("'%s' is the same now; it is no known difference any more (%s)", scenario, reason)
                    .isTrue();
        }
    }

    private boolean looksDifferent(Scenario scenario) throws Exception {
        try {
            return !differences(scenario).isEmpty();
        } catch (AssertionError hurt) {
            return true;
        }
    }

    /** What is different in each way of playing, with the frames that the broker saw; empty where nothing is. */
    private Map<Way, String> differences(Scenario scenario) throws Exception {
        List<String> expected = playDirectly(scenario);
        Map<Way, String> differences = new LinkedHashMap<>();
        try (FrameRecorder between = FrameRecorder.to(broker.port());
                AmqProxy cold = proxy(between.port())) {
            note(differences, Way.COLD, expected, play(scenario, cold), between);
        }
        if (scenario.has(Trait.CLOSES_CONNECTIONS)) {
            forgetNeighbour();
        } else if (!scenario.has(Trait.COLD_ONLY)) {
            visit();
            recorder.takeLines();
            note(differences, Way.WARM, expected, playWarm(scenario), recorder);
        }
        return differences;
    }

    /** What a client sees without a proxy. */
    private List<String> playDirectly(Scenario scenario) throws Exception {
        List<String> ahead = playedAhead.get(scenario.name());
        return ahead != null ? ahead : play(scenario, null);
    }

    private Login proxied(AmqProxy proxy) {
        return direct.at(proxy.address().getPort());
    }

    private static void note(
            Map<Way, String> differences, Way way, List<String> expected, List<String> seen, FrameRecorder between) {
        if (!seen.equals(expected)) {
            List<String> frames = between.lines();
            differences.put(
                    way,
                    Transcript.difference(expected, seen) + "what the broker saw:\n  "
                            + String.join(
                                    "\n  ", frames.subList(Math.max(0, frames.size() - SHOWN_FRAMES), frames.size())));
        }
    }

    /** @param proxy null to play against the broker itself */
    private List<String> play(Scenario scenario, @Nullable AmqProxy proxy) throws Exception {
        try (ScenarioRun run = new ScenarioRun(broker, proxy == null ? direct : proxied(proxy), proxy)) {
            scenario.play().in(run);
            return run.transcript().lines();
        }
    }

    private List<String> playWarm(Scenario scenario) throws Exception {
        if (scenario.has(Trait.WITHOUT_NEIGHBOUR)) {
            return play(scenario, warm);
        }
        try {
            Neighbour present = neighbour();
            present.beginBeating();
            List<String> seen = play(scenario, warm);
            present.endBeating();
            return seen;
        } catch (Exception | AssertionError hurt) {
            forgetNeighbour();
            throw hurt;
        }
    }

    private void forgetNeighbour() {
        if (neighbour != null) {
            neighbour.close();
            neighbour = null;
        }
    }

    private Neighbour neighbour() throws Exception {
        Neighbour present = neighbour;
        if (present == null) {
            present = new Neighbour(proxied(warm), "neighbour-" + COMPARISONS.incrementAndGet());
            neighbour = present;
        }
        return present;
    }

    /** Another client uses channels of every kind that may serve again, and leaves them. */
    private void visit() throws Exception {
        try (ScenarioRun run = new ScenarioRun(broker, proxied(warm), warm)) {
            Peer visitor = run.peer("visitor").open().channel(1).channel(2);
            Visit.of(run, visitor);
            visitor.leave();
        }
        Await.until("the visitor's channels are idle", () -> warm.stats().channelsIdle() >= 2);
    }

    @Override
    public void close() {
        forgetNeighbour();
        warm.close();
        recorder.close();
        broker.ctl("delete_vhost", direct.vhost());
    }
}
