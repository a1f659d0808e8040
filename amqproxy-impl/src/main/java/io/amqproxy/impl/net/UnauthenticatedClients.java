package io.amqproxy.impl.net;

import io.amqproxy.impl.limit.AddressKey;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The connections of one loop whose clients have proved nothing: those whom the broker has not let in, and those whom
 * it has refused and that linger. Together they take a bounded part of the memory, so that a flood of them makes it
 * short for nobody else. One more, and the one that has been here longest gives way: of the address of the one that
 * came if that has a good part of all, so that a flood from one address is its own affair, or else of all. An honest
 * client is a stranger for a moment only.
 */
final class UnauthenticatedClients {

    /** One of them, as somebody that can be sent away. */
    interface Guest {
        void giveWay();
    }

    /** An address that takes more than this part of all makes way by itself. */
    private static final int SHARE = 8;

    /** The place of one. */
    final class Place {
        private final Guest guest;
        private final AddressKey address;
        private long octets;
        private boolean isLeft;

        private Place(Guest guest, AddressKey address) {
            this.guest = guest;
            this.address = address;
        }

        /** So much is held for the guest now; others may have to give way, or the guest. */
        void holds(long now) {
            if (!isLeft && now != octets) {
                long more = now - octets;
                octets = now;
                count(address, more);
                if (more > 0) {
                    makeRoom(address);
                }
            }
        }

        /** The guest is gone, or a stranger no more. */
        void leave() {
            if (!isLeft) {
                isLeft = true;
                all.remove(this);
                Crowd crowd = crowds.get(address);
                if (crowd != null) {
                    crowd.places.remove(this);
                }
                count(address, -octets);
            }
        }
    }

    /** Those of one address. */
    private static final class Crowd {
        private final Set<Place> places = new LinkedHashSet<>();
        private long octets;
    }

    private final LongSupplier most;
    private final Set<Place> all = new LinkedHashSet<>();
    private final Map<AddressKey, Crowd> crowds = new HashMap<>();
    private long octets;

    /** @param most octets that all of them may take */
    UnauthenticatedClients(LongSupplier most) {
        this.most = most;
    }

    /** One more, for whom so much is held; others may have to give way. */
    Place enter(Guest guest, AddressKey address, long held) {
        Place place = new Place(guest, address);
        all.add(place);
        crowds.computeIfAbsent(address, key -> new Crowd()).places.add(place);
        place.holds(held);
        return place;
    }

    private void count(AddressKey address, long more) {
        octets += more;
        Crowd crowd = crowds.get(address);
        if (crowd != null) {
            crowd.octets += more;
            if (crowd.places.isEmpty()) {
                crowds.remove(address);
            }
        }
    }

    private void makeRoom(AddressKey comer) {
        while (octets > most.getAsLong() && !all.isEmpty()) {
            Crowd own = crowds.get(comer);
            sendAway(own != null && own.octets > most.getAsLong() / SHARE ? own.places : all);
        }
    }

    /** The oldest makes room, for whatever reason; answers whether there was one. */
    boolean makeRoom() {
        return sendAway(all);
    }

    /** The same for the oldest of an address. */
    boolean makeRoomAt(AddressKey address) {
        Crowd crowd = crowds.get(address);
        return crowd != null && sendAway(crowd.places);
    }

    private static boolean sendAway(Set<Place> places) {
        Place oldest = places.isEmpty() ? null : places.iterator().next();
        if (oldest == null) {
            return false;
        }
        oldest.leave();
        oldest.guest.giveWay();
        return true;
    }

    long octets() {
        return octets;
    }

    int size() {
        return all.size();
    }
}
