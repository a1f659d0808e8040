package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.ClientLimits;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who may connect at all: addresses, how many clients each has, and how fast they come. */
@Tag("broker")
class ConnectionLimitsTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    /** What those who wait for others may take on a slow machine. */
    private static final Duration SLOW = Duration.ofMinutes(2);

    private final Refused refused = new Refused();

    @Test
    void oneAddressHasItsShareOfClientsAndOthersHaveTheirs() throws Exception {
        try (AmqProxy proxy = start(limits -> limits.clientsPerAddress(2));
                RawClient first = client(proxy, "127.0.0.1");
                RawClient second = client(proxy, "127.0.0.1");
                RawClient tooMany = new RawClient(port(proxy), "127.0.0.1");
                RawClient elsewhere = client(proxy, "127.0.0.2")) {
            assertThat(tooMany.isCutOff()).isTrue();
            assertThat(refused.reasons(1))
                    .containsExactly("RESOURCE_ERROR - too many clients of one address (clientsPerAddress = 2)");
            second.kill();
            Await.until("one has left", () -> proxy.stats().clients() == 2);

            try (RawClient next = client(proxy, "127.0.0.1")) {
                next.publishConfirmed("q");
            }
            first.publishConfirmed("q");
            elsewhere.publishConfirmed("q");
        }
    }

    @Test
    void oneAddressMayHaveAllClientsAndWhoHasNotLoggedInMakesRoom() throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listen(0)
                        .maxClients(3)
                        .handshakeTimeout(SLOW)
                        .listener(refused)
                        .start();
                RawClient silent = new RawClient(port(proxy));
                RawClient first = client(proxy, "127.0.0.1");
                RawClient second = client(proxy, "127.0.0.1");
                RawClient third = client(proxy, "127.0.0.1");
                RawClient fourth = new RawClient(port(proxy))) {
            assertThat(silent.isCutOff()).isTrue();
            assertThat(fourth.isCutOff()).isTrue();
            assertThat(refused.reasons(2))
                    .containsExactly(
                            "RESOURCE_ERROR - too many clients that have not logged in (maxClients = 3)",
                            "RESOURCE_ERROR - too many clients (maxClients = 3)");
            first.publishConfirmed("q");
            second.publishConfirmed("q");
            third.publishConfirmed("q");
        }
    }

    @Test
    void oneAddressThatComesTooFastIsShedAndOthersAreNot() throws Exception {
        try (AmqProxy proxy = start(limits -> limits.newClientsPerSecondAndAddress(1))) {
            int served = 0;
            for (int i = 0; i < 10; i++) {
                try (RawClient client = new RawClient(port(proxy), "127.0.0.3")) {
                    client.write("AMQP\0\0\11\1".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
                    served += client.isCutOff() ? 0 : 1;
                } catch (java.net.SocketException reset) {
                    // Not served either.
                }
            }
            assertThat(served).isBetween(1, 9);
            assertThat(refused.reasons(1))
                    .contains("RESOURCE_ERROR - too many new clients of one address"
                            + " (newClientsPerSecondAndAddress = 1)");
            client(proxy, "127.0.0.4").close();
        }
    }

    @Test
    void clientsThatComeTooFastInAllWaitAndAreServed() throws Exception {
        try (AmqProxy proxy = start(limits -> limits.newClientsPerSecond(50))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                clients.add(new RawClient(port(proxy)));
            }
            for (RawClient client : clients) {
                client.logIn("guest", "guest", "/").close();
            }
            assertThat(refused.clients()).isEmpty();
        }
    }

    @Test
    void onlyAllowedAddressesAreServedAndNoDeniedOne() throws Exception {
        try (AmqProxy proxy = start(
                limits -> limits.allowAddresses(CidrSet.of("127.0.1.0/24")).denyAddresses(CidrSet.of("127.0.1.7")))) {
            try (RawClient stranger = new RawClient(port(proxy), "127.0.0.1");
                    RawClient denied = new RawClient(port(proxy), "127.0.1.7");
                    RawClient good = client(proxy, "127.0.1.8")) {
                assertThat(stranger.isCutOff()).isTrue();
                assertThat(denied.isCutOff()).isTrue();
                good.publishConfirmed("q");
            }
            assertThat(refused.reasons(2))
                    .containsOnly("ACCESS_REFUSED - clients of this address are not served")
                    .hasSize(2);
        }
    }

    @Test
    void whatMakesNoSenseIsRefusedAtOnce() {
        AmqProxy.Builder builder = AmqProxy.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.limits(limits -> limits.clientsPerAddress(0)))
                .withMessage("clientsPerAddress has to be at least 1: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.limits(limits -> limits.allowAddresses(CidrSet.of("example.org"))))
                .withMessageContaining("not a network");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> builder.listen("127.0.0.1", 0, options -> options.proxyProtocolFrom(CidrSet.of("10/8"))));
    }

    private AmqProxy start(Consumer<ClientLimits> limits) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .handshakeTimeout(SLOW)
                .limits(limits)
                .listener(refused)
                .start();
    }

    private static RawClient client(AmqProxy proxy, String from) throws Exception {
        return new RawClient(port(proxy), from).logIn("guest", "guest", "/");
    }

    private static int port(AmqProxy proxy) {
        return proxy.address().getPort();
    }
}
