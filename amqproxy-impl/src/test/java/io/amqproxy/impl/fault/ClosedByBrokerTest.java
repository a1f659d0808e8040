package io.amqproxy.impl.fault;

import static io.amqproxy.trace.TraceMatcher.named;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Recorder;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections and channels to the broker that end as if that had closed them; all goes on after it. */
@Tag("broker")
@Timeout(300)
class ClosedByBrokerTest extends FaultyProxy {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private static final FaultScope UPSTREAMS = FaultScope.upstreams();

    ClosedByBrokerTest() {
        super(broker);
    }

    @Test
    void whoHasSomethingAtStakeHearsTheBrokersWords() throws Exception {
        Connection connection = connect();
        Channel channel = publisher(connection);
        channel.basicConsume(queue, false, (tag, delivery) -> {}, tag -> {});
        CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
        connection.addShutdownListener(end::complete);
        try (Recorder recorder = proxy.record()) {
            assertThat(proxy.faults().closeConnections(UPSTREAMS, 320, "CONNECTION_FORCED - it restarts"))
                    .isPositive();
            ShutdownSignalException said = end.get(30, TimeUnit.SECONDS);
            assertThat(code(said)).isEqualTo(320);
            assertThat(said).hasMessageContaining("it restarts");
            recorder.await(named("connection.close").inDirection(Direction.TO_BROKER), SOON);
        }
        allGoesOn();
    }

    @Test
    void whoHasNothingAtStakeGoesOn() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = connection.createChannel();
            channel.queueDeclare(queue, true, false, false, Map.of());
            publish(channel);
            assertThat(channel.messageCount(queue)).isOne(); // It is proved that the broker has it.
            assertThat(proxy.faults().closeConnections(UPSTREAMS, 320, "CONNECTION_FORCED"))
                    .isPositive();
            publish(channel);
            assertThat(channel.messageCount(queue)).isEqualTo(2);
        }
        allGoesOn();
    }

    @Test
    void oneOfSeveralIsClosedOnce() throws Exception {
        try (Connection connection = connect()) {
            publisher(connection);
            int there = proxy.upstreams().size();
            assertThat(proxy.faults().closeConnections(UPSTREAMS.first(1), 541, "INTERNAL_ERROR"))
                    .isOne();
            assertThat(proxy.faults().closeConnections(UPSTREAMS, 541, "INTERNAL_ERROR"))
                    .isEqualTo(there - 1);
            assertThat(proxy.faults().closeConnections(FaultScope.upstreams(upstream -> false), 541, ""))
                    .isZero();
        }
        allGoesOn();
    }

    @Test
    void connectionsOfAmqp091HaveNoConditions() throws Exception {
        try (Connection connection = connect()) {
            publisher(connection);
            assertThat(proxy.faults().closeConnections(UPSTREAMS, "amqp:connection:forced", "it restarts"))
                    .isZero();
        }
    }

    @Test
    void aChannelEndsAndItsConnectionGoesOn() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            BlockingQueue<Long> come = new LinkedBlockingQueue<>();
            channel.basicConsume(
                    queue,
                    false,
                    (tag, delivery) -> come.add(delivery.getEnvelope().getDeliveryTag()),
                    tag -> {});
            assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo(1);
            CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
            channel.addShutdownListener(end::complete);
            try (Recorder recorder = proxy.record()) {
                assertThat(proxy.faults().closeChannels(UPSTREAMS, 406, "PRECONDITION_FAILED - too late"))
                        .isPositive();
                assertThat(code(end.get(30, TimeUnit.SECONDS))).isEqualTo(406);
                recorder.await(named("channel.close-ok").inDirection(Direction.FROM_BROKER), SOON);
                recorder.flush();
                assertThat(recorder.events(named("channel.close-ok").inDirection(Direction.TO_BROKER)))
                        .isEmpty();
            }
            assertThat(connection.isOpen()).isTrue();
            Channel next = connection.createChannel();
            assertThat(next.basicGet(queue, true).getEnvelope().isRedeliver()).isTrue();
        }
        allGoesOn();
    }

    @Test
    void channelsThatWaitInThePoolAreThereNoMore() throws Exception {
        allGoesOn();
        allGoesOn();
        long idle = proxy.faults().closeChannels(UPSTREAMS, 404, "NOT_FOUND");
        assertThat(idle).isPositive();
        assertThat(proxy.faults().closeChannels(UPSTREAMS, 404, "NOT_FOUND")).isZero();
        allGoesOn();
    }
}
