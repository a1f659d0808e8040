package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the null broker says on one connection of AMQP 1.0: everybody may log in and attach what he likes. It accepts
 * what is not settled, with one disposition for all that one read brought to a session, and forgets it.
 */
final class BrokerProtocol10 implements FrameScanner10.Handler {

    private static final class Session {
        private final int channel;
        private final Map<Long, Link> links = new HashMap<>();
        private final Map<Long, DeliveryPump10> pumps = new HashMap<>();
        private long received;
        private long sent;
        /** How many transfers may have been sent at the most. */
        private long limit;

        private long firstUnsettled = -1;
        private long lastUnsettled;

        private Session(int channel) {
            this.channel = channel;
        }
    }

    /** A link that the client sends on. */
    private static final class Link {
        private long received;
        private long granted;
    }

    private final Map<Integer, Session> sessions = new HashMap<>();
    private FrameBuilder10 replies = new FrameBuilder10(ByteBuffer.allocate(0));
    /** Those of the last transfer, as the next one is most often theirs. */
    private @Nullable Session lastSession;

    private @Nullable Link lastLink;
    private long lastHandle;
    private long count;
    private boolean closing;

    void answerTo(ByteBuffer answers) {
        replies = new FrameBuilder10(answers);
    }

    long takeCount() {
        long taken = count;
        count = 0;
        return taken;
    }

    boolean isClosing() {
        return closing;
    }

    /** Settles what came since the last call, and renews credit. */
    void settle() {
        for (Session session : sessions.values()) {
            if (session.firstUnsettled >= 0) {
                replies.begin(Amqp10.AMQP_FRAME, session.channel, Amqp10.DISPOSITION)
                        .flag(true)
                        .number((int) session.firstUnsettled)
                        .number((int) session.lastUnsettled)
                        .flag(true)
                        .terminus(Amqp10.ACCEPTED, "")
                        .end();
                session.firstUnsettled = -1;
            }
            session.links.forEach((handle, link) -> {
                if (link.granted - link.received < Amqp10.CREDIT / 2) {
                    grant(session, handle, link);
                }
            });
        }
    }

    private void grant(Session session, long handle, Link link) {
        link.granted = link.received + Amqp10.CREDIT;
        flow(session)
                .number((int) handle)
                .number((int) link.received)
                .number(Amqp10.CREDIT)
                .end();
    }

    private FrameBuilder10 flow(Session session) {
        return replies.begin(Amqp10.AMQP_FRAME, session.channel, Amqp10.FLOW)
                .number((int) session.received)
                .number(Amqp10.WINDOW)
                .number(0)
                .number(Amqp10.WINDOW);
    }

    @Override
    public void onHeader(int protocol) {
        replies.header(protocol);
        if (protocol == 3) {
            replies.begin(Amqp10.SASL_FRAME, 0, Amqp10.SASL_MECHANISMS)
                    .symbol("PLAIN")
                    .end();
        }
    }

    @Override
    public void onFrame(int channel, int performative, Fields10 fields) {
        switch (performative) {
            case Amqp10.TRANSFER -> onTransfer(channel, fields);
            case Amqp10.SASL_INIT ->
                replies.begin(Amqp10.SASL_FRAME, 0, Amqp10.SASL_OUTCOME)
                        .octet(0)
                        .end();
            case Amqp10.OPEN ->
                replies.begin(Amqp10.AMQP_FRAME, 0, Amqp10.OPEN)
                        .text("null-broker")
                        .nothing()
                        .number(Amqp10.MAX_FRAME_SIZE)
                        .shortInt(255)
                        .end();
            case Amqp10.BEGIN -> {
                Session session = new Session(channel);
                session.received = fields.skip(1).number();
                session.limit = fields.number();
                sessions.put(channel, session);
                replies.begin(Amqp10.AMQP_FRAME, channel, Amqp10.BEGIN)
                        .shortInt(channel)
                        .number(0)
                        .number(Amqp10.WINDOW)
                        .number(Amqp10.WINDOW)
                        .number(255)
                        .end();
            }
            case Amqp10.ATTACH -> onAttach(session(channel), fields);
            case Amqp10.FLOW -> onFlow(session(channel), fields);
            case Amqp10.DETACH -> {
                long handle = fields.number();
                session(channel).links.remove(handle);
                session(channel).pumps.remove(handle);
                forget();
                replies.begin(Amqp10.AMQP_FRAME, channel, Amqp10.DETACH)
                        .number((int) handle)
                        .flag(true)
                        .end();
            }
            case Amqp10.END -> {
                sessions.remove(channel);
                forget();
                replies.begin(Amqp10.AMQP_FRAME, channel, Amqp10.END).end();
            }
            case Amqp10.CLOSE -> {
                replies.begin(Amqp10.AMQP_FRAME, 0, Amqp10.CLOSE).end();
                closing = true;
            }
            default -> throw new IllegalStateException("it does not know " + Integer.toHexString(performative));
        }
    }

