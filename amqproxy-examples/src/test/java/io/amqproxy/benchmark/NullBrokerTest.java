package io.amqproxy.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.benchmark.MeasuredServer.Way;
import io.amqproxy.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class NullBrokerTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private NullBroker broker;
    private MeasuredServer target;

    @BeforeEach
    void startBroker() throws IOException {
        broker = NullBroker.start();
        target = new MeasuredServer(
                Way.DIRECT, new InetSocketAddress(InetAddress.getLoopbackAddress(), broker.port()), 0);
    }

    @AfterEach
    void stopBroker() throws IOException {
        broker.close();
    }

    @ParameterizedTest
    @CsvSource({"16, 1, false", "16, 3, true", "1024, 10, false", "102400, 2, true", "0, 2, true", "300000, 2, false"})
    void everyPublishedMessageIsCounted(int size, int connections, boolean confirms) throws IOException {
        try (Work.Session session = new PublishStream(size, connections, confirms, 1).open(target, LoginScript.GUEST)) {
            session.run(1_003);
            session.run(500);
        }

        assertThat(broker.counts().messages()).isEqualTo(1_503);
    }

    @Test
    void messagesOfManyUsersAreCounted() throws IOException {
        try (Work.Session session = new PublishStream(128, 10, false, 4).open(target, LoginScript.GUEST)) {
            session.run(1_000);
        }

        NullBroker.Counts counts = broker.counts();
        assertThat(counts.messages()).isEqualTo(1_000);
        assertThat(counts.opened()).isEqualTo(10);
    }

    @Test
    void messagesInWritesOfTheirOwnAreCounted() throws IOException {
        try (Work.Session session = new SingleWrites(128, 10).open(target, LoginScript.GUEST)) {
            session.run(1_007);
        }

        assertThat(broker.counts().messages()).isEqualTo(1_007);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 128, 16_384, 300_000})
    void asMuchIsDeliveredAsWasOrdered(int size) throws IOException {
        DeliverStream work = new DeliverStream(size, 3);
        try (Work.Session session = work.open(target, LoginScript.GUEST)) {
            session.run(100);
            session.run(1_000);
        }

        assertThat(broker.counts().messages()).isZero();
    }

    @Test
    void eachConfirmIsTimed() throws IOException {
        Latencies latencies;
        try (Work.Session session = new SingleConfirms(128).open(target, LoginScript.GUEST)) {
            latencies = session.run(100);
        }

        assertThat(latencies.count()).isEqualTo(100);
        assertThat(latencies.micros(0.5)).isPositive().isLessThanOrEqualTo(latencies.micros(1));
    }

    @ParameterizedTest
    @CsvSource({"1, false", "20, true"})
    void shortConnectionsLeaveNothingBehind(int atOnce, boolean confirms) throws IOException {
        Latencies latencies;
        try (Work.Session session = new ShortConnections(atOnce, confirms, 1).open(target, LoginScript.GUEST)) {
            latencies = session.run(200);
        }

        assertThat(latencies.count()).isEqualTo(200);
        Await.until("connections closed", LIMIT, () -> broker.counts().equals(new NullBroker.Counts(200, 200, 0)));
    }

    @Test
    void idleConnectionsStayOpenUntilTheyAreClosed() throws IOException {
        Script script = Script.openingWithMessage(LoginScript.GUEST);
        try (IdleConnections idle = IdleConnections.open(target, 120, index -> script)) {
            assertThat(idle.count()).isEqualTo(120);
            assertThat(broker.counts()).isEqualTo(new NullBroker.Counts(120, 120, 120));
        }

        Await.until("connections closed", LIMIT, () -> broker.counts().open() == 0);
    }

    @Test
    void aChannelThatAsksForConfirmsLaterCountsFromOne() throws IOException {
        try (Clients clients = Clients.open(target, index -> LoginScript.GUEST, 1, false)) {
            AmqpClient client = clients.all().get(0);
            client.call(publish(), Amqp.QUEUE_DECLARE_OK);
            client.call(Requests.confirmSelect(scratch(), AmqpClient.CHANNEL), Amqp.CONFIRM_SELECT_OK);
            client.call(scratch().publish(AmqpClient.CHANNEL, "q", 10), Amqp.BASIC_ACK);

            assertThat(client.confirmed()).isEqualTo(1);
        }
    }

    private static FrameBuilder publish() {
        return Requests.queueDeclare(scratch().publish(AmqpClient.CHANNEL, "q", 10), AmqpClient.CHANNEL);
    }

    private static FrameBuilder scratch() {
        return new FrameBuilder(ByteBuffer.allocate(1024));
    }
}
