package io.amqproxy.impl.net;

import io.amqproxy.impl.limit.AddressKey;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one loop whose clients have proved nothing: those whom the broker has not let in, and those whom
 * it has refused and that linger. Together they take a bounded part of the memory, so that a flood of them makes it
 * short for nobody else. One more, and one of them gives way: of the address of the one that came if that has a good
 * part of all, or else of the address that has the most, so that a flood from one address is its own affair; where none
 * has much, of all.
 *
 * <p>Those that have answered something go on their way, and are apart from those that have only begun: of the two, the
 * one that takes more gives way, and of that whoever has been here longest. So neither who floods with beginnings
 * pushes out a client that is on its way, nor who goes on and stays away keeps out all who come. An honest client is a
 * stranger for a moment only.
 */
final class UnauthenticatedClients {

    /** One of them, as somebody that can be sent away. */
    interface Guest {
        /**
         * Makes room.
         *
         * @param limit what there is no more room in, for the log and the client
         */
        void giveWay(String limit);
    }

    /** An address that takes more than this part of all makes way by itself. */
    private static final int SHARE = 8;

    private static final String MEMORY = "their part of maxBufferBytes";

    /** The place of one. */
    final class Place {
        private final Guest guest;
        private final AddressKey address;
        private final Crowd crowd;
        private long octets;
        private boolean isGoing;
        private boolean isLeft;

        private Place(Guest guest, AddressKey address, Crowd crowd) {
            this.guest = guest;
            this.address = address;
            this.crowd = crowd;
        }

        /** So much is held for the guest now; others may have to give way, or the guest. */
        void holds(long now) {
            if (!isLeft && now != octets) {
                long more = now - octets;
                octets = now;
                all.count(isGoing, more);
                crowd.count(isGoing, more);
                if (more > 0) {
                    compare(crowd);
                    makeRoom(crowd);
                }
            }
        }

        /** The guest has answered something that only somebody answers who listens. */
        void goesOn() {
            if (!isLeft && !isGoing) {
                all.remove(this);
                crowd.remove(this);
                isGoing = true;
                all.add(this);
                crowd.add(this);
            }
        }

        /** The guest is gone, or a stranger no more. */
        void leave() {
            if (!isLeft) {
                isLeft = true;
                all.remove(this);
                crowd.remove(this);
                if (crowd.size() == 0) {
                    crowds.remove(address);
                }
            }
        }
    }

    /** Some of them. */
    private static final class Crowd {
        private final Set<Place> begun = new LinkedHashSet<>();
        private final Set<Place> going = new LinkedHashSet<>();
        private long begunOctets;
        private long goingOctets;

        void add(Place place) {
            (place.isGoing ? going : begun).add(place);
            count(place.isGoing, place.octets);
        }

        void remove(Place place) {
            (place.isGoing ? going : begun).remove(place);
            count(place.isGoing, -place.octets);
        }

        void count(boolean isGoing, long more) {
            goingOctets += isGoing ? more : 0;
            begunOctets += isGoing ? 0 : more;
        }

        long octets() {
            return begunOctets + goingOctets;
        }

        int size() {
            return begun.size() + going.size();
        }

        /** Who gives way first. */
        @Nullable
        Place first() {
            if (size() == 0) {
                return null;
            }
            boolean areMostGoing = begun.isEmpty() || (!going.isEmpty() && goingOctets > begunOctets);
            return (areMostGoing ? going : begun).iterator().next();
        }
    }

    private final LongSupplier most;
    private final Crowd all = new Crowd();
    private final Map<AddressKey, Crowd> crowds = new HashMap<>();
    /** Which was last seen to take more than any other. */
    private Crowd largest = new Crowd();

    /** @param most octets that all of them may take */
    UnauthenticatedClients(LongSupplier most) {
        this.most = most;
    }

    /** One more, for whom so much is held; others may have to give way. */
    Place enter(Guest guest, AddressKey address, long held) {
        Crowd crowd = crowds.computeIfAbsent(address, key -> new Crowd());
        Place place = new Place(guest, address, crowd);
        all.add(place);
        crowd.add(place);
        place.holds(held);
        return place;
    }

    private void compare(Crowd grown) {
        if (grown.octets() > largest.octets()) {
            largest = grown;
        }
    }

    private void makeRoom(Crowd comers) {
        while (octets() > most.getAsLong() && sendAway(hasMuch(comers) ? comers : crowdThatMakesRoom(), MEMORY)) {
            // Until there is room.
        }
    }

    private boolean hasMuch(Crowd crowd) {
        return crowd.octets() > most.getAsLong() / SHARE;
    }

    private Crowd crowdThatMakesRoom() {
        return hasMuch(largest) ? largest : all;
    }

    /**
     * One makes room, as this limit is reached.
     *
     * @return whether there was one
     */
    boolean makeRoom(String limit) {
        return sendAway(crowdThatMakesRoom(), limit);
    }

    /** The same for one of an address. */
    boolean makeRoomAt(AddressKey address, String limit) {
        Crowd crowd = crowds.get(address);
        return crowd != null && sendAway(crowd, limit);
    }

    private static boolean sendAway(Crowd crowd, String limit) {
        Place first = crowd.first();
        if (first == null) {
            return false;
        }
        first.leave();
        first.guest.giveWay(limit);
        return true;
    }

    long octets() {
        return all.octets();
    }

    int size() {
        return all.size();
    }
}
