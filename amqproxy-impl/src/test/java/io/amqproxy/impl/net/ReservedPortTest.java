package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.testkit.Ports;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class ReservedPortTest {

    private static final int KNOCKS = 500;

    private final InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());

    /** Who knocks until somebody opens would take that moment for the proxy, and be refused the next time. */
    @Test
    void aPortIsTakenWithoutListeningForAMoment() throws Exception {
        CompletableFuture<Long> opened = CompletableFuture.supplyAsync(
                () -> IntStream.range(0, KNOCKS).filter(i -> listens()).count());
        while (!opened.isDone()) {
            ReservedPort.take(address).close();
        }
        assertThat(opened.get()).isZero();
    }

    @Test
    void aPortThatAnotherSocketListensOnIsNotTaken() throws Exception {
        try (ServerSocketChannel other = ServerSocketChannel.open()) {
            other.bind(address);

            assertThatThrownBy(() -> ReservedPort.take(address)).isInstanceOf(BindException.class);
        }
    }

    @Test
    void aPortThatAnotherProxyKeepsIsNotTaken() throws Exception {
        try (ReservedPort keeping = ReservedPort.take(address)) {
            assertThatThrownBy(() -> ReservedPort.take(keeping.address())).isInstanceOf(BindException.class);
        }
    }

    @Test
    void aPortThatAnotherProxyListensOnIsNotTaken() throws Exception {
        try (ReservedPort keeping = ReservedPort.take(address);
                ServerSocketChannel server = keeping.listen()) {
            assertThat(server.getLocalAddress()).isEqualTo(address);
            assertThatThrownBy(() -> ReservedPort.take(address)).isInstanceOf(BindException.class);
        }
    }

    /** What a connection leaves behind for a minute, TIME_WAIT, is no other proxy. */
    @Test
    void aPortIsTakenAgainAfterConnectionsThatTheProxyClosed() throws Exception {
        try (ReservedPort first = ReservedPort.take(address);
                ServerSocketChannel server = first.listen();
                Socket client = new Socket(address.getAddress(), address.getPort())) {
            server.configureBlocking(true);
            server.accept().close();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }

        try (ReservedPort second = ReservedPort.take(address);
                ServerSocketChannel server = second.listen()) {
            assertThat(server.isOpen()).isTrue();
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
