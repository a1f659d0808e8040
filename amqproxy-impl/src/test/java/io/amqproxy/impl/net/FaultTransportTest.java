package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.fault.FaultHub;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Faults hold octets up and end halves of connections, without a socket and a clock. */
@SuppressWarnings("try") // a fault is there to be closed
class FaultTransportTest {

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final long START = 1_000;
    private static final long LATER = START + LONG.toNanos();

    private final FrameWriter writer = new FrameWriter();
    private final EventLoop loop = newLoop();
    private final LoopContext context = loop.context();
    private final FaultHub hub = new FaultHub(new FaultHub.Loops() {
        @Override
        public int sum(Function<EventLoop, Integer> what) {
            return what.apply(loop);
        }

        @Override
        public void revoke(Consumer<EventLoop> what) {
            what.accept(loop);
            transport().onChanged();
        }
    });
    private final InboundSession client = new Amqp091()
            .newClient(
                    context,
                    (PoolGateway) Proxy.newProxyInstance(
                            getClass().getClassLoader(),
                            new Class<?>[] {PoolGateway.class},
                            (self, asked, with) -> null),
                    ClientInfo.of(1, InetSocketAddress.createUnresolved("client", 1), null, null));
    private final ScriptedPeer peer = new ScriptedPeer();
    private final Owner owner = new Owner();
    private final ByteQueue out = new ByteQueue(context.chunks);
    private final FaultTransport transport = new FaultTransport(loop, hub, owner, () -> client, peer, 0);

    private FaultTransport transport() {
        return transport;
    }

