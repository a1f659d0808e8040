package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseRequest;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where policies put a channel, by what they see of the pool. */
class PoliciesTest {

    private static final long CLIENT = 7;
    private static final ClientInfo CLIENT_INFO =
            ClientInfo.of(CLIENT, InetSocketAddress.createUnresolved("client", 1), "guest", "/");

    private final PoolPolicy multiplexed = new MultiplexedPolicy();
    private final PoolPolicy exclusive = new ExclusivePolicy();

    private final List<UpstreamView> upstreams = new ArrayList<>();
    private final List<UpstreamView> current = new ArrayList<>();
    private @Nullable UpstreamView present;
    private int room = 4;

    /** An upstream as policies see it, open and free unless it is said otherwise. */
    private static final class View implements UpstreamView {
        private final String label;
        private long owner;
        private int clients = 2;
        private int free = 1;
        private boolean blocked;
        private boolean unread;

        View(String label) {
            this.label = label;
        }

        @Override
        public long id() {
            return 1;
        }

        @Override
        public String label() {
            return label;
        }

        @Override
        public boolean open() {
            return true;
        }

        @Override
        public long owner() {
            return owner;
        }

        @Override
        public int clients() {
            return clients;
        }

        @Override
        public int leased() {
            return clients;
        }

        @Override
        public int free() {
            return free;
        }

        @Override
        public boolean blocked() {
            return blocked;
        }

        @Override
        public boolean unread() {
            return unread;
        }
    }

    private View shared(String label) {
        View upstream = new View(label);
        upstreams.add(upstream);
        return upstream;
    }

    /** One that is the client's alone. */
    private View own(String label) {
        View upstream = new View(label);
        upstream.owner = CLIENT;
        upstream.clients = 1;
        current.add(upstream);
        return upstream;
    }

    private Placement place(PoolPolicy policy, Purpose purpose) {
        return policy.place(
                new LeaseRequest() {
                    @Override
                    public ClientInfo client() {
                        return CLIENT_INFO;
                    }

                    @Override
                    public Purpose purpose() {
                        return purpose;
                    }

                    @Override
                    public List<UpstreamView> current() {
                        return current;
                    }

                    @Override
                    public @Nullable UpstreamView present() {
                        return present;
                    }
                },
                new PoolView() {
                    @Override
                    public String user() {
                        return "guest";
                    }

                    @Override
                    public String vhost() {
                        return "/";
                    }

                    @Override
                    public List<UpstreamView> upstreams() {
                        return upstreams;
                    }

                    @Override
                    public int room() {
                        return room;
                    }
                });
    }

    private static void isOn(UpstreamView expected, boolean exclusively, Placement placement) {
        assertThat(placement.kind()).isEqualTo(Placement.Kind.ON);
        assertThat(placement.upstream()).isSameAs(expected);
        assertThat(placement.exclusively()).isEqualTo(exclusively);
    }

    private static void opens(String label, boolean exclusively, Placement placement) {
        assertThat(placement.kind()).isEqualTo(Placement.Kind.OPEN);
        assertThat(placement.label()).isEqualTo(label);
        assertThat(placement.exclusively()).isEqualTo(exclusively);
    }

    private static void waits(Placement placement) {
        assertThat(placement.kind()).isEqualTo(Placement.Kind.AWAIT);
    }

    // The default.

    @ParameterizedTest
    @EnumSource
    void whoHasAConnectionOfItsOwnDoesAllThere(Purpose purpose) {
        shared("publish");
        isOn(own("own"), false, place(multiplexed, purpose));
    }

    @Test
    void whereThatIsFullOnlyWhatIsThereStays() {
        shared("publish");
        View own = own("own");
        own.free = 0;
        isOn(upstreams.get(0), false, place(multiplexed, Purpose.PUBLISH));
        present = own;
        isOn(own, false, place(multiplexed, Purpose.PUBLISH));
    }

