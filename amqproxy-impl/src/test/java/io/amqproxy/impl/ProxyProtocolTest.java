package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.TlsClients;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients behind a load balancer that says where they come from. */
@Timeout(300)
@Tag("broker")
class ProxyProtocolTest {

    private static final byte[] V1 = "PROXY TCP4 192.0.2.7 192.0.2.1 40000 5672\r\n".getBytes(ISO_8859_1);
    private static final byte[] V2 = HexFormat.of()
            .parseHex("0d0a0d0a000d0a515549540a" + "2111000f" + "c0000208c0000201" + "9c401628" + "040000");
    private static final byte[] LOCAL = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "20000000");

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private final Refused refused = new Refused();

    @Test
    void theAnnouncedAddressIsTheClients() throws Exception {
        try (AmqProxy proxy = start("127.0.0.0/8");
                RawClient one = introduced(proxy, V1);
                RawClient other = introduced(proxy, V2);
                RawClient balancer = introduced(proxy, LOCAL)) {
            one.publishConfirmed("q");
            other.publishConfirmed("q");
            balancer.publishConfirmed("q");

            assertThat(proxy.clients())
                    .extracting(client -> client.address().getAddress().getHostAddress())
                    .containsExactlyInAnyOrder("192.0.2.7", "192.0.2.8", "127.0.0.1");
        }
    }

    @Test
    void limitsTakeTheAnnouncedAddress() throws Exception {
        try (AmqProxy proxy = builder("127.0.0.1")
                        .limits(limits -> limits.clientsPerAddress(1).denyAddresses(CidrSet.of("192.0.2.9")))
                        .start();
                RawClient one = introduced(proxy, V1);
                RawClient other = introduced(proxy, V2);
                RawClient second = new RawClient(port(proxy));
                RawClient denied = new RawClient(port(proxy))) {
            second.write(V1);
            denied.write("PROXY TCP4 192.0.2.9 192.0.2.1 1 2\r\n".getBytes(ISO_8859_1));

            assertThat(second.isCutOff()).isTrue();
            assertThat(denied.isCutOff()).isTrue();
            assertThat(refused.reasons(2))
                    .contains(
                            "RESOURCE_ERROR - too many clients of one address (clientsPerAddress = 1)",
                            "ACCESS_REFUSED - clients of this address are not served");
            one.publishConfirmed("q");
            other.publishConfirmed("q");
        }
    }

    @Test
    void onlyTrustedLoadBalancersAreBelieved() throws Exception {
        try (AmqProxy proxy = start("127.0.0.8");
                RawClient liar = new RawClient(port(proxy), "127.0.0.9")) {
            assertThat(liar.isCutOff()).isTrue();
            assertThat(refused.reasons(1)).containsExactly("ACCESS_REFUSED - not a trusted load balancer");
        }
    }

    @Test
    void aConnectionWithoutAHeaderIsRefused() throws Exception {
        try (AmqProxy proxy = start("127.0.0.1");
                RawClient direct = new RawClient(port(proxy))) {
            direct.write("AMQP\0\0\11\1".getBytes(ISO_8859_1));

            assertThat(direct.isCutOff()).isTrue();
            assertThat(refused.reasons(1)).containsExactly("ACCESS_REFUSED - no header of the PROXY protocol");
            Await.until("its place is free", () -> proxy.stats().clients() == 0);
        }
    }

    @Test
    void aHeaderThatDoesNotEndIsNotWaitedForLongerThanAHandshake() throws Exception {
        AmqProxy.Builder builder = builder("127.0.0.1");
        try (AmqProxy proxy = builder.start();
                RawClient good = introduced(proxy, V1)) {
            proxy.reload(builder.handshakeTimeout(Duration.ofMillis(300)));
            try (RawClient slow = new RawClient(port(proxy))) {
                slow.write("PROXY TCP4 192.0.2.7".getBytes(ISO_8859_1));

                assertThat(slow.isCutOff()).isTrue();
            }
            assertThat(refused.reasons(1)).containsExactly("ACCESS_REFUSED - no header of the PROXY protocol in time");
            good.publishConfirmed("q");
            Await.until("its place is free", () -> proxy.stats().clients() == 1);
        }
    }

    @Test
    void aHeaderMayComeByteByByteWithAllThatFollowsAtOnce() throws Exception {
        try (AmqProxy proxy = start("127.0.0.1");
                RawClient client = new RawClient(port(proxy))) {
            for (byte octet : V2) {
                client.write(octet);
            }
            client.logIn("guest", "guest", "/").publishConfirmed("q");
        }
    }

    @Test
    void theHeaderComesBeforeTls(@TempDir Path directory) throws Exception {
        Authority authority = Authority.named("test authority");
        Authority.Issued own = authority.issue("proxy", "127.0.0.1");
        Path certificate = own.writeCertificate(directory.resolve("proxy.pem"));
        Path key = own.writeKey(directory.resolve("proxy.key"));
        SSLContext context = TlsClients.context(authority, null);
        try (AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listenTls(
                                "127.0.0.1",
                                0,
                                tls -> tls.certificate(certificate, key).proxyProtocolFrom(CidrSet.of("127.0.0.1")))
                        .start();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(proxy))) {
            socket.getOutputStream().write(V2);
            try (RawClient client =
                    new RawClient(context.getSocketFactory().createSocket(socket, "127.0.0.1", port(proxy), true))) {
                client.logIn("guest", "guest", "/").publishConfirmed("q");
                assertThat(proxy.clients())
                        .singleElement()
                        .satisfies(info -> assertThat(info.address().getPort()).isEqualTo(40_000));
            }
        }
    }

    private AmqProxy start(String trusted) {
        return builder(trusted).start();
    }

    private AmqProxy.Builder builder(String trusted) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen("127.0.0.1", 0, options -> options.proxyProtocolFrom(CidrSet.of(trusted)))
                .listener(refused);
    }

    private static RawClient introduced(AmqProxy proxy, byte[] header) throws Exception {
        RawClient client = new RawClient(port(proxy));
        client.write(header);
        return client.logIn("guest", "guest", "/");
    }

    private static int port(AmqProxy proxy) {
        return proxy.address().getPort();
    }
}
