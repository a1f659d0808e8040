package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.UpstreamView;
import io.amqproxy.testing.FakeLeaseRequest;
import io.amqproxy.testing.FakePool;
import io.amqproxy.testing.FakeUpstream;
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

    private final FakePool pool = new FakePool("guest", "/").room(4);
    private final List<UpstreamView> current = new ArrayList<>();
    private @Nullable UpstreamView present;

    /** One with two clients, and room for another. */
    private FakeUpstream shared(String label) {
        return pool.add(upstream(label).clients(2));
    }

    private static FakeUpstream upstream(String label) {
        return new FakeUpstream(1).label(label).free(1);
    }

    /** One that is the client's alone. */
    private FakeUpstream own(String label) {
        FakeUpstream upstream = upstream(label).owner(CLIENT).clients(1);
        current.add(upstream);
        return upstream;
    }

    private Placement place(PoolPolicy policy, Purpose purpose) {
        FakeLeaseRequest request =
                new FakeLeaseRequest(CLIENT_INFO, purpose).current(current.toArray(UpstreamView[]::new));
        return policy.place(request.present(present), pool);
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
        FakeUpstream own = own("own");
        own.free(0);
        isOn(pool.upstreams().get(0), false, place(multiplexed, Purpose.PUBLISH));
        present = own;
        isOn(own, false, place(multiplexed, Purpose.PUBLISH));
    }

    @Test
    void anExclusiveQueueTakesAConnectionThatNobodyElseHas() {
        shared("publish");
        FakeUpstream lonely = shared("consume");
        lonely.clients(0);
        isOn(lonely, true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        lonely.blocked(true);
        opens("own", true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
    }

    @Test
    void orTheOneWhereItsClientIsAlready() {
        FakeUpstream shared = shared("publish");
        current.add(shared);
        isOn(shared, true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        shared.blocked(true);
        opens("own", true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        shared.blocked(false);
        shared.free(0);
        opens("own", true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        present = shared;
        isOn(shared, true, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
    }

    @Test
    void theLastConnectionOfThoseWhoShareIsLeftToThem() {
        pool.room(0);
        FakeUpstream last = shared("publish");
        last.clients(1);
        current.add(last);
        isOn(last, false, place(multiplexed, Purpose.EXCLUSIVE_QUEUE));
        isOn(last, false, place(multiplexed, Purpose.CONSUME_UNLIMITED));
        waits(place(multiplexed, Purpose.UNCERTAIN));
    }

    @Test
    void aConsumerWithoutALimitTakesWhatWasSuchAConsumersBefore() {
        FakeUpstream shared = shared("consume");
        FakeUpstream left = shared("own");
        left.clients(0);
        isOn(left, true, place(multiplexed, Purpose.CONSUME_UNLIMITED));
        left.clients(1);
        opens("own", true, place(multiplexed, Purpose.CONSUME_UNLIMITED));
        pool.room(0);
        isOn(shared, false, place(multiplexed, Purpose.CONSUME_UNLIMITED));
    }

    @Test
    void getsAreApartFromConsumersWhereThatCanBe() {
        FakeUpstream consume = shared("consume");
        opens("get", false, place(multiplexed, Purpose.GET));
        pool.room(0);
        isOn(consume, false, place(multiplexed, Purpose.GET));
        FakeUpstream get = shared("get");
        isOn(get, false, place(multiplexed, Purpose.GET));
        get.blocked(true);
        isOn(consume, false, place(multiplexed, Purpose.GET));
        get.blocked(false);
        get.free(0);
        isOn(consume, false, place(multiplexed, Purpose.GET));
    }

    @Test
    void anythingElseIsDoneWhereItsClientIs() {
        shared("publish");
        FakeUpstream here = shared("consume");
        current.add(here);
        isOn(here, false, place(multiplexed, Purpose.OTHER));
        here.free(0);
        isOn(pool.upstreams().get(0), false, place(multiplexed, Purpose.OTHER));
        present = here;
        isOn(here, false, place(multiplexed, Purpose.OTHER));
    }

    @Test
    void butNotWhereTheBrokerHoldsPublishersBack() {
        FakeUpstream held = shared("publish");
        held.blocked(true);
        current.add(held);
        present = held;
        opens("consume", false, place(multiplexed, Purpose.OTHER));
        FakeUpstream consume = shared("consume");
        isOn(consume, false, place(multiplexed, Purpose.OTHER));
    }

    @Test
    void whereAReaderIsSlowNobodyElseComesWhileMoreMayBeOpened() {
        FakeUpstream slow = shared("consume");
        slow.unread(true);
        opens("consume", false, place(multiplexed, Purpose.CONSUME));
        FakeUpstream read = shared("consume");
        isOn(read, false, place(multiplexed, Purpose.CONSUME));
        read.free(0);
        for (int i = 1; i < MultiplexedPolicy.MOST_LEFT_BEHIND; i++) {
            opens("consume", false, place(multiplexed, Purpose.CONSUME));
            shared("consume").unread(true);
        }
        isOn(slow, false, place(multiplexed, Purpose.CONSUME));
    }

    @Test
    void whereThereIsNoOtherTheLeastInTheWayDoes() {
        pool.room(0);
        waits(place(multiplexed, Purpose.CONSUME));
        FakeUpstream blocked = shared("publish");
        blocked.blocked(true);
        isOn(blocked, false, place(multiplexed, Purpose.CONSUME));
        FakeUpstream slow = shared("publish");
        slow.unread(true);
        isOn(slow, false, place(multiplexed, Purpose.CONSUME));
        FakeUpstream other = shared("publish");
        other.unread(true);
        isOn(slow, false, place(multiplexed, Purpose.CONSUME));
        slow.free(0);
        other.owner(8);
        isOn(blocked, false, place(multiplexed, Purpose.CONSUME));
    }

    // Of each client's own.

    @Test
    void aClientHasAConnectionToItself() {
        opens("exclusive", true, place(exclusive, Purpose.PUBLISH));
        shared("exclusive");
        opens("exclusive", true, place(exclusive, Purpose.PUBLISH));
        FakeUpstream unused = shared("exclusive");
        unused.clients(0);
        isOn(unused, true, place(exclusive, Purpose.PUBLISH));
        FakeUpstream own = own("exclusive");
        isOn(own, true, place(exclusive, Purpose.PUBLISH));
    }

    @Test
    void whatIsFullOrAnothersIsNoPlace() {
        pool.room(0);
        waits(place(exclusive, Purpose.PUBLISH));
        FakeUpstream other = shared("exclusive");
        other.clients(0);
        other.owner(8);
        waits(place(exclusive, Purpose.PUBLISH));
        FakeUpstream full = shared("exclusive");
        full.clients(0);
        full.free(0);
        waits(place(exclusive, Purpose.PUBLISH));
        FakeUpstream own = own("exclusive");
        own.free(0);
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
