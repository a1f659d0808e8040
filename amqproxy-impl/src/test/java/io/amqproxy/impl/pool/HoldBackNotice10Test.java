package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.PoolStats;
import io.amqproxy.UpstreamStats;
import io.amqproxy.impl.amqp10.upstream.Amqp10Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * An operator hears that senders of AMQP 1.0 are held back, by a window that stays shut or a socket that is not read.
 */
class HoldBackNotice10Test {

    private static final String TOO_LITTLE = "it has read too little for 1000 ms";

    private final List<String> told = new ArrayList<>();
    private final Rig10 rig = new Rig10(options -> options.listener = new HeldBackLog(told));

    private TestClient10 sender() {
        return rig.open().begin(0).sender(0, 0, "q").run();
    }

    private void window(int transfers) {
        rig.broker.connections.forEach(
                connection -> connection.sessions.values().forEach(session -> session.window(transfers)));
        rig.rig.run();
    }

    /** In the figures of pools, which are those of its connections. */
    private int blocked() {
        int ofPools =
                rig.rig.registry.stats().stream().mapToInt(PoolStats::blocked).sum();
        assertThat(rig.rig.registry.upstreamStats().stream().filter(UpstreamStats::blocked))
                .hasSize(ofPools);
        return ofPools;
    }

    /** As a broker does in an alarm. */
    private void shutWindows(TestClient10... senders) {
        for (TestClient10 sender : senders) {
            sender.transfer(0, 0, 0, false, "taken").run();
        }
        window(0);
        for (TestClient10 sender : senders) {
            sender.transfer(0, 0, 1, false, "waits").run();
        }
    }

    @Test
    void byAWindowWithItsEnd() {
        shutWindows(sender(), sender());
        rig.rig.pass(Duration.ofMillis(900));
        assertThat(told).isEmpty();
        rig.rig.pass(Duration.ofSeconds(4));
        assertThat(told).containsExactly(TOO_LITTLE);
        assertThat(blocked()).isOne();
        window(100);
        assertThat(blocked()).isZero();
        assertThat(told).containsExactly(TOO_LITTLE, "after 4900");
        assertThat(rig.broker.taken).containsExactlyInAnyOrder("taken", "taken", "waits", "waits");
    }

    @Test
    void notByOneThatWasShutForAMoment() {
        shutWindows(sender());
        rig.rig.pass(Duration.ofMillis(900));
        window(100);
        rig.rig.pass(Duration.ofSeconds(4));
        assertThat(told).isEmpty();
    }

    @Test
    void itEndsWithTheConnection() {
        shutWindows(sender());
        rig.rig.pass(Duration.ofSeconds(2));
        List.copyOf(rig.broker.connections).forEach(BrokerConnection10::cut);
        rig.rig.run();
        assertThat(told).contains(TOO_LITTLE, "after 2000", "closed");
    }

    @Test
    void byASocketThatIsNotRead() {
        TestClient10 sender = sender();
        FakeLink toBroker = rig.rig.links.stream()
                .filter(link -> link.session() instanceof Amqp10Upstream)
                .findFirst()
                .orElseThrow();
        toBroker.clogged = true;
        for (int i = 0; i < 100 && !sender.link().session().isPaused(); i++) {
            sender.transfer(0, 0, i, true, "x".repeat(50_000)).run();
        }
        rig.rig.pass(Duration.ofSeconds(3));
        assertThat(told).containsExactly(TOO_LITTLE);
        toBroker.unclog();
        rig.rig.run();
        assertThat(told).containsExactly(TOO_LITTLE, "after 3000");
    }
}
