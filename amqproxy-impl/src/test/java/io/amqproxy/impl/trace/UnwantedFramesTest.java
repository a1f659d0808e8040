package io.amqproxy.impl.trace;

import static io.amqproxy.impl.amqp10.Wire10.DISPOSITION;
import static io.amqproxy.impl.amqp10.Wire10.FLOW;
import static io.amqproxy.impl.amqp10.Wire10.TRANSFER;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp10.Amqp10;
import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.net.Tap;
import io.amqproxy.impl.net.Taps;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceFilter;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A frame that no trace wants is passed over by what its head says: no objects are made for it, and nobody is asked.
 */
class UnwantedFramesTest {

    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 5_000;
    /** Octets, of the measuring and of what is compiled meanwhile: far less than one object for each ten messages. */
    private static final long OF_THE_JVM = 4_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final TraceHub hub = new TraceHub(Thread::new, new TraceHub.Loops() {
        @Override
        public void tap(Taps taps) {}

        @Override
        public void untap() {}

        @Override
        public void awaitTurns() {}
    });

    private Tap tap(String protocol) {
        LoopContext context =
                new LoopContext(new Settings.Draft(new MultiplexedPolicy()).build(1), new ProxyListener() {});
        Protocol spoken = protocol.equals("AMQP 1.0") ? new Amqp10() : new Amqp091();
        PoolGateway nobody = (PoolGateway) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {PoolGateway.class}, (self, asked, with) -> null);
        InetSocketAddress address = InetSocketAddress.createUnresolved("client", 1);
        InboundSession client = spoken.newClient(context, nobody, ClientInfo.of(1, address, "eve", "/"));
        return hub.of(() -> client, false);
    }

    /** A message as it is published, and what is said of it. */
    private static ByteBuffer message091() {
        FrameWriter writer = new FrameWriter();
        ByteQueue queue = new ByteQueue(new ChunkPool());
        writer.method(300, Method.BASIC_PUBLISH)
                .shortInt(0)
                .shortString("")
                .shortString("orders")
                .octet(0)
                .to(queue);
        byte[] header = {2, 1, 44, 0, 0, 0, 14, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, (byte) 0xCE};
        queue.append(ByteBuffer.wrap(header), 0, header.length);
        writer.body(queue, 300, ByteBuffer.allocate(100), 0, 100);
        writer.method(300, Method.BASIC_ACK).longLong(5).octet(1).to(queue);
        writer.heartbeat(queue);
        return ByteBuffer.wrap(queue.toArray());
    }

    private static ByteBuffer message10() {
        ByteBuffer bytes = ByteBuffer.allocate(1024);
        bytes.put(Wire10.frame(0, TRANSFER, new byte[100], 0, 7, new byte[] {1}, 0, false));
        bytes.put(Wire10.frame(0, FLOW, new byte[0], 1, 100, 1, 100, 0, 1, 50));
        bytes.put(Wire10.frame(0, DISPOSITION, new byte[0], true, 7, 7, true));
        bytes.put(new byte[] {0, 0, 0, 8, 2, 0, 0, 0});
        return bytes.flip();
    }

    static Stream<Arguments> messages() {
        return Stream.of(
                Arguments.of("AMQP 0-9-1", message091(), 0),
                Arguments.of("AMQP 0-9-1", message091(), 13),
                Arguments.of("AMQP 1.0", message10(), 0),
                Arguments.of("AMQP 1.0", message10(), 13));
    }

    /** @param parts the octets come in parts of so many, or all at once (0) */
    @ParameterizedTest
    @MethodSource("messages")
    void noObjectsAreMadeForThem(String protocol, ByteBuffer message, int parts) {
        Tap tap = tap(protocol);
        try (Trace ofOthers = hub.trace(TraceFilter.all().names("tx.rollback", "open"), event -> {});
                Trace upstreams = hub.trace(
                        TraceFilter.all().directions(Direction.TO_BROKER, Direction.FROM_BROKER), event -> {})) {
            pass(tap, message, parts, WARM_UP);
            long before = threads.getCurrentThreadAllocatedBytes();
            pass(tap, message, parts, MEASURED);
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(OF_THE_JVM);
            assertThat(ofOthers.dropped() + upstreams.dropped()).isZero();
        }
    }

    private static void pass(Tap tap, ByteBuffer message, int parts, int times) {
        int step = parts == 0 ? message.limit() : parts;
        for (int i = 0; i < times; i++) {
            for (int at = 0; at < message.limit(); at += step) {
                tap.received(message, at, Math.min(message.limit(), at + step));
            }
        }
    }

    @Test
    void aClientThatNobodyWantsIsAskedForOnce() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Tap tap = tap("AMQP 0-9-1");
        try (Trace trace = hub.trace(
                TraceFilter.all().names("basic.publish").clients(client -> asked.incrementAndGet() < 0), event -> {})) {
            pass(tap, message091(), 0, 10);
            assertThat(asked).hasValue(1);
            assertThat(trace.dropped()).isZero();
        }
    }
}
