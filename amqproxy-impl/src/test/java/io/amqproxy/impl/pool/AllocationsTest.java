package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.upstream.Amqp091Upstream;
import io.amqproxy.impl.core.Session;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What passes on a message, its confirm and its acknowledgement makes no objects. */
class AllocationsTest {

    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 5_000;
    /**
     * Octets, of the measuring and of what is compiled meanwhile: far less than one object for each hundred messages.
     */
    private static final long OF_THE_JVM = 500;

    private static final int FRAME_MAX = 8192;
    private static final int PUBLISHING = 1;
    private static final int CONSUMING = 2;
    private static final String TAG = "c";
    /** Where an acknowledgement has its tag, and a delivery to a consumer of this tag. */
    private static final int TAG_OF_ACK = Frame.PAYLOAD_OFFSET + 4;

    private static final int TAG_OF_DELIVERY = TAG_OF_ACK + 1 + TAG.length();

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Rig rig = new Rig();
    private final TestClient peer = rig.open().openChannel(PUBLISHING).openChannel(CONSUMING);
    private final ByteBuffer read = ByteBuffer.allocate(64 * 1024);
    private final ByteBuffer sink = ByteBuffer.allocate(64 * 1024);
    private final Session client = peer.link().session();

    /** Sends it from its beginning, as channel and tag are written over where it is passed on. */
    private void say(Session session, byte[] bytes, int tagAt, long tag) {
        read.clear().put(bytes).flip();
        if (tag > 0) {
            read.putLong(tagAt, tag);
        }
        session.receive(read);
    }

    /** Something is passed on; {@return on which channel} */
    private int check(Session session) {
        if (session.out().isEmpty()) {
            throw new AssertionError("nothing is said to " + session);
        }
        session.out().drainTo(sink.clear());
        session.onSent();
        return sink.getShort(1);
    }

    private void begin(boolean confirms) {
        if (confirms) {
            peer.select(PUBLISHING);
        }
        peer.declare(CONSUMING, "q", false).consume(CONSUMING, "q", TAG, false);
        rig.run();
    }

    private Session upstream() {
        return rig.links.stream()
                .map(FakeLink::session)
                .filter(Amqp091Upstream.class::isInstance)
                .findFirst()
                .orElseThrow();
    }

    private static byte[] publish(int payload) {
        return Frames.publish(PUBLISHING, "", "elsewhere", false, new byte[payload], FRAME_MAX);
    }

    private byte[] delivery(int publishing, int payload) {
        int channel = rig.broker.allChannels().stream()
                .mapToInt(BrokerChannel::number)
                .filter(number -> number != publishing)
                .findFirst()
                .orElseThrow();
        byte[] method = Frames.method(
                channel,
                Method.BASIC_DELIVER,
                said -> said.shortString(TAG)
                        .longLong(0)
                        .octet(0)
                        .shortString("")
                        .shortString("q"));
        byte[] content = Frames.content(channel, new byte[payload], FRAME_MAX);
        return ByteBuffer.allocate(method.length + content.length)
                .put(method)
                .put(content)
                .array();
    }

    private static byte[] ack(int channel) {
        return Frames.method(channel, Method.BASIC_ACK, said -> said.longLong(0).octet(0));
    }

    private interface Round {
        void play(int number);
    }

    private long octets(Round exchange) {
        long self = Thread.currentThread().getId();
        int round = 1;
        while (round <= WARM_UP) {
            exchange.play(round++);
        }
        long least = Long.MAX_VALUE;
        for (int pass = 0; pass < 3; pass++) {
            long before = threads.getThreadAllocatedBytes(self);
            for (int end = round + MEASURED; round < end; round++) {
                exchange.play(round);
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
        }
        return least;
    }

    private long octets(boolean confirms, int payload) {
        begin(confirms);
        Session broker = upstream();
        byte[] publish = publish(payload);
        say(client, publish, 0, 0);
        int publishing = check(broker);
        byte[] delivery = delivery(publishing, payload);
        byte[] confirm = ack(publishing);
        byte[] settled = ack(CONSUMING);
        if (confirms) {
            say(broker, confirm, TAG_OF_ACK, 1);
            check(client);
        }
        return octets(number -> {
            say(client, publish, 0, 0);
            check(broker);
            if (confirms) {
                say(broker, confirm, TAG_OF_ACK, number + 1);
                check(client);
            }
            say(broker, delivery, TAG_OF_DELIVERY, number);
            check(client);
            say(client, settled, TAG_OF_ACK, number);
            check(broker);
        });
    }

    @Test
    void messagesThatLieInTheReadBufferAsAWhole() {
        assertThat(octets(false, 100)).isLessThan(OF_THE_JVM);
    }

    @Test
    void messagesWithConfirms() {
        assertThat(octets(true, 100)).isLessThan(OF_THE_JVM);
    }

    @Test
    void messagesOfSeveralFrames() {
        assertThat(octets(true, 12_000)).isLessThan(OF_THE_JVM);
    }
}
