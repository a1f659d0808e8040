package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.spi.FaultJudge;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Confirms of some messages go wrong, and those of no others, however the broker confirms them. */
@SuppressWarnings("try") // a fault is there to be closed
class NamedConfirmsTest {

    private final ChunkPool chunks = new ChunkPool();
    private final FrameWriter writer = new FrameWriter();
    private final FaultHub hub = new FaultHub(new FaultHub.Loops() {
        @Override
        public int sum(Function<EventLoop, Integer> what) {
            return 0;
        }

        @Override
        public void revoke(Consumer<EventLoop> what) {}
    });
    private final InboundSession client = new Amqp091()
            .newClient(
                    new LoopContext(new Settings.Draft(new MultiplexedPolicy()).build(1), new ProxyListener() {}),
                    (PoolGateway) Proxy.newProxyInstance(
                            getClass().getClassLoader(),
                            new Class<?>[] {PoolGateway.class},
                            (self, asked, with) -> null),
                    ClientInfo.of(1, InetSocketAddress.createUnresolved("client", 1), null, null));
    private final LinkFaults.Gate gate = hub.gate(() -> client, 0);
    private long published;

    private static FaultScope orders() {
        return FaultScope.all().naming("orders");
    }

    /** Messages with these routing keys, in order. */
    private void publish(String... keys) {
        FaultJudge judge = gate.judge();
        for (String key : keys) {
            published++;
            if (judge != null) {
                ByteQueue frame = new ByteQueue(chunks);
                writer.method(1, Method.BASIC_PUBLISH)
                        .shortInt(0)
                        .shortString("exchange")
                        .shortString(key)
                        .octet(0)
                        .to(frame);
                assertThat(judge.judge(ByteBuffer.wrap(frame.toArray()), 0, 1, published))
                        .isNull();
            }
        }
    }

    private List<String> confirmed(Method method, long tag, boolean isMultiple) {
        ByteQueue frame = new ByteQueue(chunks);
        writer.method(1, method).longLong(tag).octet(isMultiple ? 1 : 0).to(frame);
        ByteQueue passed = new ByteQueue(chunks);
        gate.pass(frame.toArray(), passed, 0);
        gate.release(passed, 0);
        return read(passed);
    }

    private static List<String> read(ByteQueue queue) {
        ByteBuffer frames = ByteBuffer.wrap(queue.toArray());
        List<String> heard = new ArrayList<>();
        for (int at = 0; at < frames.limit(); at += 21) {
            Method method = Objects.requireNonNull(Method.of(Frame.methodId(frames, at)));
            boolean isMultiple = frames.get(at + Frame.PAYLOAD_OFFSET + 12) != 0;
            heard.add((method == Method.BASIC_ACK ? "ack " : "nack ")
                    + frames.getLong(at + Frame.PAYLOAD_OFFSET + 4)
                    + (isMultiple ? " and before" : ""));
        }
        return heard;
    }

    @Test
    void whatIsConfirmedTogetherIsConfirmedOneByOneButForWhatIsLost() {
        publish("orders", "other"); // Before the fault.
        try (Fault lost = hub.loseConfirms(orders())) {
            publish("other", "orders", "other", "orders", "other");
            assertThat(confirmed(Method.BASIC_ACK, 6, true)).containsExactly("ack 2 and before", "ack 3", "ack 5");
            assertThat(lost.count()).isEqualTo(2);
            assertThat(confirmed(Method.BASIC_ACK, 7, false)).containsExactly("ack 7");
            publish("other");
            assertThat(confirmed(Method.BASIC_ACK, 0, true)).containsExactly("ack 8");
        }
    }

    @Test
    void theNthMessageIsMeantAndNotTheNthConfirm() {
        try (Fault nacked = hub.nackConfirms(orders().nth(2))) {
            publish("orders", "other", "orders", "orders");
            assertThat(confirmed(Method.BASIC_ACK, 4, true)).containsExactly("ack 1", "ack 2", "nack 3", "ack 4");
            assertThat(nacked.count()).isOne();
        }
    }

    @Test
    void confirmsThatAreLateAreOvertakenByThoseOfOthers() {
        Fault late = hub.delayConfirms(orders(), Duration.ofMinutes(1), Duration.ZERO, 1);
        publish("orders", "other");
        assertThat(confirmed(Method.BASIC_ACK, 2, true)).containsExactly("ack 2");
        late.close();
        ByteQueue passed = new ByteQueue(chunks);
        gate.release(passed, 0);
        assertThat(read(passed)).containsExactly("ack 1");
        assertThat(gate.judge()).isNull();
        assertThat(gate.isIdle()).isTrue();
        assertThat(gate.heldBytes()).isZero();
    }

    @Test
    void whatTheBrokerRefusesIsRefusedAndWhatWasPublishedBeforeIsNobodys() {
        publish("orders");
        try (Fault lost = hub.loseConfirms(orders())) {
            publish("orders", "other");
            assertThat(confirmed(Method.BASIC_NACK, 2, false)).containsExactly("nack 2");
            assertThat(confirmed(Method.BASIC_ACK, 1, false)).containsExactly("ack 1");
            assertThat(confirmed(Method.BASIC_ACK, 3, false)).containsExactly("ack 3");
            assertThat(lost.count()).isZero();
        }
    }

    @Test
    void ofMoreThanAreRememberedTheOldestAreSpared() {
        try (Fault lost = hub.loseConfirms(orders())) {
            for (int i = 0; i < 10_002; i++) {
                publish("orders");
            }
            assertThat(gate.heldBytes()).isLessThan(6_000_000);
            assertThat(confirmed(Method.BASIC_ACK, 10_002, true)).containsExactly("ack 2 and before");
            assertThat(lost.count()).isEqualTo(10_000);
        }
    }
}
