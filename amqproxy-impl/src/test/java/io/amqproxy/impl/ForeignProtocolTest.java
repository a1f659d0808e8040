package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.testkit.Ports;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that come to the wrong port, or to a listener with the wrong settings, are named by what they speak. */
class ForeignProtocolTest {

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private AmqProxy proxy;

    @BeforeEach
    void start() {
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + Ports.free())
                .listen(0)
                .listener(new ProxyListener() {
                    @Override
                    public void foreignProtocol(ClientInfo client, String protocol) {
                        told.add(protocol);
                    }

                    @Override
                    public void clientDisconnected(ClientInfo client, CloseReason reason) {
                        told.add(reason.text());
                    }
                })
                .start();
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    static Stream<Arguments> strangers() {
        return Stream.of(
                Arguments.of("TLS", "\26\3\1\2\0\1\0\1"),
                Arguments.of("PROXY", "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"),
                Arguments.of("PROXY", "\r\n\r\n\0\r\nQUIT\n\41\21"),
                Arguments.of("HTTP", "GET / HTTP/1.1\r\n"),
                Arguments.of("HTTP", "PRI * HTTP/2.0\r\n"),
                Arguments.of("MQTT", "\20\20\0\4MQTT"),
                Arguments.of("STOMP", "CONNECT\naccept-version:1.2\n"),
                Arguments.of("another AMQP", "AMQP\1\1\10\0"),
                Arguments.of("unknown", "SSH-2.0-OpenSSH\r\n"));
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void whoComesToTheWrongPortIsNamed(String protocol, String octets) throws Exception {
        try (RawClient client = new RawClient(proxy.address().getPort())) {
            client.write(octets.getBytes(ISO_8859_1));

            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo(protocol);
            assertThat(told.poll(30, TimeUnit.SECONDS)).endsWith("what came is: " + protocol);
        }
    }
}
