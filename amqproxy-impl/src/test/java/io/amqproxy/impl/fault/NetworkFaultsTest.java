package io.amqproxy.impl.fault;

import static io.amqproxy.trace.TraceMatcher.published;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MissedHeartbeatException;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.TraceFilter;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault of the network does to a real client what it says, and all goes on after it. */
@Tag("broker")
@Timeout(300)
@SuppressWarnings("try") // a fault is there to be closed
class NetworkFaultsTest extends FaultyProxy {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    NetworkFaultsTest() {
        super(broker);
    }

    private Throwable end(Connection connection) throws Exception {
        CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
        connection.addShutdownListener(end::complete);
        return Objects.requireNonNull(end.get(60, TimeUnit.SECONDS).getCause());
    }

    @Test
    void clientsAreCutInEachWay() throws Exception {
        for (Cut how : Cut.values()) {
            Connection connection = connect();
            assertThat(proxy.faults().cutClients(FaultScope.all(), how)).isOne();
            assertThat(end(connection)).isInstanceOf(how == Cut.RESET ? SocketException.class : EOFException.class);
            Await.until("the proxy knows", () -> proxy.clients().isEmpty());
        }
        allGoesOn();
    }

    @Test
    void aConnectionIsCutInTheMidstOfAFrame() throws Exception {
        Connection connection = connect();
        Channel channel = publisher(connection);
        try (Fault cut = proxy.faults().cutFrames(FaultScope.all().nth(2))) {
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            publish(channel);
            assertThat(end(connection)).isInstanceOf(EOFException.class);
            assertThat(cut.count()).isOne();
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(3);
    }

    @Test
    void whatTakesLongComesAtOnceWhenItIsRevoked() throws Exception {
        Duration long_ = Duration.ofMinutes(10);
        List<Supplier<Fault>> slow = List.of(
                () -> proxy.faults().delay(FaultScope.all(), long_, long_, 1),
                () -> proxy.faults().limitBandwidth(FaultScope.all(), 1),
                () -> proxy.faults().delayConfirms(FaultScope.all(), long_, long_, 1));
        for (Supplier<Fault> fault : slow) {
            try (Connection connection = connect()) {
                Channel channel = publisher(connection);
                try (Fault ignored = fault.get()) {
                    publish(channel);
                    assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
                }
                assertThat(channel.waitForConfirms(30_000)).isTrue();
            }
        }
        allGoesOn();
    }

    @Test
    void slowConnectionsCarryAll() throws Exception {
        try (Fault late = proxy.faults().delay(FaultScope.all(), Duration.ofMillis(3), Duration.ofMillis(20), 1);
                Fault narrow = proxy.faults().limitBandwidth(FaultScope.all(), 1_000_000)) {
            try (Connection connection = connect()) {
                Channel channel = publisher(connection);
                byte[] large = new byte[400_000];
                new Random(1).nextBytes(large);
                for (int i = 0; i < 3; i++) {
                    channel.basicPublish("", queue, null, large);
                }
                assertThat(channel.waitForConfirms(60_000)).isTrue();
                BlockingQueue<byte[]> come = new LinkedBlockingQueue<>();
                channel.basicConsume(queue, true, (tag, delivery) -> come.add(delivery.getBody()), tag -> {});
                for (int i = 0; i < 3; i++) {
                    assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo(large);
                }
            }
        }
        allGoesOn();
    }

    @Test
    void inABlackHoleAllIsLostAndTheConnectionIsResetInTheEnd() throws Exception {
        try (Recorder recorder = proxy.record(TraceFilter.ofClients())) {
            Connection connection = connect();
            Channel channel = publisher(connection);
            try (Fault ignored = proxy.faults().blackHole(FaultScope.all())) {
                publish(channel);
                recorder.await(published(queue), SOON);
                // The loop tells what it reads before it loses it: when it answers, it has.
                assertThat(proxy.clients()).isNotEmpty();
                assertThat(connection.isOpen()).isTrue();
            }
            assertThat(end(connection)).isInstanceOf(SocketException.class);
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(1);
    }

    @Test
    void whatFindsTheOtherDeadInSilenceHearsNothingOfTheOthersEnd() throws Exception {
        Connection connection = connectWithHeartbeat();
        try (Fault ignored = proxy.faults().silence(FaultScope.all())) {
            assertThat(end(connection)).isInstanceOf(MissedHeartbeatException.class);
            Await.until("given up by the proxy", () -> proxy.clients().isEmpty());
        }
        allGoesOn();
    }

    @Test
    void heartbeatsThatAreLostAreMissed() throws Exception {
        try (Fault lost = proxy.faults().loseHeartbeats(FaultScope.all())) {
            Connection connection = connectWithHeartbeat();
            assertThat(end(connection)).isInstanceOf(MissedHeartbeatException.class);
            assertThat(lost.count()).isPositive();
        }
        allGoesOn();
    }

    private Connection connectWithHeartbeat() throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setRequestedHeartbeat(1);
        return factory.newConnection();
    }

    @Test
    void upstreamsAreCutAndOthersAreOpened() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            publish(channel);
            channel.waitForConfirms(30_000);
            channel.close();
            assertThat(proxy.faults().cutUpstreams(upstream -> true, Cut.RESET)).isPositive();
        }
        allGoesOn();
    }

    @Test
    void theBrokerIsGoneAndBack() throws Exception {
        allGoesOn();
        try (Fault ignored = proxy.faults().brokerDown()) {
            Await.until("no upstreams", () -> proxy.upstreams().isEmpty());
            Await.until("found down", () -> !proxy.health().ready());
        }
        Await.until("found up", () -> proxy.health().ready());
        allGoesOn();
    }

    @Test
    void newClientsAreRefused() throws Exception {
        try (Connection present = connect();
                Fault ignored = proxy.faults().refuseClients(FaultScope.all())) {
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            assertThat(present.isOpen()).isTrue();
        }
        allGoesOn();
    }

    @Test
    void whatIsNotReadWaitsAndGoesOn() throws Exception {
        try (Recorder recorder = proxy.record(TraceFilter.ofClients());
                Connection connection = connect()) {
            Channel channel = publisher(connection);
            try (Fault ignored = proxy.faults().stopReading(FaultScope.all())) {
                publish(channel);
                assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
                recorder.flush();
                assertThat(recorder.events(published(queue))).isEmpty();
            }
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
    }

    @Test
    void inSilenceNothingIsSentEither() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<String> come = new LinkedBlockingQueue<>();
            channel.basicConsume(queue, true, (tag, delivery) -> come.add("one"), tag -> {});
            try (Fault ignored = proxy.faults().silence(FaultScope.all())) {
                try (Connection loud = new ConnectionFactoryOf(broker.port()).connect()) {
                    loud.createChannel().basicPublish("", queue, null, BODY);
                }
                Await.until("the broker has sent it", () -> depth() == 0);
                assertThat(come.poll(100, TimeUnit.MILLISECONDS)).isNull();
            }
            assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo("one");
        }
        allGoesOn();
    }

    private record ConnectionFactoryOf(int port) {
        Connection connect() throws IOException, TimeoutException {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(port);
            return factory.newConnection();
        }
    }
}