    @Test
    void anExclusiveQueueTakesAConnectionThatNobodyElseHas() {
        shared("publish");
        View lonely = shared("consume");
        lonely.clients = 0;
        isOn(lonely, true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        lonely.blocked = true;
        opens("own", true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
    }

    @Test
    void orTheOneWhereItsClientIsAlready() {
        View shared = shared("publish");
        current.add(shared);
        isOn(shared, true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        shared.blocked = true;
        opens("own", true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        shared.blocked = false;
        shared.free = 0;
        opens("own", true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        present = shared;
        isOn(shared, true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
    }

    @Test
    void theLastConnectionOfThoseWhoShareIsLeftToThem() {
        room = 0;
        View last = shared("publish");
        last.clients = 1;
        current.add(last);
        isOn(last, false, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        isOn(last, false, place(multiplexed, Purpose.CONSUME_UNLIMITED));
        waits(place(multiplexed, Purpose.UNCERTAIN));
    }

    @Test
    void aConsumerWithoutALimitTakesWhatWasSuchAConsumersBefore() {
        View shared = shared("consume");
        View left = shared("own");
        left.clients = 0;
        isOn(left, true, place(multiplexed, Purpose.CONSUME_UNLIMITED));
        left.clients = 1;
        opens("own", true, place(multiplexed, Purpose.CONSUME_UNLIMITED));
        room = 0;
        isOn(shared, false, place(multiplexed, Purpose.CONSUME_UNLIMITED));
    }

    @Test
    void getsAreApartFromConsumersWhereThatCanBe() {
        View consume = shared("consume");
        opens("get", false, place(multiplexed, Purpose.GET));
        room = 0;
        isOn(consume, false, place(multiplexed, Purpose.GET));
        View get = shared("get");
        isOn(get, false, place(multiplexed, Purpose.GET));
        get.blocked = true;
        isOn(consume, false, place(multiplexed, Purpose.GET));
        get.blocked = false;
        get.free = 0;
        isOn(consume, false, place(multiplexed, Purpose.GET));
    }

    @Test
    void anythingElseIsDoneWhereItsClientIs() {
        shared("publish");
        View here = shared("consume");
        current.add(here);
        isOn(here, false, place(multiplexed, Purpose.OTHER));
        here.free = 0;
        isOn(upstreams.get(0), false, place(multiplexed, Purpose.OTHER));
        present = here;
        isOn(here, false, place(multiplexed, Purpose.OTHER));
    }

    @Test
    void butNotWhereTheBrokerHoldsPublishersBack() {
        View held = shared("publish");
        held.blocked = true;
        current.add(held);
        present = held;
        opens("consume", false, place(multiplexed, Purpose.OTHER));
        View consume = shared("consume");
        isOn(consume, false, place(multiplexed, Purpose.OTHER));
    }

    @Test
    void whereAReaderIsSlowNobodyElseComesWhileMoreMayBeOpened() {
        View slow = shared("consume");
        slow.unread = true;
        opens("consume", false, place(multiplexed, Purpose.CONSUME));
        View read = shared("consume");
        isOn(read, false, place(multiplexed, Purpose.CONSUME));
        upstreams.remove(read);
        for (int i = 1; i < MultiplexedPolicy.MOST_LEFT_BEHIND; i++) {
            opens("consume", false, place(multiplexed, Purpose.CONSUME));
            shared("consume").unread = true;
        }
        isOn(slow, false, place(multiplexed, Purpose.CONSUME));
    }

    @Test
    void whereThereIsNoOtherTheLeastInTheWayDoes() {
        room = 0;
        waits(place(multiplexed, Purpose.CONSUME));
        View blocked = shared("publish");
        blocked.blocked = true;
        isOn(blocked, false, place(multiplexed, Purpose.CONSUME));
        View slow = shared("publish");
        slow.unread = true;
        isOn(slow, false, place(multiplexed, Purpose.CONSUME));
        View other = shared("publish");
        other.unread = true;
        isOn(slow, false, place(multiplexed, Purpose.CONSUME));
        slow.free = 0;
        other.owner = 8;
        isOn(blocked, false, place(multiplexed, Purpose.CONSUME));
    }

    // Of each client's own.

    @Test
    void aClientHasAConnectionToItself() {
        opens("exclusive", true, place(exclusive, Purpose.PUBLISH));
        shared("exclusive");
        opens("exclusive", true, place(exclusive, Purpose.PUBLISH));
        View unused = shared("exclusive");
        unused.clients = 0;
        isOn(unused, true, place(exclusive, Purpose.PUBLISH));
        View own = own("exclusive");
        isOn(own, true, place(exclusive, Purpose.PUBLISH));
    }

    @Test
    void whatIsFullOrAnothersIsNoPlace() {
        room = 0;
        waits(place(exclusive, Purpose.PUBLISH));
        View other = shared("exclusive");
        other.clients = 0;
        other.owner = 8;
        waits(place(exclusive, Purpose.PUBLISH));
        View full = shared("exclusive");
        full.clients = 0;
        full.free = 0;
        waits(place(exclusive, Purpose.PUBLISH));
        View own = own("exclusive");
        own.free = 0;
        waits(place(exclusive, Purpose.PUBLISH));
        present = own;
        isOn(own, true, place(exclusive, Purpose.PUBLISH));
    }

    @Test
    void whoAsksForItIsToldOfLosses() {
        assertThat(exclusive.introducesAs(CLIENT_INFO)).isTrue();
        assertThat(exclusive.tellsOfLoss(CLIENT_INFO)).isFalse();
        PoolPolicy telling = exclusive.tellingOfLosses();
        assertThat(telling.tellsOfLoss(CLIENT_INFO)).isTrue();
        assertThat(telling.introducesAs(CLIENT_INFO)).isTrue();
        opens("exclusive", true, place(telling, Purpose.PUBLISH));
    }
}
