package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import io.amqproxy.ProxyListener;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp10.Amqp10;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.fault.FaultHub;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Faults between the proxy and the broker hold octets up, lose them and cut frames, without a socket and a clock. */
@SuppressWarnings("try") // a fault is there to be closed
class UpstreamFaultTransportTest {

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final long START = 1_000;
    private static final long LATER = START + LONG.toNanos();

    private final EventLoop loop = new EventLoop(
            new LoopContext(new Settings.Draft(new MultiplexedPolicy()).build(1), new ProxyListener() {}), Thread::new);
    private final LoopContext context = loop.context();
    private final FrameWriter writer = new FrameWriter();
    private final ScriptedPeer broker = new ScriptedPeer();
    private final FaultTransport.Host host = mock(FaultTransport.Host.class);
    private final ByteQueue out = new ByteQueue(context.chunks);
    private final List<UpstreamConnection> upstreams = new ArrayList<>();
    private TransportStack stack = stackOf(new Amqp091(), 1);

    private final FaultHub hub = new FaultHub(new SingleLoop(loop, () -> stack.onFaults(true)));

    UpstreamFaultTransportTest() throws IOException {}

    private TransportStack stackOf(Protocol protocol, long id) {
        context.now = START;
        UpstreamOwner owner = (UpstreamOwner) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {UpstreamOwner.class}, (self, asked, with) -> null);
        UpstreamConnection upstream =
                protocol.newUpstream(context, owner, id, "broker:5672", new Credentials("PLAIN", "user", new byte[0]));
        upstreams.add(upstream);
        return new TransportStack(loop, host, broker, () -> upstream);
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        stack.top().close();
        out.clear();
        upstreams.forEach(upstream -> upstream.onConnectFailed("over"));
        assertThat(context.chunks.usedBytes()).isZero();
        assertThat(context.timers.untilNext(LATER)).isEqualTo(-1);
        loop.stop();
    }

    private byte[] frames(int heartbeats, int methods) {
        ByteQueue frames = new ByteQueue(context.chunks);
        for (int i = 0; i < heartbeats; i++) {
            writer.heartbeat(frames);
        }
        for (int i = 0; i < methods; i++) {
            writer.method(3, Method.BASIC_ACK).longLong(i).octet(0).to(frames);
        }
        return frames.toArray();
    }

    private void sends(byte[] bytes) throws IOException {
        out.append(ByteBuffer.wrap(bytes), 0, bytes.length);
        stack.top().write(out);
    }

    private byte[] reads() throws IOException {
        ByteBuffer come = ByteBuffer.allocate(1024);
        stack.top().read(come, 1024);
        byte[] bytes = new byte[come.position()];
        come.flip().get(bytes);
        return bytes;
    }

    @Test
    void faultsOfClientsAndOfOtherConnectionsAreNotInTheWay() throws IOException {
        try (Fault ofClients = hub.silence(FaultScope.all())) {
            assertThat(stack.top()).isSameAs(broker);
        }
        try (Fault ofOthers = hub.silence(FaultScope.upstreams(upstream -> upstream.id() == 2))) {
            sends(frames(0, 1));
            assertThat(broker.heard.toByteArray()).isEqualTo(frames(0, 1));
            assertThat(ofOthers.count()).isZero();
        }
        stack.endFaults();
        assertThat(stack.top()).isSameAs(broker);
    }

    @Test
    void itIsLeftAloneAsSoonAsNoFaultIsForConnectionsToTheBroker() {
        try (Fault ofClients = hub.loseConfirms(FaultScope.all())) {
            hub.silence(FaultScope.upstreams()).close();
            stack.endFaults();
            assertThat(stack.top()).isSameAs(broker);
        }
    }

    @Test
    void octetsTakeTheirTimeBothWays() throws IOException {
        try (Fault late = hub.delay(FaultScope.upstreams(), LONG, Duration.ZERO, 1)) {
            sends(frames(0, 1));
            broker.say(frames(1, 0));
            assertThat(reads()).isEmpty();
            assertThat(broker.heard.size()).isZero();
            context.now = LATER;
            stack.top().write(out);
            assertThat(broker.heard.toByteArray()).isEqualTo(frames(0, 1));
            assertThat(reads()).isEqualTo(frames(1, 0));
            assertThat(late.count()).isOne();
        }
    }

    @Test
    void aBrokerThatIsNotReadIsSentAllTheSame() throws IOException {
        try (Fault unread = hub.stopReading(FaultScope.upstreams())) {
            broker.say(frames(1, 0));
            sends(frames(0, 1));
            assertThat(reads()).isEmpty();
            assertThat(broker.heard.toByteArray()).isEqualTo(frames(0, 1));
            assertThat(stack.keepsUnread()).isTrue();
        }
        assertThat(reads()).isEqualTo(frames(1, 0));
    }

    @Test
    void whatWasLostCostsTheConnectionWhenItIsRevoked() throws IOException {
        try (Fault hole = hub.blackHole(FaultScope.upstreams())) {
            sends(frames(0, 1));
            broker.say(frames(1, 0));
            assertThat(reads()).isEmpty();
            assertThat(out.isEmpty()).isTrue();
            assertThat(broker.heard.size()).isZero();
            assertThat(broker.unread()).isZero();
        }
        verify(host).cut(true);
    }

    @Test
    void theHalfTowardsTheBrokerEnds() throws IOException {
        stack.shutOutput(hub);
        sends(frames(0, 1));
        assertThat(broker.heard.size()).isZero();
        assertThat(broker.ends).isOne();
        broker.say(frames(1, 0));
        assertThat(reads()).isEqualTo(frames(1, 0));
    }

    @Test
    void heartbeatsAreLostAndFramesOfAChannelAreCut() throws IOException {
        try (Fault lost = hub.loseHeartbeats(FaultScope.upstreams());
                Fault other = hub.cutFrames(FaultScope.upstreams().onChannel(2));
                Fault cut = hub.cutFrames(FaultScope.upstreams().onChannel(3).nth(2))) {
            sends(frames(2, 1));
            assertThat(broker.heard.toByteArray()).isEqualTo(frames(0, 1));
            assertThatThrownBy(() -> sends(frames(0, 2))).isInstanceOf(IOException.class);
            assertThat(broker.heard.size()).isBetween(frames(0, 1).length + 1, frames(0, 2).length - 1);
            assertThat(lost.count()).isEqualTo(2);
            assertThat(other.count()).isZero();
            assertThat(cut.count()).isOne();
        }
    }

    @Test
    void emptyFramesOfAmqp10AreLost() throws IOException {
        stack = stackOf(new Amqp10(), 1);
        byte[] empty = {0, 0, 0, 8, 2, 0, 0, 0};
        try (Fault lost = hub.loseHeartbeats(FaultScope.upstreams())) {
            sends(empty);
            assertThat(broker.heard.size()).isZero();
            assertThat(lost.count()).isOne();
        }
        sends(empty);
        assertThat(broker.heard.toByteArray()).isEqualTo(empty);
    }

    @Test
    void aConnectionIsOneOccurrenceForAsLongAsTheFaultLasts() throws IOException {
        try (Fault first = hub.silence(FaultScope.upstreams().first(1))) {
            sends(frames(0, 1));
            sends(frames(0, 1));
            assertThat(broker.heard.size()).isZero();
            assertThat(first.count()).isOne();
            TransportStack silent = stack;
            stack = stackOf(new Amqp091(), 2);
            byte[] more = frames(0, 1);
            ByteQueue ofOther = new ByteQueue(context.chunks);
            ofOther.append(ByteBuffer.wrap(more), 0, more.length);
            stack.top().write(ofOther);
            assertThat(broker.heard.toByteArray()).isEqualTo(more);
            assertThat(hub.cutUpstreams(FaultScope.upstreams(), Cut.HALF)).isZero();
            silent.top().close();
        }
    }
}
