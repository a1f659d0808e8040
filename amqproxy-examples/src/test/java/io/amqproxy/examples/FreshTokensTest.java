package io.amqproxy.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An identity provider in this process, whose tokens the broker takes as passwords. */
@Timeout(300)
@Tag("broker")
class FreshTokensTest {

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer provider;
    private EmbeddedBroker broker;
    private AmqProxy proxy;
    private volatile boolean isWorking = true;

    @BeforeEach
    void start() throws IOException {
        provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext("/token", this::answer);
        provider.start();
        broker = EmbeddedBroker.builder().user("web", "t0ken").start();
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .credentialMapper(new FreshTokens(
                        URI.create("http://127.0.0.1:" + provider.getAddress().getPort() + "/token")))
                .listen(0)
                .start();
    }

    @AfterEach
    void stop() {
        proxy.close();
        broker.close();
        provider.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            asked.add(form);
            boolean isGood = form.contains("password=right") || form.contains("refresh_token=r" + (asked.size() - 1));
            byte[] body = isGood
                    ? ("{\"access_token\": \"t0ken\", \"expires_in\": 1, \"refresh_token\": \"r" + asked.size() + "\"}")
                            .getBytes(StandardCharsets.UTF_8)
                    : "{\"error\": \"invalid_grant\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(isWorking ? isGood ? 200 : 400 : 500, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private Connection connect(String password) throws IOException, TimeoutException {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setUsername("web");
        factory.setPassword(password);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    @Test
    void aClientThatStaysGetsTokenAfterToken() throws Exception {
        try (Connection connection = connect("right");
                Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            Await.until("the token was renewed", () -> {
                channel.basicPublish("amq.fanout", "", null, new byte[1]);
                channel.waitForConfirmsOrDie(30_000);
                return asked.size() > 3;
            });
            assertThat(asked.get(0)).contains("grant_type=password");
            assertThat(asked.subList(1, 4)).allMatch(form -> form.contains("grant_type=refresh_token"));
        }
    }

    @Test
    void whoHasAWrongPasswordIsRefused() {
        assertThatThrownBy(() -> connect("wrong")).isInstanceOf(AuthenticationFailureException.class);
    }

    @Test
    void aProviderThatFailsRefusesWithoutTellingThePassword() {
        isWorking = false;
        assertThatThrownBy(() -> connect("right"))
                .isInstanceOf(AuthenticationFailureException.class)
                .hasMessageNotContaining("right");
    }
}
