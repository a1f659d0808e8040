package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VisitorsTest {

    private static final class Guest implements Visitors.Visitor {
        private final InetAddress address;
        private boolean isWaiting = true;

        private Guest(String address) throws Exception {
            this.address = InetAddress.getByName(address);
        }

        @Override
        public InetAddress address() {
            return address;
        }

        @Override
        public boolean isWaiting() {
            return isWaiting;
        }
    }

    private final Visitors<Guest> visitors = new Visitors<>(3, 2);

    @Test
    void whoIsBeyondTheBoundOfAnAddressTakesThePlaceOfTheOneThatWaitsLongest() throws Exception {
        Guest served = enter("192.0.2.1", null);
        served.isWaiting = false;
        Guest first = enter("192.0.2.1", null);

        Guest second = enter("192.0.2.1", first);
        second.isWaiting = false;

        Guest newcomer = new Guest("192.0.2.1");
        assertThat(visitors.enter(newcomer)).isSameAs(newcomer);
        assertThat(visitors.size()).isEqualTo(2);
    }

    @Test
    void whoWaitsLongestGivesWayAndNobodyWhoIsServed() throws Exception {
        Guest served = enter("192.0.2.1", null);
        served.isWaiting = false;
        Guest first = enter("192.0.2.2", null);
        Guest second = enter("192.0.2.3", null);

        assertThat(visitors.giveWay()).isSameAs(first);
        assertThat(visitors.giveWay()).isSameAs(second);
        assertThat(visitors.giveWay()).isNull();
        assertThat(visitors.size()).isEqualTo(1);
    }

    @Test
    void whoIsBeyondTheBoundOfAllTakesThePlaceOfWhoeverWaitsLongest() throws Exception {
        Guest first = enter("192.0.2.1", null);
        enter("192.0.2.2", null);
        enter("192.0.2.3", null);

        enter("192.0.2.4", first);

        assertThat(visitors.size()).isEqualTo(3);
    }

    @Test
    void aNetworkOfIpVersion6IsOneAddress() throws Exception {
        Guest first = enter("2001:db8::1", null);
        enter("2001:db8::2", null);

        enter("2001:db8::3", first);
    }

    @Test
    void whoLeavesMakesRoom() throws Exception {
        Guest first = enter("192.0.2.1", null);
        enter("192.0.2.1", null);
        visitors.leave(first);

        enter("192.0.2.1", null);
    }

    private Guest enter(String address, @Nullable Guest leaving) throws Exception {
        Guest guest = new Guest(address);
        assertThat(visitors.enter(guest)).isSameAs(leaving);
        return guest;
    }
}
