package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.pool.Stream10.Frame;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A broker of AMQP 1.0 without sockets, which fails the test for whatever some broker would close a connection for. Its
 * numbers wrap at once, and its handles and channels are others than the proxy's.
 */
final class ScriptedBroker10 {

    static final int FIRST_ID = -4;
    static final int FIRST_DELIVERY = -2;

    int channelMax = 63;
    int handleMax = 255;
    int credit = 10;
    int window = 100;
    /** What it says of its window, if that is not what it goes by. */
    @Nullable
    Integer announcedWindow;

    int maxFrameSize = 65_536;
    String product = "scripted";
    /** A capability that it offers, or null. */
    @Nullable
    String capability;

    /** Whether it says what becomes of deliveries at once. */
    boolean answers = true;
    /** Whether its answers leave it to clients to settle. */
    boolean leavesSettling;
    /** Targets for which the session is ended. */
    String missing = "missing";
    /** Whether it answers barriers and whatever else that is attached to the anonymous terminus. */
    boolean answersBarriers = true;

    /** What new connections get in place of the header of SASL, or null. */
    byte @Nullable [] greeting;

    /** Whether it begins the layer of AMQP together with the outcome of log-in, as Artemis does. */
    boolean isEager;
    /** Whether it refuses all who log in. */
    boolean refusesLogins;
    /** How many connections it opens at a time; instead of another one it ends the stream, as RabbitMQ does. */
    int mostConnections = Integer.MAX_VALUE;
    /**
     * Whether it answers nothing before it has read all there is, as Artemis does: a session may have ended by then.
     */
    boolean readsAhead;
    /** Whether it fails where a session ends, or a link is detached, in what also attaches it, as at Artemis. */
    boolean failsOverHastyEnds;
    /** Whether it looks at the credit, beyond which others end the session. */
    boolean mindsCredit = true;
    /** Whether new connections are played by the test. */
    boolean isDeaf;

    final List<BrokerConnection10> connections = new ArrayList<>();
    /** By address, in order. */
    final Map<String, ArrayDeque<byte[]>> queues = new LinkedHashMap<>();
    /** How it names sources, if not as its clients do. */
    @Nullable
    String sourceNames;

    /** The flows that came, in order. */
    final List<Frame> flows = new ArrayList<>();
    /** What was said of deliveries, in order. */
    final List<Frame> dispositions = new ArrayList<>();
    /** The bodies that came, in order. */
    final List<String> taken = new ArrayList<>();
    /** The bodies that were accepted, in order. */
    final List<String> accepted = new ArrayList<>();

    int sessionsBegun;
    int attaches;
    int detaches;

    BrokerConnection10 accept() {
        BrokerConnection10 connection = new BrokerConnection10(this);
        connections.add(connection);
        return connection;
    }

    ArrayDeque<byte[]> queue(String address) {
        return queues.computeIfAbsent(address, name -> new ArrayDeque<>());
    }

    long openConnections() {
        return connections.stream().filter(BrokerConnection10::isOpen).count();
    }

    int sessions() {
        return connections.stream()
                .mapToInt(connection -> connection.sessions.size())
                .sum();
    }

