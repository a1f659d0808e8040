package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.pool.ModelSession10.Link;
import io.amqproxy.impl.pool.Stream10.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A client of {@link PoolModel10}: it keeps to the protocol, and fails the test for whatever it should not hear. */
final class ModelClient10 {

    private static final int SESSIONS = 2;
    private static final int LINKS = 3;
    /** A handle that is used for nothing else. */
    private static final int PROBE = LINKS;

    private final PoolModel10 model;
    private final Random random;
    private final String name;
    private final TestClient10 peer;
    /** Whether things go wrong for it on purpose. */
    private final boolean isTarget;

    private final Map<Integer, ModelSession10> sessions = new TreeMap<>();
    private int messages;
    private int names;
    private int seen;
    private boolean open;
    private boolean closing;
    boolean over;

    /** @param faults may be for this client; null for none */
    ModelClient10(PoolModel10 model, String name, Random random, @Nullable ModelFaults faults) {
        this.model = model;
        this.name = name;
        this.random = random;
        this.peer = TestClient10.connect(model.rig.rig);
        this.isTarget = faults != null && faults.target(peer.link());
        peer.write(TestClient10.handshake(512 + random.nextInt(2000)));
    }

    // What it hears.

    void listen() {
        while (seen < peer.heard.size()) {
            hear(peer.heard.get(seen++));
        }
        over |= peer.ended;
    }

    private void hear(Frame frame) {
        switch (frame.code()) {
            case 0, 0x40 -> {}
            case 0x44 -> {
                if (frame.number(0, 0) != 0) {
                    model.check(isTarget, name + " is refused");
                    peer.link().hangUp();
                    over = true;
                }
            }
            case 0x10 -> open = true;
            case 0x18 -> {
                model.check(
                        closing || model.mayClose() || isOnPurpose(frame, 0), name + " is closed: " + frame.error(0));
                if (!closing) {
                    peer.say(0, 0x18);
                }
                peer.link().hangUp();
                over = true;
            }
            default -> {
                ModelSession10 session = sessions.get(frame.channel());
                model.check(session != null, name + " hears " + frame + " on no session");
                if (session != null) {
                    hear(session, frame);
                }
            }
        }
    }

    private boolean isOnPurpose(Frame frame, int error) {
        return isTarget && ModelFaults.CONDITION.equals(frame.error(error));
    }

    private void hear(ModelSession10 session, Frame frame) {
        switch (frame.code()) {
            case 0x11 -> {
                session.nextIncoming = frame.number(1, 0);
            }
            case 0x12 -> onAttach(session, frame);
            case 0x13 -> onFlow(session, frame);
            case 0x14 -> onTransfer(session, frame);
            case 0x15 -> onDisposition(session, frame);
            case 0x16 -> onDetach(session, frame);
            case 0x17 -> {
                model.check(
                        session.ending || model.mayClose() || isOnPurpose(frame, 0),
                        name + "'s session is ended: " + frame.error(0));
                if (!session.ending) {
                    peer.say(frame.channel(), 0x17);
                }
                sessions.remove(frame.channel());
            }
            default -> throw new AssertionError(name + " hears " + frame);
        }
    }

    private void onAttach(ModelSession10 session, Frame attach) {
        for (Link link : all(session)) {
            if (link.name.equals(attach.field(0)) && link.sends == attach.is(2) && !link.attached) {
                link.attached = true;
                link.handleOfPeer = attach.number(1, -1);
                if (!link.sends) {
                    link.count = attach.number(9, 0);
                    link.limit = link.count;
                }
                for (Link other : all(session)) {
                    model.check(
                            other == link || other.handleOfPeer != link.handleOfPeer,
                            name + ": two links have one handle");
                }
                return;
            }
        }
        throw new AssertionError(name + " hears of a link that it did not ask for: " + attach);
    }

    private static List<Link> all(ModelSession10 session) {
        List<Link> all = new ArrayList<>(session.leaving);
        all.addAll(session.links.values());
        return all;
    }

    private Link ofPeer(ModelSession10 session, int handle, Frame frame) {
        for (Link link : all(session)) {
            if (link.attached && link.handleOfPeer == handle) {
                return link;
            }
        }
        throw new AssertionError(name + " hears " + frame + " on no link");
    }

    private void onFlow(ModelSession10 session, Frame flow) {
        if (flow.field(4) != null) {
            Link link = ofPeer(session, flow.number(4, -1), flow);
            if (link.sends) {
                link.limit = flow.number(5, 0) + flow.number(6, 0);
                model.check(
                        link.limit - link.count <= 20 && link.count - flow.number(5, 0) <= 20,
                        name + ": " + flow + " with a count of " + link.count);
                answer(session, link, flow);
            }
        }
    }

