package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Cause;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.LimitInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.testkit.LogLines;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class OperatorLogTest {

    private static final CloseReason REFUSED = CloseReason.of(Initiator.BROKER, Cause.REFUSED, 403, "ACCESS_REFUSED");
    private static final CloseReason LOST = CloseReason.of(Initiator.NETWORK, Cause.LOST, 0, "Connection reset");

    private final LogLines lines = LogLines.ofThisThread();
    private final ClientInfo client =
            ClientInfo.of(7, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1234), "guest", null);
    private final UpstreamInfo upstream = UpstreamInfo.of(3, "broker:5672", "guest", "/");
    private long now;
    private final OperatorLog log = new OperatorLog(() -> now);

    @BeforeEach
    void listen() {
        lines.start();
        logger().setLevel(Level.INFO);
        logger().addAppender(lines);
    }

    @AfterEach
    void stop() {
        logger().detachAppender(lines);
        logger().setLevel(null);
    }

    @Test
    void aFloodOfRefusalsIsOneLineInTenSecondsWithTheirNumber() {
        for (int i = 0; i < 1000; i++) {
            log.clientRefused(client, REFUSED);
        }
        now = Duration.ofSeconds(10).toNanos();
        log.clientRefused(client, REFUSED);

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 at 127.0.0.1:1234, user guest refused by the broker: 403 ACCESS_REFUSED",
                        "Client 7 at 127.0.0.1:1234, user guest refused by the broker: 403 ACCESS_REFUSED"
                                + " (1000 since the last line like this)");
        assertThat(lines.list.get(1).getKeyValuePairs())
                .extracting(pair -> pair.key + "=" + pair.value)
                .contains("event=client_refused", "client=7", "user=guest", "code=403", "count=1000");
    }

    /** Whoever reads the log knows how many there were, also where none follows. */
    @Test
    void whatCameSinceTheLastLineIsToldWhenItIsOver() {
        log.clientRefused(client, REFUSED);
        log.clientRefused(client, REFUSED);
        log.clientRefused(ClientInfo.of(8, client.address(), "guest", null), REFUSED);
        now = Duration.ofSeconds(9).toNanos();
        log.tellRest();
        assertThat(lines.list).hasSize(1);

        now = Duration.ofSeconds(10).toNanos();
        log.tellRest();
        log.tellRest();

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 at 127.0.0.1:1234, user guest refused by the broker: 403 ACCESS_REFUSED",
                        "Client 8 at 127.0.0.1:1234, user guest refused by the broker: 403 ACCESS_REFUSED"
                                + " (2 since the last line like this)");
        now = Duration.ofMinutes(5).toNanos();
        log.tellRest();
        assertThat(lines.list).hasSize(2);
    }

    @Test
    void whoKeepsOthersWaitingOrIsKeptApartIsTold() {
        log.clientBehind(client, "others on its connection to the broker wait for it");
        log.clientKeptApart(client, "it read nothing while others waited for it");
        log.loginsBlocked(client, Duration.ofSeconds(1));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 at 127.0.0.1:1234, user guest reads too slowly: others on its connection to the"
                                + " broker wait for it",
                        "Client 7 at 127.0.0.1:1234, user guest is kept apart from others for 10 minutes: it read"
                                + " nothing while others waited for it",
                        "Client 7 at 127.0.0.1:1234, user guest: its log-ins are refused for 1000 ms, as too many have"
                                + " failed (failed-logins)");
    }

    /** One code stands for many causes; numbers in its text make no other one. */
    @Test
    void eachCauseOfACodeIsTold() {
        ClientInfo open = client.in("guest", "/");
        for (String text :
                List.of("no channel was free, 1 waits", "no channel was free, 23 waits", "missed heartbeats")) {
            log.clientDisconnected(open, CloseReason.of(Initiator.PROXY, Cause.FORCED, 320, text));
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 at 127.0.0.1:1234, user guest, vhost / closed by the proxy: 320 no channel was free,"
                                + " 1 waits",
                        "Client 7 at 127.0.0.1:1234, user guest, vhost / closed by the proxy: 320 missed heartbeats");
    }

    @Test
    void eachUserThatIsRefusedIsNamed() {
        for (String user : List.of("alice", "bob", "carol", "alice")) {
            log.clientRefused(ClientInfo.of(7, client.address(), user, null), REFUSED);
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 at 127.0.0.1:1234, user alice refused by the broker: 403 ACCESS_REFUSED",
                        "Client 7 at 127.0.0.1:1234, user bob refused by the broker: 403 ACCESS_REFUSED",
                        "Client 7 at 127.0.0.1:1234, user carol refused by the broker: 403 ACCESS_REFUSED");
    }

    @Test
    void aFloodOfNamesIsBoundedAndKeepsNobodyFromBeingNamedForLong() {
        for (int i = 0; i < 10_000; i++) {
            log.clientRefused(ClientInfo.of(i, client.address(), "user" + i, null), REFUSED);
        }
        assertThat(lines.list).hasSize(OperatorLog.MOST_NAMED + 1);
        lines.list.clear();
        now = Duration.ofSeconds(10).toNanos();

        log.clientRefused(client.introducedAs("orders\n", "PHP"), REFUSED);

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("Client 7 at 127.0.0.1:1234, user guest, name orders? refused by the broker: 403"
                        + " ACCESS_REFUSED");
        assertThat(lines.list.get(0).getKeyValuePairs())
                .extracting(pair -> pair.key + "=" + pair.value)
                .contains("product=PHP", "cause=REFUSED", "initiator=BROKER");
    }

    /** What is told together is of one sort: messages are not counted with clients. */
    @Test
    void aFloodOfNamesOfOneSortIsNotCountedWithAnother() {
        for (int i = 0; i < 10_000; i++) {
            log.clientRefused(ClientInfo.of(i, client.address(), "user" + i, null), REFUSED);
        }
        lines.list.clear();

        log.publishesLost(upstream, 5);
        log.upstreamClosed(upstream, LOST);
        log.clientSlowed(client, Duration.ofMillis(70));
        log.clientDisconnected(
                client.in("guest", "/"), CloseReason.of(Initiator.PROXY, Cause.FORCED, 320, "waited 10 s"));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Up to 5 message(s) without confirms were lost with connection 3 to broker:5672 (user guest,"
                                + " vhost /)",
                        "The connection 3 to broker:5672 (user guest, vhost /) was lost: Connection reset",
                        "Client 7 at 127.0.0.1:1234, user guest is not read for 70 ms: its user has sent more than it"
                                + " may in a second (messages-per-second, bytes-per-second)",
                        "Client 7 at 127.0.0.1:1234, user guest, vhost / closed by the proxy: 320 waited 10 s");
    }

    @Test
    void whoComesAndGoesIsToldWithTheirAddressesAtTheLevelDebug() {
        logger().setLevel(Level.DEBUG);
        try {
            log.clientConnected(client);
            log.clientAuthenticated(client.in("guest", "/"));
            log.clientDisconnected(client.in("guest", "/"), LOST);
        } finally {
            logger().setLevel(null);
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 connected from 127.0.0.1:1234",
                        "Client 7 at 127.0.0.1:1234, user guest, vhost / opened its connection",
                        "Client 7 at 127.0.0.1:1234, user guest, vhost / left: Connection reset (NETWORK)");
    }

    @Test
    void whomTheProxyClosesOrSlowsDownIsTold() {
        ClientInfo open = ClientInfo.of(8, client.address(), "guest", "/");
        log.clientDisconnected(open, CloseReason.of(Initiator.PROXY, Cause.FORCED, 320, "waited 10 s for a channel"));
        log.clientDisconnected(open, CloseReason.of(Initiator.CLIENT, Cause.ORDERLY, 200, "bye"));
        log.clientDisconnected(
                ClientInfo.of(9, client.address(), null, null),
                CloseReason.of(Initiator.PROXY, Cause.OFFENCE, 501, "not AMQP"));
        log.clientSlowed(open, Duration.ofMillis(70));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 8 at 127.0.0.1:1234, user guest, vhost / closed by the proxy: 320 waited 10 s for a"
                                + " channel",
                        "Client 9 at 127.0.0.1:1234 closed before log-in by the proxy: 501 not AMQP",
                        "Client 8 at 127.0.0.1:1234, user guest, vhost / is not read for 70 ms:"
                                + " its user has sent more than it may in a second"
                                + " (messages-per-second, bytes-per-second)");
    }

    /** All that was waited counts, also that of which there was no line. */
    @Test
    void aUserThatIsSlowedOverAndOverIsToldOfWithTheSum() {
        for (int i = 0; i < 100; i++) {
            log.clientSlowed(client, Duration.ofMillis(70));
        }
        now = Duration.ofMillis(9_990).toNanos();
        log.clientSlowed(client, Duration.ofMillis(50));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 at 127.0.0.1:1234, user guest is not read for 70 ms: its user has sent more than it"
                                + " may in a second (messages-per-second, bytes-per-second)",
                        "Client 7 at 127.0.0.1:1234, user guest is not read for 6980 ms, with others of its user since"
                                + " the last line like this: its user has sent more than it may in a second"
                                + " (messages-per-second, bytes-per-second)");
        assertThat(lines.list.get(1).getKeyValuePairs())
                .extracting(pair -> pair.key + "=" + pair.value)
                .contains("event=client_slowed", "milliseconds=6980");
    }

    /** Whoever is refused is closed as well, which is no news. */
    @Test
    void aRefusedClientIsOneLine() {
        ClientInfo stranger = ClientInfo.of(9, client.address(), null, null);
        CloseReason full = CloseReason.of(Initiator.PROXY, Cause.LIMIT, 506, "RESOURCE_ERROR - too many clients");
        log.clientRefused(stranger, full);
        log.clientDisconnected(stranger, full);
        log.clientRefused(client, REFUSED);
        log.clientDisconnected(client, REFUSED);

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 9 at 127.0.0.1:1234 refused by the proxy: 506 RESOURCE_ERROR - too many clients",
                        "Client 7 at 127.0.0.1:1234, user guest refused by the broker: 403 ACCESS_REFUSED");
    }

    /** It knows who it is and has asked for nothing yet. */
    @Test
    void aClientThatIsClosedBetweenLogInAndVhostIsTold() {
        log.clientDisconnected(client, CloseReason.of(Initiator.PROXY, Cause.FORCED, 320, "handshake timeout"));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("Client 7 at 127.0.0.1:1234, user guest closed before its connection was open by the"
                        + " proxy: 320 handshake timeout");
    }

    @Test
    void publishersThatAreHeldBackAreTold() {
        log.publishersHeldBack(upstream, "the broker says: low on memory");
        log.publishersReleased(upstream, Duration.ofMillis(1200));
        log.publishersHeldBack(upstream, "the broker says: low on memory");

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Publishers on connection 3 to broker:5672 (user guest, vhost /) are held back: the broker"
                                + " says: low on memory",
                        "Publishers on connection 3 to broker:5672 (user guest, vhost /) go on after 1200 ms");
    }

    @Test
    void eachProtocolThatComesToTheWrongPortIsNamed() {
        for (String protocol : List.of("TLS", "PROXY", "TLS")) {
            ClientInfo stranger = ClientInfo.of(7, client.address(), null, null).speaking("AMQP 1.0");
            log.foreignProtocol(stranger, protocol);
            log.clientDisconnected(stranger, CloseReason.of(Initiator.PROXY, Cause.OFFENCE, 501, "not AMQP"));
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 at 127.0.0.1:1234 does not speak what this port does, but: TLS",
                        "Client 7 at 127.0.0.1:1234 does not speak what this port does, but: PROXY");
        assertThat(lines.list.get(0).getKeyValuePairs())
                .filteredOn(pair -> pair.key.equals("protocol"))
                .extracting(pair -> pair.value)
                .containsExactly("TLS");
    }

    @Test
    void aLostConnectionIsTold() {
        log.upstreamClosed(upstream, LOST);
        log.publishesLost(upstream, 2);

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "The connection 3 to broker:5672 (user guest, vhost /) was lost: Connection reset",
                        "Up to 2 message(s) without confirms were lost with connection 3 to broker:5672 (user guest,"
                                + " vhost /)");
    }

    @Test
    void messagesThatAreLostOverAndOverAreAddedUpForEachUser() {
        for (int i = 0; i < 100; i++) {
            log.publishesLost(upstream, 2);
        }
        now = Duration.ofSeconds(10).toNanos();
        log.publishesLost(upstream, 5);

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Up to 2 message(s) without confirms were lost with connection 3 to broker:5672 (user guest,"
                                + " vhost /)",
                        "Up to 203 message(s) without confirms were lost with connection 3 to broker:5672 (user guest,"
                                + " vhost /)"
                                + " and others since the last line like this");
    }

    @Test
    void aLimitThatIsReachedIsToldForEachUser() {
        LimitInfo seven = LimitInfo.of("maxConnections", "client 7 waits for a channel");
        log.limitReached(seven.in("alice", "/").about(client));
        log.limitReached(
                LimitInfo.of("maxConnections", "client 8 waits for a channel").in("alice", "/"));
        log.limitReached(
                LimitInfo.of("maxConnections", "client 9 waits for a channel").in("bob", "/"));
        log.limitReached(
                LimitInfo.of("brokerConnections", "no more").in("bob", "/").through("billing"));
        log.limitReached(LimitInfo.of("newClientsPerSecond", "clients wait to be accepted"));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "The limit maxConnections is reached: client 7 waits for a channel",
                        "The limit maxConnections is reached: client 9 waits for a channel",
                        "The limit brokerConnections is reached: no more (route billing)",
                        "The limit newClientsPerSecond is reached: clients wait to be accepted");
    }

    @Test
    void aLimitIsToldWithTheFieldsOfTheClientThatHasMetIt() {
        log.limitReached(LimitInfo.of("maxConnections", "client 7 waits for a channel")
                .in("broker-user", "/")
                .through("billing")
                .about(client.introducedAs("orders", "PHP")));

        assertThat(lines.list.get(0).getKeyValuePairs().stream().map(pair -> pair.key + '=' + pair.value))
                .contains(
                        "event=limit_reached",
                        "limit=maxConnections",
                        "user=broker-user",
                        "vhost=/",
                        "route=billing",
                        "client=7",
                        "address=127.0.0.1:1234",
                        "name=orders",
                        "product=PHP")
                .doesNotHaveDuplicates();
    }

    /** Who looks at the broker's log for it finds nothing there. */
    @Test
    void whatTheProxyRefusesByItselfIsToldAsThat() {
        log.clientRefused(client, CloseReason.of(Initiator.PROXY, Cause.REFUSED, 403, "ACCESS_REFUSED"));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("Client 7 at 127.0.0.1:1234, user guest refused by the proxy: 403 ACCESS_REFUSED");
    }

    @Test
    void aUsersTroubleInTwoVhostsIsTwoLines() {
        for (String vhost : List.of("a", "b", "a")) {
            log.clientRefused(
                    ClientInfo.of(7, client.address(), "guest", vhost),
                    CloseReason.of(Initiator.BROKER, Cause.REFUSED, 530, "NOT_ALLOWED"));
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "Client 7 at 127.0.0.1:1234, user guest, vhost a refused by the broker: 530 NOT_ALLOWED",
                        "Client 7 at 127.0.0.1:1234, user guest, vhost b refused by the broker: 530 NOT_ALLOWED");
    }

    @Test
    void aConnectionThatTheProxyClosedIsNotWorthALine() {
        log.upstreamClosed(upstream, CloseReason.of(Initiator.PROXY, Cause.ORDERLY, 200, "idle"));

        assertThat(lines.list).isEmpty();
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(OperatorLog.class);
    }
}
