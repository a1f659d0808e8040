package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.LatencyLink;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How often a client of AMQP 1.0 waits for the broker, counted on the way there. */
@Tag("broker")
class RoundTrips10Test {

    private EmbeddedBroker broker;
    private LatencyLink link;
    private AmqProxy proxy;

    @BeforeEach
    void start() throws Exception {
        broker = EmbeddedBroker.builder().amqp10().start();
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(broker.port());
        try (Connection connection = factory.newConnection()) {
            connection.createChannel().queueDeclare("q", false, false, false, Map.of());
        }
        link = LatencyLink.to(broker.port(), Duration.ofMillis(5));
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + link.port())
                .listen(0)
                .maxChannelAge(Duration.ofMinutes(10)) // A slow machine has the time that it needs.
                .start();
        Await.until(
                "the proxy has asked the broker what it speaks",
                () -> link.connectionsOpened() == 2 && link.openConnections() == 0);
    }

    @AfterEach
    void stop() throws Exception {
        link.resume();
        proxy.close();
        link.close();
        broker.close();
    }

    private void cycle(boolean settled) throws Exception {
        try (RawClient10 client = new RawClient10(proxy.address().getPort())) {
            client.open().beginSession(0).attach(0, 0, "s", false, "q");
            client.transfer(0, 0, 0, settled, false, RawClient10.message("m"));
            if (!settled) {
                assertThat(client.expect(CompositeType.DISPOSITION).bool(Performative.DISPOSITION_SETTLED))
                        .isTrue();
            }
            client.closeInOrder();
        }
    }

    @Test
    void theFirstClientOfAllWaitsFourTimesTheConnectionItselfIncluded() throws Exception {
        long before = link.roundTrips();
        try (RawClient10 client = new RawClient10(proxy.address().getPort())) {
            client.open();
            client.beginSession(0).attach(0, 0, "s", false, "q");
            client.transfer(0, 0, 0, false, false, RawClient10.message("m"));
            client.expect(CompositeType.DISPOSITION);

            // The connection, log-in with open, attach, the message.
            assertThat(link.roundTrips() - before).isEqualTo(4);
        }
    }

    @Test
    void aWarmClientWhoseMessageIsSettledNeedsNoRoundTrip() throws Exception {
        cycle(true);
        for (int i = 0; i < 10; i++) {
            Await.until("what was sent is handled", () -> proxy.stats().channelsIdle() == 1);
            link.stall();
            cycle(true);
            link.resume();
        }
        Await.until("all arrived", () -> broker.queueDepth("q") == 11);
    }

    @Test
    void aWarmClientThatWaitsForTheOutcomeWaitsOnce() throws Exception {
        cycle(false);
        Await.until("the session is free", () -> proxy.stats().channelsIdle() == 1);
        long before = link.roundTrips();
        cycle(false);
        // One for the outcome; another, if it is needed, for the proof that nobody waits for.
        assertThat(link.roundTrips() - before).isBetween(1L, 2L);
    }
}
