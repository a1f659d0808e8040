package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.UpstreamView;
import io.amqproxy.testing.FakeLeaseRequest;
import io.amqproxy.testing.FakePool;
import io.amqproxy.testing.FakeUpstream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the default policy places clients while there are upstreams that are held up for a slow reader. */
class SlowUpstreamsTest {

    private final FakePool pool = new FakePool("guest", "/").room(0);
    private final FakeUpstream publishers =
            pool.add(new FakeUpstream(1).label(MultiplexedPolicy.PUBLISH).free(5));
    private final FakeUpstream getters =
            pool.add(new FakeUpstream(2).label("get").free(5));

    private @Nullable UpstreamView placed() {
        ClientInfo client =
                ClientInfo.of(7, new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000), null, null);
        return new MultiplexedPolicy()
                .place(new FakeLeaseRequest(client, Purpose.CONSUME), pool)
                .upstream();
    }

    /** As where a message goes to a thousand queues: it reads nothing of that connection meanwhile. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoComesIsNotWhereTheBrokerHasWorkForALongTime(boolean stays) {
        Rig rig = new Rig();
        rig.broker.queue("q");
        publish(rig).close();
        rig.run();
        rig.broker.prompt = false;
        TestClient busy = publish(rig);
        if (!stays) {
            busy.close();
        }
        rig.run();
        long connections = rig.broker.openConnections();
        publish(rig);
        assertThat(rig.broker.openConnections()).isEqualTo(connections);

        rig.pass(Duration.ofMillis(2_500));
        publish(rig);

        assertThat(rig.broker.openConnections()).isEqualTo(connections + 1);
    }

    private static TestClient publish(Rig rig) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "m");
        rig.run();
        return client;
    }

    @Test
    void whoHasToBeSomewhereIsWhereNobodyIsHeldUp() {
        publishers.unread(true);
        assertThat(placed()).isSameAs(getters);
    }

    @Test
    void evenThatIsBetterThanWhereTheBrokerHoldsBack() {
        publishers.blocked(true);
        getters.unread(true);
        assertThat(placed()).isSameAs(getters);
    }
}
