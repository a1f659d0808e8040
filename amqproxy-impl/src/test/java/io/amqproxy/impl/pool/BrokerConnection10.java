package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.pool.ScriptedBroker10.Session;
import io.amqproxy.impl.pool.Stream10.Frame;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A connection of the proxy to a {@link ScriptedBroker10}. */
final class BrokerConnection10 implements FakeLink.BrokerPeer {
    final Map<Integer, Session> sessions = new TreeMap<>();
    final Map<Integer, Session> ending = new TreeMap<>();
    private final Stream10 stream = new Stream10();
    private final ScriptedBroker10 broker;
    private @Nullable FakeLink link;
    boolean ended;
    private boolean isOpened;
    String container = "";
    /** As they are written in a test. */
    String properties = "";

    boolean isDeaf;
    /** Sessions that begin and end in what came just now. */
    private final Set<Integer> hasty = new HashSet<>();

    BrokerConnection10(ScriptedBroker10 broker) {
        this.broker = broker;
        this.isDeaf = broker.isDeaf;
    }

    @Override
    public void use(FakeLink newLink) {
        link = newLink;
    }

    void send(byte[] bytes) {
        if (link != null) {
            link.send(bytes);
        }
    }

    void say(int channel, int code, @Nullable Object... fields) {
        send(Wire10.frame(channel, code, new byte[0], fields));
    }

    void cut() {
        if (link != null) {
            link.cut();
        }
    }

    @Override
    public void onBytes(byte[] bytes) {
        if (isDeaf) {
            return;
        }
        stream.most = broker.maxFrameSize;
        List<Frame> frames = stream.take(bytes);
        hasty.clear();
        ScriptedBroker10.check(
                !broker.failsOverHastyEnds || !areAttachedAndEnded(frames),
                "end or detach before an attach is answered");
        frames.stream().filter(frame -> frame.code() == 0x17).forEach(frame -> hasty.add(frame.channel()));
        for (Frame frame : frames) {
            ScriptedBroker10.check(frame.octets() <= broker.maxFrameSize, "frame of " + frame.octets() + " octets");
            onFrame(frame);
        }
    }

    private static boolean areAttachedAndEnded(List<Frame> frames) {
        Set<Object> attached = new HashSet<>();
        for (Frame frame : frames) {
            Object link = List.of(frame.channel(), frame.number(frame.code() == 0x12 ? 1 : 0, 0));
            if (frame.code() == 0x12) {
                boolean isCoordinator = frame.field(6) instanceof Wire10.Described target && target.code() == 0x30;
                attached.addAll(frame.is(2) || isCoordinator ? List.of(frame.channel(), link) : List.of(link));
            } else if (attached.contains(frame.code() == 0x16 ? link : frame.code() == 0x17 ? frame.channel() : "")) {
                return true;
            }
        }
        return false;
    }

    private void onFrame(Frame frame) {
        switch (frame.code()) {
            case 0 -> onHeader((Integer) frame.fields().get(0));
            case 0x41 -> {
                say(0, 0x44, (byte) (broker.refusesLogins ? 1 : 0));
                if (broker.isEager) {
                    send(Stream10.AMQP);
                }
            }
            case 0x10 -> onOpen(frame);
            case 0x11 -> onBegin(frame);
            case 0x18 -> say(0, 0x18);
            default -> onFrameOfSession(frame);
        }
    }

    private void onHeader(int id) {
        byte[] odd = broker.greeting;
        if (odd != null) {
            send(odd);
            return;
        }
        if (id == 3 || !broker.isEager) {
            send(id == 3 ? Stream10.SASL : Stream10.AMQP);
        }
        if (id == 3) {
            say(0, 0x40, new Wire10.Symbol("PLAIN"));
        }
    }

    boolean isOpen() {
        return isOpened && !ended;
    }

    private void onOpen(Frame open) {
        if (broker.openConnections() >= broker.mostConnections) {
            Objects.requireNonNull(link).hangUp();
            return;
        }
        isOpened = true;
        container = String.valueOf(open.field(0));
        properties = String.valueOf(open.field(9));
        say(
                0,
                0x10,
                "broker",
                null,
                broker.maxFrameSize,
                (short) broker.channelMax,
                null,
                null,
                null,
                broker.capability == null ? null : new Wire10.Symbol(broker.capability),
                null,
                Map.of(new Wire10.Symbol("product"), broker.product));
    }

    private void onBegin(Frame begin) {
        ScriptedBroker10.check(!sessions.containsKey(begin.channel()), "begin on a channel in use");
        ScriptedBroker10.check(!ending.containsKey(begin.channel()), "begin before the end is answered");
        ScriptedBroker10.check(begin.channel() <= broker.channelMax, "channel-max");
        broker.sessionsBegun++;
        Session session = broker.new Session(this, begin.channel(), begin);
        sessions.put(begin.channel(), session);
        boolean isLate = broker.readsAhead && hasty.contains(begin.channel());
        session.say(
                0x11,
                (short) (isLate ? -1 : begin.channel()),
                ScriptedBroker10.FIRST_ID,
                broker.said(broker.window),
                1000,
                broker.handleMax);
    }

    private void onFrameOfSession(Frame frame) {
        if (ending.containsKey(frame.channel())) {
            if (frame.code() == 0x17) {
                ending.remove(frame.channel());
            }
            return;
        }
        Session session = sessions.get(frame.channel());
        ScriptedBroker10.check(session != null, "frame without a session");
        if (session != null) {
            session.onFrame(frame);
        }
    }

    @Override
    public void onEnd() {
        ended = true;
        sessions.values().forEach(session -> session.links.values().forEach(one -> session.giveBack(one.address)));
        sessions.clear();
        ending.clear();
    }
}