    int said(int room) {
        return announcedWindow == null ? room : announcedWindow;
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("a broker closes the connection: " + what);
        }
    }

    /** A link, by the proxy's handle. */
    static final class Link {
        final String name;
        final boolean sends;
        final String address;
        final int ownHandle;
        int count;
        int limit;
        boolean incomplete;
        final ByteArrayOutputStream parts = new ByteArrayOutputStream();

        Link(String name, boolean sends, String address, int ownHandle) {
            this.name = name;
            this.sends = sends;
            this.address = address;
            this.ownHandle = ownHandle;
        }
    }

    /** A session, by the proxy's channel. */
    final class Session {
        private final List<Runnable> withheld = new ArrayList<>();
        final BrokerConnection10 connection;
        final int channel;
        final Map<Integer, Link> links = new TreeMap<>();

        /** {@return the link with this handle, which has to be there} */
        Link link(int handle) {
            return Objects.requireNonNull(links.get(handle), "link " + handle);
        }

        final Map<Integer, byte[]> unsettled = new TreeMap<>();
        final Map<Integer, String> from = new TreeMap<>();
        /** Deliveries of the proxy that have no outcome. */
        final List<Integer> open = new ArrayList<>();
        /** Those that have one, and that it is for the proxy to settle. */
        final List<Integer> answered = new ArrayList<>();

        int nextIncomingId;
        int nextDelivery;
        int roomHere = window;
        int nextOutgoingId = FIRST_ID;
        int nextDeliveryId = FIRST_DELIVERY;
        int roomThere;

        Session(BrokerConnection10 connection, int channel, Frame begin) {
            this.connection = connection;
            this.channel = channel;
            nextIncomingId = begin.number(1, 0);
            roomThere = begin.number(2, 0);
        }

        void say(int code, @Nullable Object... fields) {
            connection.say(channel + 100, code, fields);
        }

        void onFrame(Frame frame) {
            switch (frame.code()) {
                case 0x12 -> onAttach(frame);
                case 0x13 -> onFlow(frame);
                case 0x14 -> onTransfer(frame);
                case 0x15 -> onDisposition(frame);
                case 0x16 -> onDetach(frame);
                case 0x17 -> onEnd();
                default -> check(false, "frame " + frame.code());
            }
        }

        private void onAttach(Frame attach) {
            attaches++;
            int handle = attach.number(1, -1);
            check(!links.containsKey(handle), "handle in use");
            check(handle <= handleMax, "handle-max");
            boolean sends = !attach.is(2);
            check(
                    links.values().stream().noneMatch(one -> one.name.equals(attach.field(0)) && (one.sends == sends)),
                    "a link of this name is attached");
            boolean refusesMissingCounts = product.contains("RabbitMQ") || product.contains("Qpid");
            if (sends && attach.field(9) == null && refusesMissingCounts) {
                end("amqp:internal-error");
                return;
            }
            check(!sends || attach.field(9) != null, "a sender without initial-delivery-count");
            Object terminus = attach.field(sends ? 6 : 5);
            String address = terminus instanceof Wire10.Described described
                            && described.value() instanceof List<?> fields
                            && !fields.isEmpty()
                    ? String.valueOf(fields.get(0))
                    : "";
            if (address.equals(missing)) {
                end("amqp:not-found");
                return;
            }
            Link link = new Link(String.valueOf(attach.field(0)), sends, address, handle + 50);
            link.count = attach.number(9, 0);
            link.limit = link.count;
            links.put(handle, link);
            if (address.isEmpty() && !answersBarriers) {
                withheld.add(() -> answer(link, attach));
            } else {
                answer(link, attach);
            }
        }

        private void answer(Link link, Frame attach) {
            boolean sends = link.sends;
            say(
                    0x12,
                    link.name,
                    link.ownHandle,
                    sends,
                    null,
                    null,
                    sends && sourceNames != null ? Wire10.composite(0x28, sourceNames + attaches) : attach.field(5),
                    attach.field(6),
                    null,
                    null,
                    sends ? null : 7);
            if (sends) {
                grant(link, credit);
            } else {
                link.count = 7;
            }
        }

        void grant(Link link, int more) {
            link.limit = link.count + more;
            say(0x13, nextIncomingId, said(roomHere), nextOutgoingId, 1000, link.ownHandle, link.count, more);
        }

        private void onFlow(Frame flow) {
            flows.add(flow);
            roomThere = flow.number(1, 0) - (nextOutgoingId - flow.number(0, nextOutgoingId));
            if (flow.field(4) == null) {
                deliver();
                return;
            }
            Link link = links.get(flow.number(4, -1));
            check(link != null, "flow of an unknown handle");
            if (link != null && link.sends) {
                onFlow(link, flow);
            }
            if (link != null && !link.sends) {
                link.limit = flow.number(5, 7) + flow.number(6, 0);
                deliver();
                if (flow.is(8)) {
                    link.count = link.limit;
                    say(
                            0x13,
                            nextIncomingId,
                            said(roomHere),
                            nextOutgoingId,
                            1000,
                            link.ownHandle,
                            link.count,
                            0,
                            0,
                            true);
                }
            }
        }

        /** The proxy says how much it has sent, and perhaps that it does without the rest of its credit. */
        private void onFlow(Link link, Frame flow) {
            int said = flow.number(5, link.count);
            boolean isDrained = flow.is(8) && said - link.count >= 0 && link.limit - said >= 0;
            check(isDrained || said == link.count, "it has counted " + link.count + ", the proxy " + said);
            if (isDrained && answers) {
                link.count = said;
                if (link.limit == said) {
                    grant(link, credit);
                }
            }
        }

        void deliver() {
            for (Link link : links.values()) {
                ArrayDeque<byte[]> queue = queue(link.address);
                while (!link.sends && !queue.isEmpty() && roomThere > 0 && link.limit - link.count > 0) {
                    byte[] body = queue.remove();
                    int id = nextDeliveryId++;
                    unsettled.put(id, body);
                    from.put(id, link.address);
                    link.count++;
                    roomThere--;
                    nextOutgoingId++;
                    connection.send(Wire10.frame(
                            channel + 100, 0x14, body, link.ownHandle, id, new byte[] {(byte) id}, 0, false));
                }
            }
        }

        /** Takes so many transfers from now on. */
        void window(int transfers) {
            roomHere = transfers;
            say(0x13, nextIncomingId, transfers, nextOutgoingId, 1000);
        }

        private void onTransfer(Frame transfer) {
            Link link = links.get(transfer.number(0, -1));
            check(link != null && link.sends, "transfer on no link of the proxy's");
            if (link == null) {
                return;
            }
            check(roomHere-- > 0, "window violation");
            nextIncomingId++;
            if (roomHere < window / 2) {
                roomHere = window;
                say(0x13, nextIncomingId, said(roomHere), nextOutgoingId, 1000);
            }
            if (!link.incomplete) {
                check(transfer.number(1, -77) == nextDelivery, "delivery-id " + transfer.field(1));
                check(product.equals("RabbitMQ") || transfer.field(2) != null, "no tag");
                check(!mindsCredit || link.limit - link.count > 0, "transfer beyond the credit");
                link.count++;
            }
            link.incomplete = transfer.is(5);
            link.parts.writeBytes(transfer.payload());
            if (link.incomplete) {
                return;
            }
            int id = nextDelivery++;
            byte[] message = link.parts.toByteArray();
            link.parts.reset();
            taken.add(new String(message, StandardCharsets.ISO_8859_1));
            queue(link.address).add(message);
            if (!transfer.is(4)) {
                open.add(id);
                if (answers) {
                    accept(id);
                }
            }
            if (link.limit - link.count <= credit / 2) {
                grant(link, credit);
            }
            sessions().forEach(Session::deliver);
        }

        private List<Session> sessions() {
            List<Session> all = new ArrayList<>();
            connections.forEach(other -> all.addAll(other.sessions.values()));
            return all;
        }

        /** Accepts a delivery and settles it. */
        void accept(int id) {
            open.remove((Integer) id);
            if (leavesSettling) {
                answered.add(id);
            }
            say(0x15, true, id, null, !leavesSettling, Wire10.composite(0x24));
        }

        /** Asks for the rest of a link's credit. */
        void drain(Link link) {
            flow(link, true, false);
        }

        /** Asks how a link is. */
        void ask(Link link) {
            flow(link, false, true);
        }

        private void flow(Link link, boolean drain, boolean echo) {
            say(
                    0x13,
                    nextIncomingId,
                    said(roomHere),
                    nextOutgoingId,
                    1000,
                    link.ownHandle,
                    link.count,
                    link.limit - link.count,
                    0,
                    drain,
                    echo);
        }

        private void onDisposition(Frame disposition) {
            dispositions.add(disposition);
            int first = disposition.number(1, 0);
            int last = disposition.number(2, first);
            for (int id = first; leavesSettling && !disposition.is(0) && last - id >= 0; id++) {
                check(disposition.is(3) && answered.remove((Integer) id), "settles what has no outcome: " + id);
            }
            check(Integer.compareUnsigned(last - first, 100_000) < 0, "a range that takes for ever");
            for (int id = first; disposition.is(0) && disposition.is(3) && last - id >= 0; id++) {
                byte[] body = unsettled.remove(id);
                boolean isAccepted = disposition.field(4) instanceof Wire10.Described state
                        && Long.valueOf(0x24).equals(state.descriptor());
                if (body != null && isAccepted) {
                    accepted.add(new String(body, StandardCharsets.ISO_8859_1));
                } else if (body != null) {
                    queue(from.getOrDefault(id, "")).addFirst(body);
                }
            }
        }

        private void onDetach(Frame detach) {
            detaches++;
            Link link = links.remove(detach.number(0, -1));
            check(link != null, "detach of an unknown handle");
            if (link != null && (answersBarriers || !link.address.isEmpty())) {
                if (!link.sends) {
                    giveBack(link.address);
                }
                say(0x16, link.ownHandle, detach.is(1));
            } else if (link != null) {
                withheld.add(() -> say(0x16, link.ownHandle, detach.is(1)));
            }
        }

        /** Says what it has kept to itself so far. */
        void answerBarriers() {
            withheld.forEach(Runnable::run);
            withheld.clear();
        }

        void giveBack(String address) {
            for (Integer id : List.copyOf(unsettled.keySet())) {
                if (address.equals(from.get(id))) {
                    queue(address).addFirst(Objects.requireNonNull(unsettled.remove(id)));
                }
            }
        }

        private void onEnd() {
            links.values().forEach(link -> giveBack(link.address));
            connection.sessions.remove(channel);
            say(0x17);
        }

        /** Ends the session for an error; what comes before the answer is dropped. */
        void end(String condition) {
            links.values().forEach(link -> giveBack(link.address));
            connection.ending.put(channel, this);
            connection.sessions.remove(channel);
            say(0x17, Wire10.composite(0x1D, new Wire10.Symbol(condition), "because"));
        }

        /** Detaches a link for an error. */
        void detach(Link link, String condition) {
            say(0x16, link.ownHandle, true, Wire10.composite(0x1D, new Wire10.Symbol(condition)));
        }
    }
}
