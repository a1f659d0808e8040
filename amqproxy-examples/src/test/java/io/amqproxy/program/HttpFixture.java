package io.amqproxy.program;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.program.http.HttpEndpoints;
import io.amqproxy.program.http.HttpEndpoints.Access;
import io.amqproxy.program.http.Observers;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A proxy in front of a broker, with its HTTP endpoints, and who asks them. */
@Timeout(300)
abstract class HttpFixture {

    static final String TOKEN = "s3cret-token";

    static EmbeddedBroker broker;

    final HttpClient client = HttpClient.newHttpClient();
    AmqProxy proxy;
    HttpEndpoints endpoints;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = EmbeddedBroker.builder()
                .user("<i>&\"user\"", "s3cret-one")
                .user("two", "s3cret-two")
                .user("three", "s3cret-three")
                .start();
    }

    @AfterAll
    static void stopBroker() throws Exception {
        broker.close();
    }

    @BeforeEach
    void start() throws Exception {
        start(broker.port());
    }

    final void start(int brokerPort) throws Exception {
        Observers observers = new Observers("1.2.3", 2, () -> 3);
        AmqProxy.Builder builder = AmqProxy.builder()
                .name("edge")
                .upstream("amqp://127.0.0.1:" + brokerPort)
                .maxTotalConnections(50)
                .listen(0);
        observers.listeners().forEach(builder::listener);
        proxy = builder.start();
        endpoints = HttpEndpoints.start(
                observers,
                proxy,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Access(CidrSet.of("127.0.0.0/8", "::1"), List.of(), TOKEN));
    }

    @AfterEach
    void stop() {
        endpoints.close();
        proxy.close();
    }

    /** {@return all that is answered until the connection is closed} */
    String exchange(String request) throws Exception {
        try (Socket socket = socket()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    Socket socket() throws Exception {
        return new Socket(InetAddress.getLoopbackAddress(), endpoints.address().getPort());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    HttpResponse<String> post(String path, String form, String authorization) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(form));
        return send(authorization.isEmpty() ? request : request.header("Authorization", authorization));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + endpoints.address().getPort() + path);
    }

    /** As a client that is gone then. */
    void publish(String user, String password) throws Exception {
        int before = proxy.stats().clients();
        try (Connection connection = connect(user, password);
                Channel channel = connection.createChannel()) {
            channel.basicPublish("amq.fanout", "", null, new byte[] {1});
        }
        Await.until("the client is gone", () -> proxy.stats().clients() == before);
    }

    Connection connect(String user, String password) throws Exception {
        return connect(user, password, null);
    }

    Connection connect(String user, String password, @Nullable String name) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setUsername(user);
        factory.setPassword(password);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection(name);
    }
}
