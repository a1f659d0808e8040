package io.amqproxy.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.EndpointChoice;
import io.amqproxy.LeaseRequest;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamView;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an application can test of its own without a proxy. */
class FakesTest {

    private static final ClientInfo CLIENT = FakeClients.client(7);

    /** All on the emptiest upstream that is open, and what may cost its connection on one of its own. */
    private static Placement place(LeaseRequest request, PoolView pool) {
        UpstreamView best = request.present();
        for (UpstreamView upstream : pool.upstreams()) {
            boolean serves = upstream.open() && upstream.free() > 0 && upstream.owner() == 0 && !upstream.blocked();
            if (serves && (best == null || upstream.clients() < best.clients())) {
                best = upstream;
            }
        }
        if (best != null && request.purpose() != Purpose.UNCERTAIN) {
            return Placement.on(best);
        }
        return pool.mayOpen() ? Placement.open("own").exclusive() : Placement.await();
    }

    private final PoolPolicy policy = FakesTest::place;
    private final FakePool pool = new FakePool("guest", "/");

    @Test
    void aPolicyIsAskedAboutAPoolThatTheTestMakes() {
        pool.add(new FakeUpstream(1).clients(3).leased(3));
        UpstreamView emptiest = pool.add(new FakeUpstream(2).clients(1).leased(4));
        pool.add(new FakeUpstream(3).free(0));
        pool.add(new FakeUpstream(4).owner(9));
        pool.add(new FakeUpstream(5).open(false));
        pool.add(new FakeUpstream(6).blocked(true));

        assertThat(policy.place(new FakeLeaseRequest(CLIENT, Purpose.PUBLISH), pool)
                        .upstream())
                .isSameAs(emptiest);
        assertThat(policy.place(new FakeLeaseRequest(CLIENT, Purpose.UNCERTAIN), pool)
                        .kind())
                .isEqualTo(Placement.Kind.OPEN);
        assertThat(policy.place(new FakeLeaseRequest(CLIENT, Purpose.UNCERTAIN), pool.room(0))
                        .kind())
                .isEqualTo(Placement.Kind.AWAIT);
    }

    @Test
    void aChannelThatIsSomewhereAlreadySaysWhere() {
        FakeUpstream present = pool.add(new FakeUpstream(1).label("shared").unread(true));
        FakeLeaseRequest request =
                new FakeLeaseRequest(CLIENT, Purpose.CONSUME).current(present).present(present);

        assertThat(policy.place(request, pool).upstream()).isSameAs(present);
        assertThat(request.current()).containsExactly(present);
        assertThat(present.label()).isEqualTo("shared");
        assertThat(present.unread()).isTrue();
    }

    @Test
    void aChoiceOfEndpointsIsAskedAboutFiguresThatTheTestMakes() {
        FakeEndpoint busy = new FakeEndpoint("node1:5672").upstreams(5).opened(9);
        FakeEndpoint calm = new FakeEndpoint("node2:5672").upstreams(2).failure("reset");

        assertThat(EndpointChoice.leastConnections().choose(List.of(busy, calm)))
                .isSameAs(calm);
        assertThat(calm.lastFailure()).isEqualTo("reset");
        assertThat(calm.failures()).isEqualTo(1);
    }

    @Test
    void aListenerIsToldOfClientsThatTheTestMakes() {
        List<String> told = new ArrayList<>();
        ProxyListener listener = new ProxyListener() {
            @Override
            public void clientConnected(ClientInfo client) {
                told.add(client.id() + " " + client.user() + client.vhost());
            }
        };
        listener.clientConnected(FakeClients.client(7));
        listener.clientConnected(FakeClients.client(8, "other", "/v"));

        assertThat(told).containsExactly("7 guest/", "8 other/v");
    }
}