    private void forget() {
        lastSession = null;
        lastLink = null;
    }

    private Session session(int channel) {
        Session session = sessions.get(channel);
        if (session == null) {
            throw new IllegalStateException("session " + channel + " has not begun");
        }
        return session;
    }

    private void onAttach(Session session, Fields10 fields) {
        String name = fields.text();
        long handle = fields.number();
        if (fields.flag()) {
            onAttachOfReceiver(session, name, handle, fields);
            return;
        }
        replies.begin(Amqp10.AMQP_FRAME, session.channel, Amqp10.ATTACH)
                .text(name)
                .number((int) handle)
                .flag(true)
                .octet(2)
                .octet(0)
                .terminus(Amqp10.SOURCE, "")
                .terminus(Amqp10.TARGET, Requests.ROUTING_KEY)
                .end();
        Link link = new Link();
        session.links.put(handle, link);
        grant(session, handle, link);
    }

    private void onAttachOfReceiver(Session session, String name, long handle, Fields10 fields) {
        String address = fields.skip(2).address();
        int size = DeliveryPump.Order.parse(address).size();
        replies.begin(Amqp10.AMQP_FRAME, session.channel, Amqp10.ATTACH)
                .text(name)
                .number((int) handle)
                .flag(false)
                .octet(1)
                .octet(0)
                .terminus(Amqp10.SOURCE, address)
                .terminus(Amqp10.TARGET, "")
                .nothing()
                .nothing()
                .number(0)
                .end();
        session.pumps.put(handle, new DeliveryPump10(session.channel, (int) handle, size));
    }

    /** Writes the deliveries for which there are credit and window. */
    void deliver(SocketChannel channel) throws IOException {
        for (Session session : sessions.values()) {
            for (DeliveryPump10 pump : session.pumps.values()) {
                session.sent += pump.write(channel, session.sent, session.limit - session.sent);
            }
        }
    }

    private void onFlow(Session session, Fields10 fields) {
        long known = Math.max(0, fields.number());
        session.limit = known + fields.number();
        long handle = fields.skip(2).number();
        Link link = session.links.get(handle);
        DeliveryPump10 pump = session.pumps.get(handle);
        long count = Math.max(0, fields.number());
        long credit = fields.number();
        if (pump != null && credit >= 0) {
            pump.limit(count + credit);
        }
        boolean echo = fields.skip(2).flag();
        if (echo && link != null) {
            grant(session, handle, link);
        } else if (echo) {
            flow(session).end();
        }
    }

    private void onTransfer(int channel, Fields10 fields) {
        long handle = fields.number();
        Session session = lastSession;
        Link link = lastLink;
        if (session == null || link == null || handle != lastHandle || session.channel != channel) {
            session = session(channel);
            link = session.links.get(handle);
            if (link == null) {
                throw new IllegalStateException("link " + handle + " is not attached");
            }
            lastSession = session;
            lastLink = link;
            lastHandle = handle;
        }
        long id = fields.number();
        boolean settled = fields.skip(2).flag();
        boolean more = fields.flag();
        session.received++;
        if (!more) {
            count++;
            link.received++;
        }
        if (!settled && id >= 0) {
            if (session.firstUnsettled < 0) {
                session.firstUnsettled = id;
            }
            session.lastUnsettled = id;
        }
    }
}
