package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseRequest;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Who hears of a lost connection although nothing was at stake. */
class LossNoticeTest {

    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();
    private TestClient idle = rig.connect();
    private TestClient publisher = rig.connect();

    private void connect() {
        rig = new Rig(options);
        rig.broker.queue("q");
        idle = rig.open();
        publisher = rig.open().openChannel(1).publish(1, "q", "m");
        rig.pass(Duration.ofSeconds(2));
    }

    @Test
    void whereThePolicyWantsItAllAreTold() {
        options.policy = new MultiplexedPolicy().tellingOfLosses();
        connect();
        rig.broker.only().drop();
        rig.run();

        assertThat(publisher.closeHeard(0).code()).isEqualTo(320);
        assertThat(idle.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void withAnUpstreamForEachClientToo() {
        options.policy = new ExclusivePolicy().tellingOfLosses();
        connect();
        rig.broker.only().close(320, "CONNECTION_FORCED - shutdown", 0);
        rig.run();

        assertThat(publisher.closeHeard(0).text()).isEqualTo("CONNECTION_FORCED - shutdown");
        assertThat(idle.closeHeard(0).code()).isEqualTo(320);
    }

    private static PoolPolicy telling(Predicate<ClientInfo> whom) {
        return new PoolPolicy() {
            @Override
            public Placement place(LeaseRequest request, PoolView pool) {
                return new MultiplexedPolicy().place(request, pool);
            }

            @Override
            public boolean tellsOfLoss(ClientInfo client) {
                return whom.test(client);
            }
        };
    }

    @Test
    void aPolicyMayChooseWhom() {
        options.policy = telling(client -> client.id() == 1);
        connect();
        rig.broker.only().drop();
        rig.run();

        assertThat(idle.closeHeard(0).code()).isEqualTo(320);
        assertThat(publisher.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aPolicyThatFailsTellsNobody() {
        options.policy = telling(client -> {
            throw new IllegalStateException("on purpose");
        });
        connect();
        rig.broker.only().drop();
        rig.run();

        assertThat(publisher.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aConnectionThatTheProxyReplacesIsNoLoss() {
        options.policy = new MultiplexedPolicy().tellingOfLosses();
        connect();
        publisher.closeChannel(1);
        rig.run();
        rig.registry.drain("guest", "/");
        rig.run();

        assertThat(publisher.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(idle.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aDeletedVhostIsToldToAllOfItsClients() {
        connect();
        rig.broker.vhosts.clear();
        rig.broker.only().close(320, "CONNECTION_FORCED - vhost '/' is deleted", 0);
        rig.run();

        assertThat(publisher.closeHeard(0).text()).isEqualTo("CONNECTION_FORCED - vhost '/' is deleted");
        assertThat(idle.closeHeard(0).text()).isEqualTo("CONNECTION_FORCED - vhost '/' is deleted");
    }

    @Test
    void soIsOneThatIsFoundToBeGoneLater() {
        connect();
        rig.broker.vhosts.clear();
        rig.broker.only().drop();
        rig.run();
        assertThat(publisher.hears(Method.CONNECTION_CLOSE)).isFalse();
        publisher.publish(1, "q", "m");
        rig.pass(Duration.ofSeconds(5));

        assertThat(publisher.hears(Method.CONNECTION_CLOSE)).isTrue();
        assertThat(idle.closeHeard(0).code()).isEqualTo(320);
    }
}
