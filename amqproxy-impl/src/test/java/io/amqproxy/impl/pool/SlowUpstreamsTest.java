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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where the default policy places clients while there are upstreams that are held up for a slow reader. */
class SlowUpstreamsTest {

    private final FakePool pool = new FakePool("guest", "/").room(0);
    private final FakeUpstream publishers =
            pool.add(new FakeUpstream(1).label(MultiplexedPolicy.PUBLISH).free(5));
    private final FakeUpstream getters = pool.add(new FakeUpstream(2).label("get").free(5));

    private @Nullable UpstreamView placed() {
        ClientInfo client =
                ClientInfo.of(7, new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000), null, null);
        return new MultiplexedPolicy()
                .place(new FakeLeaseRequest(client, Purpose.CONSUME), pool)
                .upstream();
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
