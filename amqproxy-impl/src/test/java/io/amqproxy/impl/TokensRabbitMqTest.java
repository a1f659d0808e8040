package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.CredentialMapper;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.RabbitNode;
import io.amqproxy.testkit.Requirements;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients with passwords at a RabbitMQ that accepts nothing but OAuth 2 tokens, which live for seconds. */
@Tag("broker")
@Timeout(300)
class TokensRabbitMqTest {

    private static final Duration LIFETIME = Duration.ofSeconds(5);

    @TempDir
    private static Path directory;

    private static KeyPair key;
    private static @Nullable RabbitNode broker;

    private final AtomicInteger issued = new AtomicInteger();
    private final List<String> notRenewed = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        Requirements.check(RabbitNode.isInstalled(), "an installed rabbitmq-server");
        key = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        Path file = directory.resolve("key.pem");
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(key.getPublic().getEncoded());
        Files.writeString(file, "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n");
        broker = RabbitNode.startWith(
                List.of("rabbitmq_auth_backend_oauth2"),
                "auth_backends.1 = rabbit_auth_backend_oauth2",
                "auth_oauth2.resource_server_id = rabbit",
                "auth_oauth2.default_key = test",
                "auth_oauth2.signing_keys.test = " + file);
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    /** A token in the form of RFC 7519; it says its end in seconds, and lives no shorter than it is said to. */
    private byte[] token(Duration lifetime) {
        issued.incrementAndGet();
        String header = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"test\"}";
        String claims = "{\"sub\":\"web\",\"aud\":[\"rabbit\"],\"exp\":%d,\"jti\":\"%d\",\"scope\":"
                        .formatted(Instant.now().plus(lifetime).plusSeconds(1).getEpochSecond(), issued.get())
                + "[\"rabbit.read:*/*\",\"rabbit.write:*/*\",\"rabbit.configure:*/*\"]}";
        String signed = encode(header.getBytes(UTF_8)) + '.' + encode(claims.getBytes(UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key.getPrivate());
            signature.update(signed.getBytes(UTF_8));
            return (signed + '.' + encode(signature.sign())).getBytes(UTF_8);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private UpstreamLogin login(Duration lifetime) {
        return UpstreamLogin.as("web", token(lifetime)).validFor(lifetime, this::next);
    }

    private CompletionStage<UpstreamLogin> next() {
        return CompletableFuture.supplyAsync(
                () -> UpstreamLogin.as("web", token(LIFETIME)).validFor(LIFETIME));
    }

    private AmqProxy proxy(CredentialMapper mapper) {
        RabbitNode node = Objects.requireNonNull(broker);
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + node.login().port())
                .listen(0)
                .loops(2)
                .credentialMapper(mapper)
                .listener(new ProxyListener() {
                    @Override
                    public void credentialsNotRenewed(String user, String reason) {
                        notRenewed.add(reason);
                    }
                })
                .start();
    }

    private static RawClient client(AmqProxy proxy) throws Exception {
        return new RawClient(proxy.address().getPort()).logIn("web", "password", "/");
    }

    @Test
    void aConnectionOutlivesTheTokenItWasOpenedWith() throws Exception {
        try (AmqProxy proxy = proxy(login -> CompletableFuture.completedFuture(login(LIFETIME)));
                RawClient client = client(proxy)) {
            client.publishConfirmed("q");
            Await.until("more tokens were told to the broker, and the first has ended", Duration.ofSeconds(60), () -> {
                client.write(RawClient.publish(1, "q", new byte[1]));
                client.expect(Method.BASIC_ACK);
                return issued.get() > 3;
            });
            client.openChannel(2);
            client.write(RawClient.method(
                    2,
                    Method.QUEUE_DECLARE,
                    writer -> writer.shortInt(0).shortString("").octet(0).table(Map.of())));
            client.expect(Method.QUEUE_DECLARE_OK);

            assertThat(proxy.stats().upstreamsTotal()).isEqualTo(1);
            assertThat(notRenewed).isEmpty();
        }
    }

    @Test
    void aTokenThatTheBrokerDoesNotAcceptIsRefusedInItsWords() throws Exception {
        UpstreamLogin expired = UpstreamLogin.as("web", token(Duration.ofSeconds(-100)));
        try (AmqProxy proxy = proxy(login -> CompletableFuture.completedFuture(expired));
                RawClient client = new RawClient(proxy.address().getPort())) {
            client.start("web", "password");
            assertThat(client.expect(Method.CONNECTION_CLOSE).code()).isEqualTo(403);
        }
    }

    @Test
    void aConnectionWhoseNextTokenIsWrongIsReplaced() throws Exception {
        CompletableFuture<UpstreamLogin> wrong = CompletableFuture.completedFuture(
                UpstreamLogin.as("web", "no token".getBytes(UTF_8)).validFor(LIFETIME));
        AtomicInteger asked = new AtomicInteger();
        UpstreamLogin.Renewal once = () -> asked.incrementAndGet() == 1 ? wrong : next();
        try (AmqProxy proxy = proxy(login -> CompletableFuture.completedFuture(
                UpstreamLogin.as("web", token(LIFETIME)).validFor(LIFETIME, once)))) {
            RawClient first = client(proxy);
            first.publishConfirmed("q");
            Await.until("the broker has refused the next one", Duration.ofSeconds(60), () -> !notRenewed.isEmpty());
            first.kill();
            Await.until("clients are served with a good one", Duration.ofSeconds(60), () -> {
                try (RawClient next = client(proxy)) {
                    next.publishConfirmed("q");
                    return true;
                } catch (java.io.IOException | AssertionError refused) {
                    return false;
                }
            });
            assertThat(notRenewed.toString()).doesNotContain("no token");
        }
    }
}