    /** The broker asks how the link is, or wants the credit back. */
    private void answer(ModelSession10 session, Link link, Frame flow) {
        if ((flow.is(8) || flow.is(9)) && session.links.containsValue(link) && !closing && !session.ending) {
            if (flow.is(8) && link.limit - link.count > 0) {
                link.count = link.limit;
            }
            peer.say(
                    channelOf(session),
                    0x13,
                    session.nextIncoming,
                    20,
                    0,
                    1000,
                    handleOf(session, link),
                    link.count,
                    Math.max(0, link.limit - link.count),
                    0,
                    flow.is(8));
        }
    }

    private static int handleOf(ModelSession10 session, Link link) {
        for (Map.Entry<Integer, Link> entry : session.links.entrySet()) {
            if (entry.getValue() == link) {
                return entry.getKey();
            }
        }
        throw new AssertionError("no such link");
    }

    private void onTransfer(ModelSession10 session, Frame transfer) {
        Link link = ofPeer(session, transfer.number(0, -1), transfer);
        session.nextIncoming++;
        model.check(!link.sends, name + " hears a transfer where it sends");
        if (transfer.field(1) != null) {
            int number = transfer.number(1, -1);
            model.check(model.isNext(number, session.nextReceived), name + ": " + transfer);
            session.nextReceived = number;
            model.check(link.limit - link.count > 0, name + " gets more than its credit");
            link.count++;
            session.received.put(session.nextReceived, new String(transfer.payload(), ISO_8859_1));
            session.nextReceived++;
        }
    }

    private void onDisposition(ModelSession10 session, Frame disposition) {
        int first = disposition.number(1, 0);
        int last = disposition.number(2, first);
        model.check(disposition.is(0), name + ": " + disposition);
        for (int id = first; last - id >= 0; id++) {
            if (session.settledEarly.contains(id)) {
                continue; // The outcome was under way.
            }
            String body = session.open.remove(id);
            model.check(body != null, name + " hears of a delivery that is not open: " + id);
            model.onAccepted(String.valueOf(body));
            if (!disposition.is(3)) {
                session.answered.add(id);
            }
        }
    }

    /** Settles one that it has sent, before its outcome or behind it. */
    private void settleSent(int channel, ModelSession10 session) {
        List<Integer> some = session.answered.isEmpty() ? List.copyOf(session.open.keySet()) : session.answered;
        int id = some.get(random.nextInt(some.size()));
        for (Link link : session.links.values()) {
            if (link.rest != null && link.partId == id) {
                return;
            }
        }
        if (session.open.remove(id) != null) {
            session.settledEarly.add(id);
        }
        session.answered.remove((Integer) id);
        peer.say(channel, 0x15, false, id, random.nextBoolean() ? id : null, true);
    }

    private void onDetach(ModelSession10 session, Frame detach) {
        Link link = ofPeer(session, detach.number(0, -1), detach);
        if (session.leaving.remove(link)) {
            return;
        }
        model.check(model.mayClose() || isOnPurpose(detach, 2), name + " hears " + detach);
        session.links.entrySet().removeIf(entry -> {
            boolean isMeant = entry.getValue() == link;
            if (isMeant && !session.ending && !closing) {
                peer.say(channelOf(session), 0x16, entry.getKey(), true);
            }
            return isMeant;
        });
    }

    private int channelOf(ModelSession10 session) {
        for (Map.Entry<Integer, ModelSession10> entry : sessions.entrySet()) {
            if (entry.getValue() == session) {
                return entry.getKey();
            }
        }
        throw new AssertionError("no such session");
    }

    // What it does.

    void act() {
        if (!open || closing || over) {
            return;
        }
        int channel = random.nextInt(SESSIONS);
        ModelSession10 session = sessions.get(channel);
        if (session == null) {
            sessions.put(channel, new ModelSession10());
            session = sessions.get(channel);
            session.nextId = random.nextInt(3) - 2;
            session.isListening = random.nextInt(3) == 0;
            peer.say(channel, 0x11, null, session.nextId, 2 + random.nextInt(20), 1000);
            return;
        }
        if (session.ending) {
            return;
        }
        if (random.nextInt(session.answered.isEmpty() ? 20 : 2) == 0
                && !(session.answered.isEmpty() && session.open.isEmpty())) {
            settleSent(channel, session);
            return;
        }
        if (session.resting > 0) {
            session.resting--;
            return;
        }
        if (random.nextInt(40) == 0) {
            detachAll(channel, session);
            session.resting = random.nextInt(30);
            return;
        }
        int handle = random.nextInt(LINKS);
        Link link = session.links.get(handle);
        if (link == null) {
            attach(channel, session, handle);
        } else if (random.nextInt(12) == 0) {
            peer.say(channel, 0x16, handle, random.nextInt(4) > 0);
            session.links.remove(handle);
            session.leaving.add(link);
        } else if (link.sends) {
            send(channel, session, handle, link);
        } else {
            receive(channel, session, handle, link);
        }
        if (random.nextInt(60) == 0) {
            session.ending = true;
            peer.say(channel, 0x17);
        }
    }

