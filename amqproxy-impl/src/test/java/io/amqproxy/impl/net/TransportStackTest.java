package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.isNull;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;
import static org.mockito.Mockito.withSettings;

import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.fault.FaultHub;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.spi.FaultJudge;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.MockMakers;

/** What looks at octets, and what goes wrong with them on purpose, lies in nobody's way while it is not wanted. */
class TransportStackTest {

    private final EventLoop loop = new EventLoop(
            new LoopContext(new Settings.Draft(new MultiplexedPolicy()).build(1), new ProxyListener() {}), Thread::new);
    private final ScriptedPeer socket = new ScriptedPeer();
    /** A class of its own: Mockito would have all sessions of the JVM ask it first, which makes objects. */
    private final InboundSession client = mock(
            InboundSession.class, withSettings().mockMaker(MockMakers.SUBCLASS).useConstructor(loop.context()));

    private final FaultTransport.Host host = mock(FaultTransport.Host.class);
    private TransportStack stack;

    private final FaultHub hub = new FaultHub(new SingleLoop(loop, () -> stack.onFaults(true)));

    TransportStackTest() throws IOException {}

    @BeforeEach
    void connect() {
        when(client.info()).thenReturn(ClientInfo.of(1, InetSocketAddress.createUnresolved("client", 1), null, null));
        stack = new TransportStack(loop, host, socket, () -> client);
    }

    @AfterEach
    void stop() {
        loop.stop();
    }

    /** A trace that sees nothing. */
    private static final Taps TAPS = new Taps() {
        @Override
        public Tap of(Supplier<Session> session, boolean isNew) {
            return new Tap() {
                @Override
                public void received(ByteBuffer bytes, int from, int to) {}

                @Override
                public void sent(ByteBuffer bytes, int from, int to) {}
            };
        }
    };

    @Test
    void withoutATraceAndAFaultASessionHasItsSocketAndNobodyLooksAtWhatItSays() {
        assertThat(stack.top()).isSameAs(socket);
        verify(client, never()).judgedBy(any(FaultJudge.class));
    }

    @Test
    void nothingIsLeftOfATraceThatHasEnded() {
        loop.tap(TAPS);
        stack.onTaps(client.out());
        assertThat(stack.top()).isNotSameAs(socket);
        loop.tap(null);
        stack.onTaps(client.out());
        assertThat(stack.top()).isSameAs(socket);
    }

    @Test
    void nothingIsLeftOfAFaultThatWasRevoked() {
        try (Fault failed = hub.failMethods(FaultScope.all(), "basic.publish", 404, "on purpose")) {
            assertThat(stack.top()).isNotSameAs(socket);
            verify(client).judgedBy(any(FaultJudge.class));
            assertThat(failed.count()).isZero();
        }
        stack.endFaults();
        assertThat(stack.top()).isSameAs(socket);
        stack.onSession();
        verify(client, atLeastOnce()).judgedBy(isNull());
    }
}
