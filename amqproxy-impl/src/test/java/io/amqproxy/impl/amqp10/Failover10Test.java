package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.EndpointStats;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Broker10;
import io.amqproxy.testkit.LatencyLink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Endpoints that fail and come back, a reload, a drain, over sockets and with clients of AMQP 1.0. */
@Tag("broker")
class Failover10Test {

    private static final String QUEUE = "failover10";
    private static Broker10 broker;
    private LatencyLink first;
    private LatencyLink second;

    @BeforeAll
    static void start() throws Exception {
        broker = Broker10.Kind.BROKER_J.start();
        broker.createQueue(QUEUE);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void link() {
        first = LatencyLink.to(broker.port(), Duration.ZERO);
        second = LatencyLink.to(broker.port(), Duration.ZERO);
    }

    @AfterEach
    void unlink() {
        first.close();
        second.close();
    }

    private static String uri(LatencyLink link) {
        return "amqp://127.0.0.1:" + link.port();
    }

    private AmqProxy.Builder builder() {
        return AmqProxy.builder().upstream(uri(first), uri(second)).listen("127.0.0.1", 0);
    }

    private static AmqProxy started(AmqProxy.Builder builder) {
        AmqProxy proxy = builder.start();
        Await.until(
                "all endpoints are reachable",
                () -> proxy.stats().endpoints().stream().allMatch(EndpointStats::reachable));
        return proxy;
    }

    private static int upstreams(AmqProxy proxy, LatencyLink link) {
        return proxy.stats().endpoints().stream()
                .filter(one -> one.endpoint().endsWith(":" + link.port()))
                .mapToInt(EndpointStats::upstreams)
                .sum();
    }

    private static RawClient10 connect(AmqProxy proxy) throws IOException, AmqpError {
        return new RawClient10(proxy.address().getPort()).open();
    }

    /** A session on which a message is sent and accepted, and which ends. */
    private static void ask(RawClient10 client) throws IOException, AmqpError {
        attach(client);
        client.transfer(0, 0, 0, false, false, RawClient10.message("m"));
        client.expect(CompositeType.DISPOSITION);
        client.send(client.begin(0, CompositeType.END));
        client.expect(CompositeType.END);
    }

    private static void attach(RawClient10 client) throws IOException, AmqpError {
        client.beginSession(0);
        client.attach(0, 0, "link", false, QUEUE);
    }

    private static String closed(RawClient10 client) throws IOException, AmqpError {
        return String.valueOf(client.expect(CompositeType.CLOSE).error(Performative.CLOSE_ERROR));
    }

    @Test
    void whoHasNoLinkIsMovedToTheOtherEndpointAndWhoHasOneIsTold() throws Exception {
        try (AmqProxy proxy = started(builder());
                RawClient10 idle = connect(proxy);
                RawClient10 linked = connect(proxy)) {
            ask(idle);
            attach(linked);
            assertThat(upstreams(proxy, first)).isPositive();

            first.stopAccepting();
            first.cut();
            assertThat(closed(linked)).isEqualTo("amqp:connection:forced");
            ask(idle);
            assertThat(upstreams(proxy, second)).isPositive();
            try (RawClient10 again = connect(proxy)) {
                ask(again);
                again.closeInOrder();
            }
            idle.closeInOrder();
        }
    }

    @Test
    void inAnOutageWhoWaitsIsToldAndLaterOnesAreServed() throws Exception {
        AmqProxy.Builder settings = builder();
        try (AmqProxy proxy = started(settings);
                RawClient10 waiting = connect(proxy)) {
            ask(waiting);
            proxy.reload(settings.acquireTimeout(Duration.ofSeconds(2)));
            for (LatencyLink link : List.of(first, second)) {
                link.stopAccepting();
                link.cut();
            }
            waiting.beginSession(0);
            waiting.send(waiting.begin(0, CompositeType.ATTACH)
                    .string("link")
                    .uint(0)
                    .bool(false)
                    .none()
                    .none()
                    .terminus(RawClient10.SOURCE, QUEUE)
                    .terminus(RawClient10.TARGET, QUEUE)
                    .none()
                    .none()
                    .uint(0));
            assertThat(closed(waiting)).isEqualTo("amqp:connection:forced");

            proxy.reload(settings.acquireTimeout(Duration.ofMinutes(2))); // The broker may take its time again.
            second.startAccepting();
            Await.until("clients are accepted", () -> {
                try (RawClient10 client = connect(proxy)) {
                    ask(client);
                    return true;
                } catch (IOException | AmqpError refused) {
                    return false;
                }
            });
            assertThat(upstreams(proxy, second)).isPositive();
        }
    }

    @Test
    void aReloadLeavesLinksWhereTheyAreUntilTheirSessionsEnd() throws Exception {
        AmqProxy.Builder builder = builder();
        try (AmqProxy proxy = started(builder);
                RawClient10 client = connect(proxy)) {
            attach(client);
            proxy.reload(builder.upstream(uri(second)));
            client.transfer(0, 0, 0, false, false, RawClient10.message("m"));
            client.expect(CompositeType.DISPOSITION);
            client.send(client.begin(0, CompositeType.END));
            client.expect(CompositeType.END);
            ask(client);
            assertThat(upstreams(proxy, second)).isEqualTo(1);
            Await.until("the old endpoint is left", () -> first.openConnections() == 0);
            client.closeInOrder();
        }
    }

    @Test
    void aDrainTellsThoseWhoStay() throws Exception {
        AmqProxy proxy = started(builder());
        try (RawClient10 idle = connect(proxy);
                RawClient10 linked = connect(proxy)) {
            attach(linked);
            CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> proxy.drain(Duration.ZERO));
            assertThat(closed(linked)).isEqualTo("amqp:connection:forced");
            assertThat(closed(idle)).isEqualTo("amqp:connection:forced");
            linked.send(linked.begin(0, CompositeType.CLOSE));
            idle.send(idle.begin(0, CompositeType.CLOSE));
            assertThat(drained.get(60, TimeUnit.SECONDS)).isFalse();
        } finally {
            proxy.close();
        }
    }

    @Test
    void aDrainWaitsForThoseWhoGo() throws Exception {
        AmqProxy proxy = started(builder());
        try (RawClient10 client = connect(proxy)) {
            attach(client);
            CompletableFuture<Boolean> drained =
                    CompletableFuture.supplyAsync(() -> proxy.drain(Duration.ofSeconds(60)));
            client.transfer(0, 0, 0, false, false, RawClient10.message("m"));
            client.expect(CompositeType.DISPOSITION);
            client.closeInOrder();
            assertThat(drained.get(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            proxy.close();
        }
    }
}