    private static EventLoop newLoop() {
        try {
            return new EventLoop(
                    new LoopContext(new Settings.Draft(new MultiplexedPolicy()).build(1), new ProxyListener() {}),
                    Thread::new);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        transport.close();
        out.clear();
        assertThat(context.chunks.usedBytes()).isZero();
        assertThat(context.timers.untilNext(LATER)).isEqualTo(-1);
        loop.stop();
    }

    /** The link: what it has read, and whether its session is paused, as it is while it waits for something. */
    private final class Owner implements FaultTransport.Host {
        private final ByteBuffer got = ByteBuffer.allocate(4 * 1024 * 1024);
        private boolean paused;
        private boolean progressed;
        private boolean dirty;
        private boolean isFull;
        private int cuts;

        @Override
        public void onProgress() {
            progressed = paused;
            if (!paused) {
                read();
            }
        }

        void read() {
            try {
                transport().read(got, got.remaining());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        void resume() {
            paused = false;
            if (progressed) {
                onProgress();
            }
        }

        void write() {
            dirty = false;
            try {
                isFull = transport().write(out);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void flush() {
            dirty = true;
        }

        @Override
        public void cut(boolean byReset) {
            cuts++;
        }

        @Override
        public void onFault(RuntimeException fault) {
            throw fault;
        }

        @Override
        public void onEstablished() {}

        @Override
        public void onFailure(IOException failure) {
            throw new AssertionError(failure);
        }
    }

    /** A turn of the loop, at that time. */
    private void turn(long now) {
        context.now = now;
        context.timers.fire(now);
        if (owner.dirty) {
            owner.write();
        }
    }

    /** After one turn the loop waits, for a time that is still to come or for something to happen. */
    private void assertThatNothingSpins(long now) {
        turn(now);
        turn(now);
        assertThat(context.timers.untilNext(now)).isNotZero();
    }

    private void says(int octets) {
        byte[] more = new byte[octets];
        Arrays.fill(more, (byte) 7);
        peer.say(more);
        owner.read();
    }

    private void sends(byte[] bytes) {
        out.append(ByteBuffer.wrap(bytes), 0, bytes.length);
        owner.write();
    }

    private byte[] confirm(long tag) {
        ByteQueue frame = new ByteQueue(context.chunks);
        writer.method(1, Method.BASIC_ACK).longLong(tag).octet(0).to(frame);
        return frame.toArray();
    }

    private byte[] heartbeats(int count) {
        ByteQueue frames = new ByteQueue(context.chunks);
        for (int i = 0; i < count; i++) {
            writer.heartbeat(frames);
        }
        return frames.toArray();
    }

    private Fault delay() {
        return hub.delay(FaultScope.all(), LONG, Duration.ZERO, 1);
    }

    // Waking.

    @Test
    void whatIsDueWhileTheSessionIsPausedIsReadWhenItGoesOn() {
        turn(START);
        try (Fault late = delay()) {
            says(3);
            owner.paused = true;
            assertThatNothingSpins(LATER);
            assertThat(owner.got.position()).isZero();
            owner.resume();
            assertThat(owner.got.position()).isEqualTo(3);
        }
    }

    @Test
    void whatIsDueInSilenceGoesOutAfterIt() {
        turn(START);
        try (Fault late = delay()) {
            sends(heartbeats(1));
            try (Fault quiet = hub.silence(FaultScope.all())) {
                owner.read();
                assertThatNothingSpins(LATER);
                assertThat(peer.heard.size()).isZero();
            }
            turn(LATER);
            assertThat(peer.heard.toByteArray()).isEqualTo(heartbeats(1));
        }
    }

    @Test
    void aConfirmThatIsDueAfterTheSendingHalfHasEndedIsWaitedForByNobody() {
        turn(START);
        try (Fault late = hub.delayConfirms(FaultScope.all(), LONG, Duration.ZERO, 1)) {
            sends(confirm(1));
            transport.shutOutput();
            assertThatNothingSpins(LATER);
            assertThat(peer.heard.size()).isZero();
        }
    }

    @Test
    void aConfirmThatIsDueWhileTheWayIsFullComesWhenThereIsRoom() {
        turn(START);
        try (Fault confirms = hub.delayConfirms(FaultScope.all(), LONG, Duration.ZERO, 1)) {
            sends(confirm(1));
            try (Fault late = hub.delay(FaultScope.all(), LONG.multipliedBy(2), Duration.ZERO, 1)) {
                sends(heartbeats(1024 * 1024 / 8 + 8));
                assertThat(out.isEmpty()).isFalse();
                assertThatNothingSpins(LATER);
                assertThat(peer.heard.size()).isZero();
            }
            turn(LATER);
            assertThat(peer.heard.size()).isEqualTo(8 * (1024 * 1024 / 8 + 8) + 21);
        }
    }

    @Test
    void whatIsDueWhileTheSocketIsFullWaitsForTheSocket() {
        turn(START);
        try (Fault confirms = hub.delayConfirms(FaultScope.all(), LONG, Duration.ZERO, 1)) {
            sends(confirm(1));
            peer.room = 0;
            sends(heartbeats(1024 * 1024 / 8 + 8));
            assertThat(owner.isFull).isTrue();
            assertThatNothingSpins(LATER);
            peer.room = Integer.MAX_VALUE;
            owner.write();
            assertThat(peer.heard.size()).isEqualTo(8 * (1024 * 1024 / 8 + 8) + 21);
        }
    }

    // Bounds.

    @Test
    void whatIsOnItsWayHasABoundEachWayAndCountsAsMemoryOfTheLoop() {
        turn(START);
        try (Fault late = delay();
                Fault slow = hub.limitBandwidth(FaultScope.all(), 1)) {
            for (int i = 0; i < 40; i++) {
                says(64 * 1024);
                sends(heartbeats(64 * 1024 / 8));
            }
            long held = transport.heldBytes();
            assertThat(held).isBetween(2 * 1024 * 1024L, 2 * 1024 * 1024L + 300_000);
            assertThat(context.chunks.usedBytes()).isEqualTo(held + out.heldBytes());
        }
    }

    @Test
    void confirmsThatAreHeldCountAsMemoryOfTheLoop() {
        turn(START);
        try (Fault late = hub.delayConfirms(FaultScope.all(), LONG, Duration.ZERO, 1)) {
            for (int i = 1; i <= 100; i++) {
                sends(confirm(i));
            }
            assertThat(context.chunks.usedBytes()).isGreaterThan(100 * 100);
        }
        turn(START);
        assertThat(peer.heard.size()).isEqualTo(100 * 21);
        assertThat(context.chunks.usedBytes()).isZero();
    }

    // Ends of faults.

    @Test
    void aConfirmIsHeldNoLongerThanItsOwnFault() {
        turn(START);
        try (Fault lasting = hub.delayConfirms(FaultScope.all().nth(2), LONG, Duration.ZERO, 1)) {
            try (Fault first = hub.delayConfirms(FaultScope.all().nth(1), LONG, Duration.ZERO, 1)) {
                sends(confirm(1)); // The first occurrence of the one fault, and of the other.
                sends(confirm(2));
                assertThat(first.count()).isOne();
                assertThat(lasting.count()).isOne();
                assertThat(peer.heard.size()).isZero();
            }
            turn(START);
            assertThat(peer.heard.toByteArray()).isEqualTo(confirm(1));
        }
        turn(START);
        assertThat(peer.heard.size()).isEqualTo(42);
    }

    @Test
    void whatADelayHeldUpIsHeldUpNoMoreThoughALimitLasts() {
        turn(START);
        try (Fault narrow = hub.limitBandwidth(FaultScope.all(), 1_000_000)) {
            try (Fault late = delay()) {
                sends(heartbeats(1));
            }
            turn(START + LONG.toNanos() / 10);
            assertThat(peer.heard.toByteArray()).isEqualTo(heartbeats(1));
        }
    }

    // Chance.

    @Test
    void theLotOfADelayDoesNotDependOnHowOftenSomebodyAsks() {
        Duration jitter = Duration.ofSeconds(100);
        turn(START);
        try (Fault late = hub.delay(FaultScope.all(), Duration.ZERO, jitter, 42)) {
            sends(heartbeats(1));
            long first = context.timers.untilNext(START);
            long lot = (long) (new Random(42).nextDouble() * jitter.toNanos());
            assertThat(first).isEqualTo(lot);
        }
    }

    // Halves.

    @Test
    void theHalfEndsBehindWhatIsOnItsWay() {
        turn(START);
        try (Fault late = delay()) {
            sends(heartbeats(2));
            transport.shutOutput();
            turn(START);
            assertThat(peer.ends).isZero();
            sends(heartbeats(1)); // It is lost.
            turn(LATER);
            assertThat(peer.heard.toByteArray()).isEqualTo(heartbeats(2));
            assertThat(peer.ends).isOne();
            sends(heartbeats(1));
            assertThat(peer.heard.size()).isEqualTo(16);
        }
    }

    @Test
    void theHalfEndsWhenTheSocketHasTakenWhatWasSent() {
        turn(START);
        try (Fault any = hub.loseHeartbeats(FaultScope.all().onChannel(9))) {
            peer.room = 5;
            sends(heartbeats(2));
            assertThat(owner.isFull).isTrue();
            transport.shutOutput();
            turn(START);
            assertThat(peer.ends).isZero();
            assertThat(owner.isFull).isTrue();
            peer.room = 100;
            owner.write();
            assertThat(peer.heard.toByteArray()).isEqualTo(heartbeats(2));
            assertThat(peer.ends).isOne();
            assertThat(owner.cuts).isZero();
        }
    }

    /** As the alert of TLS needs room in the socket too. */
    @Test
    void anEndForWhichThereIsNoRoomIsTriedAgain() {
        turn(START);
        peer.endsThatFindNoRoom = 2;
        transport.shutOutput();
        turn(START);
        assertThat(owner.isFull).isTrue();
        owner.write();
        assertThat(owner.isFull).isTrue();
        owner.write();
        assertThat(owner.isFull).isFalse();
        assertThat(peer.ends).isOne();
    }

    // All of it together.

    /** Whatever goes wrong, and whenever it is revoked: in the end all has come, once and in order, or it was cut. */
    @RepeatedTest(300)
    void afterAllFaultsAreRevokedAllHasComeOrTheConnectionWasCut(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        boolean isLossy = random.nextInt(5) == 0;
        Deque<Fault> faults = new ArrayDeque<>();
        long now = Long.MAX_VALUE - random.nextInt(1_000_000_000); // Clocks may begin anywhere.
        int said = 0;
        int sent = 0;
        turn(now);
        for (int step = 0; step < 60 && owner.cuts == 0; step++) {
            switch (random.nextInt(7)) {
                case 0 -> faults.add(anyFault(random, isLossy));
                case 1 -> revokeAny(faults, random);
                case 2 -> owner.paused = true;
                case 3 -> owner.resume();
                case 4 -> peer.room = random.nextInt(200);
                case 5 -> {
                    int octets = random.nextInt(5_000);
                    peer.say(numbered(said, octets));
                    said += octets;
                    owner.onProgress();
                }
                default -> sends(random.nextBoolean() ? confirm(++sent) : heartbeats(random.nextInt(30)));
            }
            now += random.nextInt(50_000_000);
            assertThatNothingSpins(now);
        }
        while (!faults.isEmpty()) {
            faults.remove().close();
        }
        if (owner.cuts > 0) {
            return;
        }
        peer.room = Integer.MAX_VALUE;
        owner.resume();
        for (int i = 0; i < 5; i++) {
            turn(now);
            owner.write();
            owner.onProgress();
        }
        assertThat(Arrays.copyOf(owner.got.array(), owner.got.position())).isEqualTo(numbered(0, said));
        assertThat(peer.confirms()).hasSize(sent).doesNotHaveDuplicates();
        assertThat(transport.isDone()).isTrue();
        assertThat(context.chunks.usedBytes()).isZero();
    }

    private Fault anyFault(Random random, boolean isLossy) {
        Duration some = Duration.ofMillis(random.nextInt(200));
        return switch (random.nextInt(isLossy ? 6 : 5)) {
            case 0 -> hub.delay(FaultScope.all(), some, some, 1);
            case 1 -> hub.limitBandwidth(FaultScope.all(), 1 + random.nextInt(100_000));
            case 2 -> hub.silence(FaultScope.all());
            case 3 -> hub.stopReading(FaultScope.all());
            case 4 -> hub.delayConfirms(FaultScope.all().withProbability(0.5, 1), some, some, 1);
            default -> hub.blackHole(FaultScope.all());
        };
    }

    private static void revokeAny(Deque<Fault> faults, Random random) {
        Fault fault = random.nextBoolean() ? faults.pollFirst() : faults.pollLast();
        if (fault != null) {
            fault.close();
        }
    }

    private static byte[] numbered(int from, int octets) {
        byte[] bytes = new byte[octets];
        for (int i = 0; i < octets; i++) {
            bytes[i] = (byte) (((from + i) * 31) >>> 3);
        }
        return bytes;
    }
}