    private void attach(int channel, ModelSession10 session, int handle) {
        String queue = "q" + random.nextInt(2);
        if (!session.isListening && random.nextInt(3) > 0) {
            Link link = new Link(name + ++names, true, random.nextInt(10) - 5);
            session.links.put(handle, link);
            peer.say(
                    channel,
                    0x12,
                    link.name,
                    handle,
                    false,
                    null,
                    null,
                    Wire10.composite(0x28, link.name),
                    Wire10.composite(0x29, queue),
                    null,
                    null,
                    link.count);
        } else {
            Link link = new Link(name + ++names, false, 0);
            session.links.put(handle, link);
            peer.say(channel, 0x12, link.name, handle, true, null, null, source(queue), Wire10.composite(0x29, "me"));
        }
    }

    private Object source(String queue) {
        return switch (model.receives()) {
            case PLAINLY -> Wire10.composite(0x28, queue);
            case DURABLY -> Wire10.composite(0x28, queue, 2);
            case FROM_A_NEW_NODE -> Wire10.composite(0x28, null, 0, null, null, true);
        };
    }

    private void send(int channel, ModelSession10 session, int handle, Link link) {
        String rest = link.rest;
        if (rest != null) {
            boolean isGivenUp = random.nextInt(10) == 0;
            link.rest = null;
            if (isGivenUp) {
                session.open.remove(link.partId);
                peer.write(Wire10.frame(
                        channel,
                        0x14,
                        new byte[0],
                        handle,
                        link.partId,
                        null,
                        null,
                        null,
                        false,
                        null,
                        null,
                        null,
                        true));
            } else {
                peer.part(channel, handle, link.partId, !session.open.containsKey(link.partId), false, rest);
            }
            return;
        }
        if (!link.attached || link.limit - link.count <= 0) {
            return;
        }
        String body = name + "." + channel + "." + handle + "." + link.name + "-" + messages++;
        boolean isSettled = random.nextBoolean();
        int id = session.nextId++;
        link.count++;
        if (!isSettled) {
            session.open.put(id, body);
        }
        if (random.nextInt(3) == 0) {
            link.rest = body.substring(2);
            link.partId = id;
            peer.part(channel, handle, id, isSettled, true, body.substring(0, 2));
        } else {
            peer.transfer(channel, handle, id, isSettled, body);
        }
    }

    private void receive(int channel, ModelSession10 session, int handle, Link link) {
        if (link.attached && random.nextInt(3) == 0) {
            int credit = random.nextInt(5);
            if (credit >= link.limit - link.count) {
                link.limit = link.count + credit;
                peer.say(
                        channel,
                        0x13,
                        session.nextIncoming,
                        2 + random.nextInt(20),
                        0,
                        1000,
                        handle,
                        link.count,
                        credit);
            }
        } else if (!session.received.isEmpty()) {
            int id = session.received.keySet().iterator().next();
            String body = session.received.remove(id);
            boolean accepts = random.nextBoolean();
            if (accepts) {
                model.onConsumed(String.valueOf(body));
            }
            peer.say(
                    channel,
                    0x15,
                    true,
                    id,
                    random.nextInt(20) == 0 ? id : null,
                    true,
                    Wire10.composite(accepts ? 0x24 : 0x26));
        }
    }

    /** The client has no link in any session for a while, so that it may lose that at the broker and notice nothing. */
    private void detachAll(int channel, ModelSession10 session) {
        session.links.forEach((handle, link) -> {
            peer.say(channel, 0x16, handle, true);
            session.leaving.add(link);
        });
        session.links.clear();
    }

    void attachProbes() {
        forProbes((channel, session) -> {
            Link link = new Link(name + "probe" + channel, false, 0);
            session.links.put(PROBE, link);
            peer.say(
                    channel,
                    0x12,
                    link.name,
                    PROBE,
                    true,
                    null,
                    null,
                    Wire10.composite(0x28, "probe"),
                    Wire10.composite(0x29, "me"));
        });
    }

    void askOnProbes() {
        forProbes((channel, session) -> {
            Link link = Objects.requireNonNull(session.links.get(PROBE));
            link.limit = link.count + 1;
            peer.say(channel, 0x13, session.nextIncoming, 1000, 0, 1000, PROBE, link.count, 1);
        });
    }

    void checkProbes() {
        forProbes((channel, session) -> {
            Link link = Objects.requireNonNull(session.links.get(PROBE));
            model.check(link.count == link.limit, name + " gets nothing more on channel " + channel);
        });
    }

    private void forProbes(BiConsumer<Integer, ModelSession10> action) {
        if (open && !closing && !over) {
            sessions.forEach((channel, session) -> {
                if (!session.ending) {
                    action.accept(channel, session);
                }
            });
        }
    }

    /** In order or not. */
    void leave() {
        if (over || closing) {
            return;
        }
        if (open && random.nextInt(3) > 0) {
            closing = true;
            peer.say(0, 0x18);
        } else {
            over = true;
            peer.link().hangUp();
        }
    }
}
