package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.LatencyLink;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.Ports;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A client that is refused sees the same through the proxy as without it. */
@RequiresRabbitMq
class RefusalsTest {

    @Test
    void theJavaClientRaisesTheSameForAWrongPasswordAndAWrongVhost(BrokerNode broker) {
        try (AmqProxy proxy = startProxy(broker.port(), Duration.ofMinutes(2))) {
            Login direct = broker.login();
            Login proxied = direct.at(proxy.address().getPort());

            assertThat(failure(proxied.as("guest", "wrong")))
                    .hasSameClassAs(failure(direct.as("guest", "wrong")))
                    .hasMessage(failure(direct.as("guest", "wrong")).getMessage());
            assertThat(failure(proxied.in("nowhere")))
                    .hasSameClassAs(failure(direct.in("nowhere")))
                    .hasRootCauseMessage(rootMessage(failure(direct.in("nowhere"))));
            assertThat(attempt(proxied)).isNull();
        }
    }

    @Test
    void whileTheBrokerIsDownEveryClientRaisesWhatItRaisesWithoutTheProxy(BrokerNode broker) throws Exception {
        int dead = Ports.free();
        try (AmqProxy proxy = startProxy(dead, Duration.ofMillis(200))) {
            Login direct = broker.login().at(dead);
            Login proxied = broker.login().at(proxy.address().getPort());
            Await.until("the proxy refuses clients", () -> !accepts(proxied.port()));

            assertThat(failure(proxied)).hasSameClassAs(failure(direct));
            for (ForeignClient client : ForeignClient.values()) {
                client.require();
                assertThat(client.expectError(proxied).replace("" + proxied.port(), "" + dead))
                        .isEqualTo(client.expectError(direct));
            }
        }
    }

    @Test
    void clientsAreAcceptedAgainOnTheSamePortWhenTheBrokerIsBack(BrokerNode broker) throws Exception {
        try (LatencyLink link = LatencyLink.to(broker.port(), Duration.ZERO)) {
            AmqProxy.Builder settings = AmqProxy.builder()
                    .upstream("amqp://127.0.0.1:" + link.port())
                    .listen(0);
            try (AmqProxy proxy = settings.start()) {
                Login proxied = broker.login().at(proxy.address().getPort());
                assertThat(attempt(proxied)).isNull();

                proxy.reload(settings.acquireTimeout(Duration.ofMillis(200)));
                link.stopAccepting();
                link.cut();
                Await.until("the proxy refuses clients", () -> !accepts(proxied.port()));

                proxy.reload(settings.acquireTimeout(Duration.ofMinutes(2))); // The broker may take its time again.
                link.startAccepting();
                Await.until("the proxy accepts clients", () -> accepts(proxied.port()));
                assertThat(attempt(proxied)).isNull();
            }
        }
    }

    @Test
    void whoIsConnectedWhenItsPasswordIsChangedGoesOnAndNobodyElseComesWithIt(BrokerNode broker) throws Exception {
        broker.addUser("changing", "old");
        broker.grant("changing", "/");
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .credentialTtl(Duration.ofMillis(300))
                .start()) {
            Login login = broker.login().at(proxy.address().getPort()).as("changing", "old");
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            Connection consumer = connect(login);
            Channel consuming = consumer.createChannel();
            consuming.basicQos(10);
            consuming.queueDeclare("changing", false, false, true, null);
            consuming.basicConsume(
                    "changing",
                    (tag, message) -> {
                        heard.add(new String(message.getBody(), UTF_8));
                        consuming.basicAck(message.getEnvelope().getDeliveryTag(), false);
                    },
                    tag -> {});
            Connection publisher = connect(login);

            broker.changePassword("changing", "new");

            Await.until("a new client is refused", () -> attempt(login) != null);
            assertThat(failure(login)).hasSameClassAs(failure(broker.login().as("changing", "old")));
            for (int i = 0; i < 20; i++) {
                publishConfirmed(publisher, "publisher " + i);
                publishConfirmed(consumer, "consumer " + i);
                assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("publisher " + i);
                assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("consumer " + i);
            }
            assertThat(attempt(login.as("changing", "new"))).isNull();
            publisher.close();
            consumer.close();
        }
        broker.deleteUser("changing");
    }

    private static Connection connect(Login login) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(login.uri());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private static void publishConfirmed(Connection connection, String body) throws Exception {
        try (Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            channel.basicPublish("", "changing", null, body.getBytes(UTF_8));
            channel.waitForConfirmsOrDie(60_000);
        }
    }

    /** Broker-J has a code of its own for that. */
    @Test
    void aVhostThatAnotherBrokerDoesNotHaveIsRefusedInItsWords() {
        try (EmbeddedBroker qpid = EmbeddedBroker.start();
                AmqProxy proxy = startProxy(qpid.port(), Duration.ofMinutes(10))) {
            Login direct = Login.guest(qpid.port()).in("nowhere");
            Throwable proxied = failure(direct.at(proxy.address().getPort()));

            assertThat(proxied)
                    .hasSameClassAs(failure(direct))
                    .hasRootCauseMessage(rootMessage(failure(direct)))
                    .rootCause()
                    .hasMessageContaining("reply-code=404");
        }
    }

    @Test
    void connectionsAndChannelsAreOpenedAhead(BrokerNode broker) throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .minConnections(2)
                .warmChannels(5)
                .start()) {
            assertThat(attempt(broker.login().at(proxy.address().getPort()))).isNull();

            Await.until("two upstreams and five channels on each are there", () -> {
                var stats = proxy.stats();
                return stats.upstreams() == 2 && stats.channelsIdle() == 10;
            });
        }
    }

    private static AmqProxy startProxy(int port, Duration acquireTimeout) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + port)
                .listen(0)
                .acquireTimeout(acquireTimeout)
                .start();
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException refused) {
            return false;
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            root = cause;
        }
        return String.valueOf(root.getMessage());
    }

    private static Throwable failure(Login login) {
        return Objects.requireNonNull(attempt(login), "the connection was opened");
    }

    private static @Nullable Throwable attempt(Login login) {
        return catchThrowable(() -> {
            ConnectionFactory factory = JavaClients.factory();
            factory.setUri(login.uri());
            factory.newConnection().close();
        });
    }
}
