package io.amqproxy.impl.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.ProxyProcess;
import io.amqproxy.testkit.RabbitCluster;
import io.amqproxy.testkit.RabbitMq4;
import io.amqproxy.testkit.RabbitNode;
import io.amqproxy.testkit.Requirements;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nothing that was confirmed, or accepted, is lost, whatever dies. Each run says its seed and what happened. By hand it
 * runs for hours, with {@code -Dlosses.seconds=7200}, and with {@code -Dlosses.seed} as an earlier one.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS) // By hand they run for hours.
@Tag("broker")
@Tag("loss")
class LossTest {

    private static final Duration DURATION = Duration.ofSeconds(Integer.getInteger("losses.seconds", 25));
    private static final Duration WARM_UP = Duration.ofSeconds(10);

    /** Tables that grew and are not made smaller. */
    private static final long HEAP_TOLERANCE = 2L * 1024 * 1024;

    private static final long SEED = Long.getLong("losses.seed", System.nanoTime());

    @BeforeAll
    static void thereIsABroker() {
        Requirements.check(RabbitNode.isInstalled(), "an installed rabbitmq-server");
    }

    @Test
    void nothingConfirmedIsLostInFrontOfOneBroker() throws Exception {
        try (RabbitNode node = RabbitNode.start()) {
            check(List.of(node), LossRun.Kind.AMQP_0_9_1);
        }
    }

    @Test
    void nothingConfirmedIsLostInFrontOfACluster() throws Exception {
        try (RabbitCluster cluster = RabbitCluster.start(3)) {
            check(cluster.nodes(), LossRun.Kind.AMQP_0_9_1);
        }
    }

    @Test
    void nothingAcceptedIsLostByAmqp10() throws Exception {
        try (RabbitNode node = RabbitMq4.start()) {
            check(List.of(node), LossRun.Kind.AMQP_1_0);
        }
    }

    @Test
    void theProxyHoldsAsMuchAfterAllThatAsBefore() throws Exception {
        Set<Mishap> mishaps = EnumSet.complementOf(EnumSet.of(Mishap.PROXY_DRAINED, Mishap.PROXY_KILLED));
        try (RabbitNode node = RabbitNode.start();
                LossRun run = new LossRun(SEED, List.of(node), mishaps, LossRun.Kind.AMQP_0_9_1)) {
            assertThat(run.run(WARM_UP)).as(run.toString()).isEmpty();
            ProxyProcess.Count before = run.proxy.count();
            List<String> problems = run.run(DURATION);
            System.out.println("Soak: %d s, %s; before %s, after %s"
                    .formatted(DURATION.toSeconds(), run, before, run.proxy.count()));

            assertThat(problems).as(run.toString()).isEmpty();
            // A connection that lingers, or one that asks how the broker is, ends soon.
            Await.until("no more than " + before, () -> isAsMuch(before, run.proxy.count()));
        }
    }

    private static boolean isAsMuch(ProxyProcess.Count before, ProxyProcess.Count after) {
        return after.descriptors() <= before.descriptors()
                && after.threads() <= before.threads()
                && after.heap() < before.heap() + HEAP_TOLERANCE;
    }

    private static void check(List<RabbitNode> nodes, LossRun.Kind kind) throws Exception {
        try (LossRun run = new LossRun(SEED, nodes, EnumSet.allOf(Mishap.class), kind)) {
            List<String> problems = run.run(DURATION);
            System.out.println("Losses: %s, %d s, %s".formatted(kind, DURATION.toSeconds(), run));
            assertThat(problems).as(run.toString()).isEmpty();
        }
    }
}
