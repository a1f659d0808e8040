package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.SetupException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HttpServerTest {

    @Test
    void anUnknownHostIsTold() {
        assertUnusable(
                InetSocketAddress.createUnresolved("nobody.invalid", 80), "nobody.invalid:80 for HTTP: unknown host");
    }

    @Test
    void anAddressInUseIsTold() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertUnusable(
                    new InetSocketAddress(taken.getInetAddress(), port),
                    ":" + port + " for HTTP: Address already in use");
        }
    }

    private static void assertUnusable(InetSocketAddress address, String end) {
        assertThatThrownBy(() -> new HttpServer(address, Map.of(), new ReserveDescriptors(0)).close())
                .isInstanceOfSatisfying(
                        SetupException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(SetupException.Kind.ADDRESS))
                .hasMessageStartingWith("cannot listen on ")
                .hasMessageEndingWith(end);
    }
}
