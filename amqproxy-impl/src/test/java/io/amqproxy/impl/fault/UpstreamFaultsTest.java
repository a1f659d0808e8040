package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.UpstreamStats;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.time.Duration;
import java.util.List;
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

/** Faults of the network between the proxy and the broker, as clients feel them; all goes on after each. */
@Tag("broker")
@Timeout(300)
@SuppressWarnings("try") // a fault is there to be closed
class UpstreamFaultsTest extends FaultyProxy {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private static final Duration LONG = Duration.ofMinutes(10);

    UpstreamFaultsTest() {
        super(broker);
    }

    @Test
    void whatTakesLongComesAtOnceWhenItIsRevoked() throws Exception {
        List<Supplier<Fault>> slow = List.of(
                () -> proxy.faults().delay(FaultScope.upstreams(), LONG, LONG, 1),
                () -> proxy.faults().limitBandwidth(FaultScope.upstreams(), 1),
                () -> proxy.faults().stopReading(FaultScope.upstreams()),
                () -> proxy.faults().silence(FaultScope.upstreams()));
        for (Supplier<Fault> fault : slow) {
            try (Connection connection = connect()) {
                Channel channel = publisher(connection);
                try (Fault held = fault.get()) {
                    publish(channel);
                    assertThatThrownBy(() -> channel.waitForConfirms(200))
                            .as(held.toString())
                            .isInstanceOf(TimeoutException.class);
                    assertThat(held.count()).isOne();
                }
                assertThat(channel.waitForConfirms(30_000)).isTrue();
            }
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(slow.size() + 1);
    }

    /** What is not read has been sent, and what is silent has not. */
    @Test
    void aBrokerThatIsNotReadGetsWhatClientsSay() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            try (Fault unread = proxy.faults().stopReading(FaultScope.upstreams())) {
                publish(channel);
                Await.until("the broker has it", () -> depth() == 1);
            }
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
    }

    @Test
    void aSlowBrokerCarriesAllBothWays() throws Exception {
        byte[] large = new byte[400_000];
        new Random(1).nextBytes(large);
        try (Fault late = proxy.faults().delay(FaultScope.upstreams(), Duration.ofMillis(3), Duration.ofMillis(20), 1);
                Fault narrow = proxy.faults().limitBandwidth(FaultScope.upstreams(), 1_000_000);
                Connection connection = connect()) {
            Channel channel = publisher(connection);
            for (int i = 0; i < 3; i++) {
                channel.basicPublish("", queue, null, large);
            }
            assertThat(channel.waitForConfirms(60_000)).isTrue();
            BlockingQueue<byte[]> come = new LinkedBlockingQueue<>();
            channel.basicConsume(queue, true, (tag, delivery) -> come.add(delivery.getBody()), tag -> {});
            for (int i = 0; i < 3; i++) {
                assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo(large);
            }
            assertThat(late.count()).isPositive();
            assertThat(narrow.count()).isPositive();
        }
        allGoesOn();
    }

    private int endCode(Connection connection) throws Exception {
        CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
        connection.addShutdownListener(end::complete);
        return code(end.get(60, TimeUnit.SECONDS));
    }

    @Test
    void inABlackHoleAllIsLostAndTheBrokerIsFoundAgain() throws Exception {
        Connection connection = connect();
        Channel channel = publisher(connection);
        try (Fault hole = proxy.faults().blackHole(FaultScope.upstreams())) {
            publish(channel);
            assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
        }
        assertThat(endCode(connection)).isEqualTo(320);
        allGoesOn();
        assertThat(depth()).isOne();
    }

    @Test
    void connectionsToTheBrokerAreCutInEachWay() throws Exception {
        for (Cut how : Cut.values()) {
            Connection connection = connect();
            Channel channel = publisher(connection);
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            channel.basicConsume(queue, false, (tag, delivery) -> {}, tag -> {});
            assertThat(proxy.faults().cutUpstreams(FaultScope.upstreams(), how)).isPositive();
            assertThat(endCode(connection)).as(how.toString()).isEqualTo(320);
        }
        allGoesOn();
    }

    @Test
    void aConnectionToTheBrokerIsCutInTheMidstOfAFrame() throws Exception {
        Connection connection = connect();
        Channel channel = publisher(connection);
        publish(channel);
        assertThat(channel.waitForConfirms(30_000)).isTrue();
        try (Fault cut = proxy.faults().cutFrames(FaultScope.upstreams().nth(2))) {
            publish(channel); // Its method goes through, its header does not.
            assertThat(endCode(connection)).isEqualTo(320);
            assertThat(cut.count()).isOne();
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(2);
    }

    @Test
    void oneOfSeveralConnectionsIsSlow() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            UpstreamStats one = proxy.upstreams().get(0);
            try (Fault other = proxy.faults()
                            .silence(FaultScope.upstreams(upstream ->
                                            upstream.id() != one.info().id())
                                    .first(1));
                    Fault ofClients = proxy.faults().delay(FaultScope.all().nth(2), LONG, LONG, 1)) {
                publish(channel);
                assertThat(channel.waitForConfirms(30_000)).isTrue();
                assertThat(other.count()).isZero();
                assertThat(ofClients.count()).isZero();
            }
        }
    }

    /** The proxy finds a silent broker dead; that does not hear of it before the network is there again. */
    @Test
    void aBrokerIsGivenUpThatIsSilent() throws Exception {
        try (InMemoryBroker quiet = InMemoryBroker.start();
                AmqProxy own = AmqProxy.builder()
                        .upstreams(List.of(quiet.uri()))
                        .heartbeat(Duration.ofSeconds(1))
                        .listen(0)
                        .start()) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(own.address().getPort());
            factory.setAutomaticRecoveryEnabled(false);
            Connection connection = factory.newConnection();
            Channel channel = publisher(connection);
            long id = own.upstreams().get(0).info().id();
            try (Fault silent = own.faults().silence(FaultScope.upstreams(upstream -> upstream.id() == id))) {
                publish(channel);
                assertThat(endCode(connection)).isEqualTo(320);
                assertThat(own.upstreams())
                        .noneMatch(upstream -> upstream.info().id() == id);
                assertThat(silent.count()).isOne();
            }
            try (Connection other = factory.newConnection()) {
                Channel after = publisher(other);
                publish(after);
                assertThat(after.waitForConfirms(30_000)).isTrue();
                assertThat(after.messageCount(queue)).isOne();
            }
        }
    }

    @Test
    void aProxyEndsWhileItsBrokerIsSilent() throws Exception {
        Connection connection = connect();
        Channel channel = publisher(connection);
        Fault silent = proxy.faults().silence(FaultScope.upstreams());
        publish(channel);
        assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
        proxy.close();
        silent.close();
        assertThat(connection.isOpen()).isFalse();
    }
}
