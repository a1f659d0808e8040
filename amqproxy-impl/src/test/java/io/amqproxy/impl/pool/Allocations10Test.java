package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.upstream.Amqp10Upstream;
import io.amqproxy.impl.core.Session;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What passes on a message, and what is said of it, makes no objects. */
class Allocations10Test {

    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 5_000;
    /** In its widest encoding, as all numbers that are put in. */
    private static final int FIRST_ID = 0x1000_0000;

    /**
     * Octets, of the measuring and of what is compiled meanwhile: far less than one object for each hundred messages.
     */
    private static final long OF_THE_JVM = 500;

    private static final int COUNT = 7;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ByteBuffer sink = ByteBuffer.allocate(256 * 1024);

    /** A frame in which numbers are changed. */
    private static final class Template {
        private static final int MARK = 0x70_AB_CD_EF;
        private final ByteBuffer frame;
        private final int[] places = new int[8];

        Template(int channel, int code, int payload, @Nullable Object... fields) {
            frame = ByteBuffer.wrap(Wire10.frame(channel, code, new byte[payload], fields));
            for (int at = 8; at + 5 <= frame.limit() - payload; at++) {
                if (frame.getInt(at) == MARK) {
                    places[frame.get(at + 4)] = at + 1;
                }
            }
        }

        /** The place of a number. */
        static Wire10.Raw number(int index) {
            return new Wire10.Raw(
                    ByteBuffer.allocate(5).putInt(MARK).put((byte) index).array());
        }

        Template with(int index, int value) {
            frame.putInt(places[index], value);
            return this;
        }
    }

    private static Wire10.Raw number(int index) {
        return Template.number(index);
    }

    /** One message each way, with all that is said of them. */
    private final class Traffic {
        final Session client;
        final Session broker;
        final Template[] sent;
        final Template outcome;
        final Template credit;
        final Template received;
        final Template settled;
        final Template window;

        Traffic(int maxFrameSize, int parts, int payload) {
            Rig10 rig = new Rig10();
            TestClient10 peer = TestClient10.open(rig.rig, maxFrameSize);
            peer.begin(0).sender(0, 0, "q").receiver(0, 1, "r").run();
            client = peer.link().session();
            broker = rig.rig.links.stream()
                    .map(FakeLink::session)
                    .filter(Amqp10Upstream.class::isInstance)
                    .findFirst()
                    .orElseThrow();
            ScriptedBroker10.Session session = rig.session();
            int channel = session.channel + 100;
            int sender = session.link(0).ownHandle;
            int receiver = session.link(1).ownHandle;
            Wire10.Described accepted = Wire10.composite(0x24);
            sent = new Template[parts];
            for (int part = 0; part < parts; part++) {
                sent[part] = new Template(
                        0, 0x14, payload, 0, number(0), new byte[] {1, 2, 3, 4}, 0, false, part < parts - 1);
            }
            outcome = new Template(channel, 0x15, 0, true, number(0), null, true, accepted);
            credit = new Template(channel, 0x13, 0, number(0), 1000, number(1), 1000, sender, number(2), 100);
            received = new Template(channel, 0x14, payload, receiver, number(0), new byte[] {1, 2, 3, 4}, 0, false);
            settled = new Template(0, 0x15, 0, true, number(0), null, true, accepted);
            window = new Template(0, 0x13, 0, number(0), 1000, number(1), 1000, 1, number(2), 100);
        }

        void exchange(int round, int framesUp, int framesDown) {
            for (Template part : sent) {
                say(client, part.with(0, FIRST_ID + round));
            }
            check(broker);
            say(broker, outcome.with(0, round));
            check(client);
            say(
                    broker,
                    credit.with(0, (round + 1) * framesUp)
                            .with(1, ScriptedBroker10.FIRST_ID + round)
                            .with(2, round + 1));
            check(client);
            say(broker, received.with(0, ScriptedBroker10.FIRST_DELIVERY + round));
            check(client);
            say(client, settled.with(0, round));
            check(broker);
            say(
                    client,
                    window.with(0, (round + 1) * framesDown)
                            .with(1, round * sent.length)
                            .with(2, COUNT + round + 1));
            check(broker);
        }

        private void say(Session session, Template said) {
            session.receive(said.frame.clear());
        }

        /** Something is passed on. */
        private void check(Session session) {
            if (session.out().isEmpty()) {
                throw new AssertionError("nothing is said to " + session);
            }
            session.out().drainTo(sink.clear());
            session.onSent();
        }
    }

    /** How many octets are allocated for so many messages, where nothing grows any more. */
    private long octets(Traffic traffic, int framesUp, int framesDown) {
        long self = Thread.currentThread().getId();
        int round = 0;
        while (round < WARM_UP) {
            traffic.exchange(round++, framesUp, framesDown);
        }
        long least = Long.MAX_VALUE;
        for (int pass = 0; pass < 3; pass++) {
            long before = threads.getThreadAllocatedBytes(self);
            for (int end = round + MEASURED; round < end; round++) {
                traffic.exchange(round, framesUp, framesDown);
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
        }
        return least;
    }

    @Test
    void messagesOutcomesAndCreditInFramesOfTheirOwn() {
        assertThat(octets(new Traffic(65_536, 1, 100), 1, 1)).isLessThan(OF_THE_JVM);
    }

    @Test
    void messagesThatAreSentInParts() {
        assertThat(octets(new Traffic(65_536, 3, 1000), 3, 1)).isLessThan(OF_THE_JVM);
    }

    @Test
    void messagesThatAreTooLargeForOneFrameOfTheClient() {
        assertThat(octets(new Traffic(512, 1, 2000), 1, 5)).isLessThan(OF_THE_JVM);
    }
}
