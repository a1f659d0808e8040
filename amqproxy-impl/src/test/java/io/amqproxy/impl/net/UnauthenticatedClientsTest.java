package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.limit.AddressKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who has proved nothing takes a bounded part of the memory. */
class UnauthenticatedClientsTest {

    private static final AddressKey FLOOD = new AddressKey(4, 1);

    private final UnauthenticatedClients strangers = new UnauthenticatedClients(() -> 1000);
    private final List<String> gone = new ArrayList<>();

    private UnauthenticatedClients.Place enter(AddressKey from, String name, long octets) {
        return strangers.enter(limit -> gone.add(name), from, octets);
    }

    @Test
    void aFloodFromOneAddressPushesOutItself() {
        enter(new AddressKey(4, 2), "good", 100);
        for (int i = 0; i < 100; i++) {
            enter(FLOOD, "flood " + i, 100);
            assertThat(strangers.octets()).isLessThanOrEqualTo(1000);
        }

        assertThat(gone).hasSize(91).doesNotContain("good").startsWith("flood 0", "flood 1");
    }

    @Test
    void aFloodFromManyAddressesPushesOutWhoHasBeenHereLongest() {
        for (int i = 0; i < 100; i++) {
            enter(new AddressKey(4, i), "flood " + i, 100);
        }
        assertThat(gone).hasSize(90).startsWith("flood 0", "flood 1").endsWith("flood 89");
    }

    @Test
    void whoGrowsMakesOthersGiveWayAsWell() {
        enter(new AddressKey(4, 2), "first", 100);
        UnauthenticatedClients.Place grows = enter(new AddressKey(4, 3), "second", 100);
        grows.holds(850);
        assertThat(gone).isEmpty();
        grows.holds(950);
        assertThat(gone).as("it takes most of all").containsExactly("second");
        assertThat(strangers.octets()).isEqualTo(100);
    }

    @Test
    void whoHasProvedToBeSomebodyIsNoneOfThemAnyMore() {
        UnauthenticatedClients.Place place = enter(FLOOD, "somebody", 1000);
        place.leave();
        place.leave();
        place.holds(5000);
        assertThat(strangers.octets()).isZero();
        assertThat(strangers.size()).isZero();
        assertThat(gone).isEmpty();
    }

    @Test
    void whereThereAreNoPlacesTheOldestMakesRoom() {
        enter(new AddressKey(4, 2), "elsewhere", 1);
        enter(FLOOD, "first", 1);
        enter(FLOOD, "second", 1);
        assertThat(strangers.makeRoomAt(FLOOD, "places")).isTrue();
        assertThat(gone).containsExactly("first");
        assertThat(strangers.makeRoom("places")).isTrue();
        assertThat(gone).containsExactly("first", "elsewhere");
        assertThat(strangers.makeRoomAt(new AddressKey(4, 2), "places")).isFalse();
    }

    @Test
    void aFloodFromOneAddressMakesRoomForWhoComesFromAnotherHoweverLongThatIsHere() {
        enter(new AddressKey(4, 2), "slow", 10);
        for (int i = 0; i < 50; i++) {
            enter(FLOOD, "flood " + i, 100);
            enter(new AddressKey(4, 3), "good " + i, 1);
        }
        assertThat(gone).isNotEmpty().allMatch(name -> name.startsWith("flood"));
    }

    @Test
    void aFloodOfBeginningsPushesOutNobodyWhoHasGoneOn() {
        enter(FLOOD, "good", 100).goesOn();
        for (int i = 0; i < 100; i++) {
            enter(FLOOD, "flood " + i, 100);
        }
        assertThat(gone).hasSize(91).doesNotContain("good");
    }

    @Test
    void whoGoesOnAndStaysAwayKeepsNobodyOut() {
        for (int i = 0; i < 10; i++) {
            enter(FLOOD, "flood " + i, 100).goesOn();
        }
        for (int i = 0; i < 5; i++) {
            enter(FLOOD, "good " + i, 100);
        }
        assertThat(gone).containsExactly("flood 0", "flood 1", "flood 2", "flood 3", "flood 4");
        assertThat(strangers.octets()).isEqualTo(1000);
    }

    @Test
    void whoGoesOnAndThenLeavesIsNotCountedAnyMore() {
        UnauthenticatedClients.Place place = enter(FLOOD, "somebody", 300);
        place.goesOn();
        place.goesOn();
        place.holds(400);
        assertThat(strangers.octets()).isEqualTo(400);
        place.leave();
        place.goesOn();
        assertThat(strangers.octets()).isZero();
        assertThat(strangers.size()).isZero();
    }
}
