package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Cause;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.LimitInfo;
import io.amqproxy.UpstreamInfo;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What clients may complain of is on the page and in the metrics, by user. */
class StatusListenerTest {

    private static final int POOLS = 10;
    private static final CloseReason REFUSED = CloseReason.of(Initiator.BROKER, Cause.REFUSED, 403, "ACCESS_REFUSED");

    private final PoolNames names = new PoolNames(POOLS);
    private long now;
    private final TroubleCounts counts = new TroubleCounts(names, () -> now);
    private final StatusListener status = new StatusListener(counts);
    private final ClientInfo bob = client(7, "bob", "/");
    private final UpstreamInfo upstream = UpstreamInfo.of(3, "broker:5672", "bob", "/");

    private static ClientInfo client(long id, @Nullable String user, @Nullable String vhost) {
        return ClientInfo.of(id, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1234), user, vhost);
    }

    private double counted(String user, String vhost, String trouble, String reason) {
        return counted(user, vhost, trouble, reason, "");
    }

    private double counted(String user, String vhost, String trouble, String reason, String initiator) {
        Labels labels = Labels.of("user", user, "vhost", vhost, "route", "")
                .merge(Labels.of("trouble", trouble, "reason", reason, "initiator", initiator));
        return samples().stream()
                .filter(sample -> sample.getLabels().equals(labels))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    private List<CounterSnapshot.CounterDataPointSnapshot> samples() {
        return counts.collect().stream()
                .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
                .toList();
    }

    @Test
    void eachTroubleOfAUserIsNamedWithItsReason() {
        status.clientRefused(client(8, "carol", null), REFUSED);
        status.clientDisconnected(bob, CloseReason.of(Initiator.PROXY, Cause.FORCED, 320, "waited 10 s"));
        status.clientSlowed(bob, Duration.ofMillis(300));
        status.clientSlowed(bob, Duration.ofMillis(500));
        status.loginsBlocked(client(9, "carol", null), Duration.ofMinutes(1));
        status.clientKeptApart(bob, "it read nothing");
        status.clientBehind(bob, "others wait for it");
        status.foreignProtocol(client(10, null, null), "TLS");
        status.clientDisconnected(
                client(11, null, null),
                CloseReason.of(Initiator.NETWORK, Cause.LOST, 0, "TLS: the client shows no certificate"));
        status.clientDisconnected(client(12, null, null), CloseReason.of(Initiator.NETWORK, Cause.LOST, 0, "reset"));
        status.limitReached(LimitInfo.of("brokerConnections", "no more for bob").in("bob", "/"));
        status.memoryShort(1_000_000);
        status.publishersHeldBack(upstream, "low on memory");
        status.upstreamClosed(upstream, CloseReason.of(Initiator.NETWORK, Cause.LOST, 0, "reset"));
        status.publishesLost(upstream, 5);

        assertThat(status.troubles())
                .extracting(trouble ->
                        trouble.kind().what() + ", " + trouble.whose().user() + ": " + trouble.why())
                .containsExactly(
                        "messages_lost, bob: connection 3 to broker:5672: up to 5 message(s) without confirms were"
                                + " lost",
                        "broker_lost, bob: connection 3 to broker:5672: reset",
                        "held_back, bob: connection 3 to broker:5672: publishers are held back: low on memory",
                        "memory, null: 1000000 bytes of buffers are in use: clients are not read, and new ones are"
                                + " closed",
                        "limit, bob: brokerConnections is reached: no more for bob",
                        "tls_failed, null: TLS: the client shows no certificate",
                        "foreign_protocol, null: it does not speak AMQP here, but: TLS",
                        "behind, bob: it reads too slowly: others wait for it",
                        "kept_apart, bob: kept apart from others for a while: it read nothing",
                        "logins_blocked, carol: log-ins are refused for 60 s",
                        "slowed, bob: not read for a time: its user has sent more than it may in a second"
                                + " (messages-per-second, bytes-per-second)",
                        "closed, bob: 320 waited 10 s",
                        "refused, carol: 403 ACCESS_REFUSED");
        assertThat(status.troubles())
                .filteredOn(trouble -> trouble.kind().what().equals("slowed"))
                .extracting(Troubles.Trouble::time)
                .containsExactly(Duration.ofMillis(800));
        assertThat(counted("carol", "", "refused", "access_refused", "broker")).isEqualTo(1);
        assertThat(counted("bob", "/", "closed", "connection_forced", "proxy")).isEqualTo(1);
        assertThat(counted("bob", "/", "slowed", "rate")).isEqualTo(2);
        assertThat(counted("bob", "/", "limit", "brokerConnections")).isEqualTo(1);
        assertThat(counted("bob", "/", "held_back", "broker")).isEqualTo(1);
    }

    @Test
    void howLongPublishersWereHeldBackIsAddedUp() {
        status.publishersReleased(upstream, Duration.ofSeconds(1));
        assertThat(status.troubles()).isEmpty();
        for (int i = 0; i < 2; i++) {
            status.publishersHeldBack(upstream, "low on memory");
            status.publishersReleased(upstream, Duration.ofMillis(1500));
        }

        assertThat(status.troubles()).hasSize(1).first().satisfies(trouble -> {
            assertThat(trouble.count()).isEqualTo(2);
            assertThat(trouble.time()).isEqualTo(Duration.ofSeconds(3));
        });
        assertThat(counted("bob", "/", "held_back", "broker")).isEqualTo(2);
    }

    /** Its end is told by an event of its own. */
    @Test
    void aRefusedClientIsOneTrouble() {
        status.clientRefused(bob, REFUSED);
        status.clientDisconnected(bob, REFUSED);

        assertThat(status.troubles()).hasSize(1);
    }

    @Test
    void whoLeavesOrVanishesIsInNoTrouble() {
        status.clientDisconnected(bob, CloseReason.of(Initiator.CLIENT, Cause.ORDERLY, 200, "bye"));
        status.clientDisconnected(bob, CloseReason.of(Initiator.NETWORK, Cause.LOST, 0, "reset"));

        assertThat(status.troubles()).isEmpty();
        assertThat(samples()).isEmpty();
    }

    /** Strangers may call themselves what they like; users that the broker has accepted keep their names. */
    @Test
    void labelsAreBoundedHoweverManyUsersAreRefused() {
        names.name(PoolKey.of(Troubles.Whose.of(bob)));
        for (int i = 0; i < 10_000; i++) {
            status.clientRefused(client(100 + i, "stranger" + i, null), REFUSED);
        }
        status.clientSlowed(bob, Duration.ofMillis(1));

        assertThat(samples()).hasSize(TroubleCounts.MOST / 2 + 2);
        assertThat(counted("stranger0", "", "refused", "access_refused", "broker"))
                .isEqualTo(1);
        assertThat(counted("(others)", "(others)", "refused", "access_refused", "broker"))
                .isEqualTo(10_000 - TroubleCounts.MOST / 2);
        assertThat(counted("bob", "/", "slowed", "rate")).isEqualTo(1);
        assertThat(status.troubles()).hasSize(Troubles.MOST);

        now = TroubleCounts.KEPT;
        status.clientRefused(client(99, "carol", null), REFUSED);
        assertThat(counted("carol", "", "refused", "access_refused", "broker")).isEqualTo(1);
        assertThat(samples()).hasSize(TroubleCounts.MOST / 2 + 2);
    }
}
