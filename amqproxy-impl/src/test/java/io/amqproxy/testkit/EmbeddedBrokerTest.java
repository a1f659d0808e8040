package io.amqproxy.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("broker")
class EmbeddedBrokerTest {

    @Test
    void aMessageGoesInAndComesOutAndIsCounted() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                Connection connection = connect(Login.guest(broker.port()));
                Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            channel.queueDeclare("q", false, false, false, null);
            channel.basicPublish("", "q", null, "hello".getBytes(UTF_8));
            channel.waitForConfirmsOrDie(60_000);

            Await.until("publish counted", () -> broker.messagesIn() == 1);
            assertThat(broker.messagesIn("q")).isEqualTo(1);
            assertThat(broker.queueDepth("q")).isEqualTo(1);
            BlockingQueue<String> received = new LinkedBlockingQueue<>();
            channel.basicConsume(
                    "q", true, (tag, delivery) -> received.add(new String(delivery.getBody(), UTF_8)), tag -> {});
            assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("hello");
            Await.until("queue empty", () -> broker.queueDepth("q") == 0);
            assertThat(broker.messagesIn("q")).isEqualTo(1);
            Await.until("delivery counted", () -> broker.messagesOut() == 1);
            assertThat(broker.hasQueue("q")).isTrue();
            assertThat(broker.hasQueue("other")).isFalse();
        }
    }

    @Test
    void moreUsersAndVirtualHostsCanLogIn() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.builder()
                        .user("al\"ice", "s3cret")
                        .vhost("x")
                        .start();
                Connection connection = connect(
                        Login.guest(broker.port()).as("al\"ice", "s3cret").in("x"))) {
            assertThat(connection.isOpen()).isTrue();
        }
    }

    @Test
    void aWrongPasswordIsRefused() {
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            assertThatThrownBy(() -> connect(Login.guest(broker.port()).as("guest", "wrong")))
                    .isInstanceOf(PossibleAuthenticationFailureException.class);
        }
    }

    @Test
    void severalBrokersLiveSideBySide() throws Exception {
        try (EmbeddedBroker one = EmbeddedBroker.start();
                EmbeddedBroker two = EmbeddedBroker.start()) {
            assertThat(one.port()).isNotEqualTo(two.port());
            try (Connection connection = connect(Login.guest(two.port()))) {
                assertThat(connection.isOpen()).isTrue();
                assertThat(two.openConnections()).isEqualTo(1);
            }
            Await.until("connection gone", () -> two.openConnections() == 0);
            assertThat(two.connectionsOpened()).isEqualTo(1);
            assertThat(one.connectionsOpened()).isZero();
        }
    }

    private static Connection connect(Login login) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(login.uri());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
