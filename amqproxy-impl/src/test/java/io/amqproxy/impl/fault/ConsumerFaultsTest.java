package io.amqproxy.impl.fault;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Consumers of AMQP 0-9-1 go on after each fault that they can meet, and lose nothing. */
@Tag("process")
@Timeout(240)
class ConsumerFaultsTest {

    @AutoClose
    private final InMemoryBroker broker = InMemoryBroker.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstreams(List.of(broker.uri()))
            .acquireTimeout(Duration.ofSeconds(1))
            .listen(0)
            .start();

    private final ConsumerFaults faults = ConsumerFaults.of091(proxy.faults());

    private interface Play {
        void with(Channel direct) throws Exception;
    }

    private void atBroker(Play play) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(broker.uri());
        try (Connection connection = factory.newConnection();
                Channel direct = connection.createChannel()) {
            direct.queueDeclare(ConsumerFaults.QUEUE, false, false, false, Map.of());
            play.with(direct);
        }
    }

    @Test
    void amqpClient() throws Exception {
        atBroker(direct ->
                faults.play(publisher(direct), new JavaConsumer(proxy.address().getPort(), faults::onBody)));
    }

    private static ConsumerFaults.Publisher publisher(Channel direct) {
        return body -> direct.basicPublish("", ConsumerFaults.QUEUE, null, body.getBytes(UTF_8));
    }

    @ParameterizedTest
    @EnumSource(names = {"PIKA", "PHP_AMQPLIB"})
    void ofAnotherLanguage(ForeignClient client) throws Exception {
        client.require();
        atBroker(direct -> {
            ConsumerFaults.Publisher publisher = publisher(direct);
            Login login = Login.guest(proxy.address().getPort());
            faults.play(
                    publisher,
                    new ScriptedConsumer(
                            onBody -> client.play(login, "consumer", ConsumerFaults.QUEUE, onBody),
                            publisher,
                            faults::onBody));
        });
    }
}
