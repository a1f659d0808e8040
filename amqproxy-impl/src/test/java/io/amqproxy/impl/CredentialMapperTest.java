package io.amqproxy.impl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.ClientLogin;
import io.amqproxy.CredentialMapper;
import io.amqproxy.PoolStats;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host application decides as whom clients log in at the broker. */
@Timeout(300)
@Tag("broker")
class CredentialMapperTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private final List<ClientLogin> asked = new CopyOnWriteArrayList<>();
    private final List<String> secrets = new CopyOnWriteArrayList<>();

    @Test
    void clientsLogInAsSomebodyElse() throws Exception {
        try (AmqProxy proxy = start(login -> done(guest()));
                RawClient client = client(proxy, "web", "of its own")) {
            client.publishConfirmed("q");

            assertThat(proxy.clients()).extracting(ClientInfo::user).containsExactly("web");
            assertThat(proxy.stats().pools()).extracting(PoolStats::user).containsExactly("guest");
            assertThat(asked).singleElement().satisfies(login -> {
                assertThat(login.user()).isEqualTo("web");
                assertThat(login.client().user()).isEqualTo("web");
                assertThat(login.certificates()).isEmpty();
                assertThat(login.toString()).doesNotContain("own");
                assertThat(login.secret()).as("it is wiped").containsOnly(0);
            });
            assertThat(secrets).containsExactly("of its own");
        }
    }

    @Test
    void clientsMayLogInAsThemselves() throws Exception {
        try (AmqProxy proxy = start(login -> done(UpstreamLogin.asClient()));
                RawClient client = client(proxy, "guest", "guest");
                RawClient other = new RawClient(port(proxy))) {
            client.publishConfirmed("q");
            other.start("guest", "wrong");
            other.expect(Method.CONNECTION_CLOSE);
        }
    }

    @Test
    void aRefusedClientHearsWhatABrokerSaysAndGuessesAreNotAskedAbout() throws Exception {
        try (AmqProxy proxy = start(login -> done(login.user().equals("good") ? guest() : UpstreamLogin.refused()));
                RawClient good = client(proxy, "good", "anything")) {
            for (int i = 0; i < 20; i++) {
                try (RawClient guesser = new RawClient(port(proxy))) {
                    guesser.start("web", "guess " + i);
                    assertThat(guesser.expect(Method.CONNECTION_CLOSE).code()).isEqualTo(403);
                }
            }
            assertThat(asked).filteredOn(login -> login.user().equals("web")).hasSizeBetween(5, 10);
            good.publishConfirmed("q");
        }
    }

    @Test
    void aReloadSaysAnewHowManyGuessesAreAskedAbout() throws Exception {
        AmqProxy.Builder builder = builder(login -> done(UpstreamLogin.refused()));
        try (AmqProxy proxy = builder.start()) {
            Await.until("the broker has answered", () -> proxy.health().ready());
            proxy.reload(builder.limits(limits -> limits.failedLogins(100)));
            for (int i = 0; i < 20; i++) {
                try (RawClient guesser = new RawClient(port(proxy))) {
                    guesser.start("web", "guess " + i);
                    assertThat(guesser.expect(Method.CONNECTION_CLOSE).code()).isEqualTo(403);
                }
            }
            assertThat(asked).hasSize(20);
        }
    }

    @Test
    void theAnswerMayComeLaterAndOthersDoNotWaitForIt() throws Exception {
        CompletableFuture<UpstreamLogin> later = new CompletableFuture<>();
        try (AmqProxy proxy = start(login -> login.user().equals("slow") ? later : done(guest()));
                RawClient slow = new RawClient(port(proxy))) {
            slow.start("slow", "secret");
            Await.until("it is asked about", () -> asked.size() == 1);
            try (RawClient other = client(proxy, "web", "secret")) {
                other.publishConfirmed("q");
            }
            later.complete(guest());
            slow.expect(Method.CONNECTION_TUNE);
        }
    }

    @Test
    void whoGetsNoAnswerIsClosedInTime() throws Exception {
        AmqProxy.Builder builder = builder(login -> new CompletableFuture<>());
        try (AmqProxy proxy = builder.start();
                RawClient client = new RawClient(port(proxy))) {
            Await.until("the broker has answered", () -> proxy.health().ready());
            proxy.reload(builder.acquireTimeout(Duration.ofMillis(300)));
            client.start("web", "secret");

            RawClient.Received close = client.expect(Method.CONNECTION_CLOSE);
            assertThat(close.code()).isEqualTo(403);
            assertThat(close.text()).contains("no answer in time as whom user web logs in");
        }
    }

    /** Eight who get no answer need more threads than there are, if a call is waited for without end. */
    @Test
    void callsThatDoNotComeBackKeepNobodyElseWaitingForEver() throws Exception {
        AmqProxy.Builder builder = builder(login -> {
            if (login.user().startsWith("stuck")) {
                comeBackWhenInterrupted();
            }
            return done(guest());
        });
        try (AmqProxy proxy = builder.start()) {
            Await.until("the broker has answered", () -> proxy.health().ready());
            proxy.reload(builder.acquireTimeout(Duration.ofMillis(300)));
            List<RawClient> stuck = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                stuck.add(new RawClient(port(proxy)).start("stuck" + i, "secret"));
            }
            for (RawClient client : stuck) {
                assertThat(client.expect(Method.CONNECTION_CLOSE).code()).isEqualTo(403);
                client.close();
            }
            Await.until("somebody else is let in", () -> isLetIn(proxy));
            assertThat(secrets)
                    .as("no call is made with a secret that was wiped")
                    .containsOnly("secret");
        }
    }

    private static void comeBackWhenInterrupted() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException overdue) {
            throw new IllegalStateException("interrupted", overdue);
        }
    }

    private static boolean isLetIn(AmqProxy proxy) {
        try (RawClient client = new RawClient(port(proxy))) {
            client.start("web", "secret");
            return client.read().method() == Method.CONNECTION_TUNE.id();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aMapperThatFailsClosesTheClientAndNobodyElse() throws Exception {
        try (AmqProxy proxy = start(login -> switch (login.user()) {
                    case "throws" -> throw new IllegalStateException("on purpose");
                    case "error" -> throw new AssertionError("on purpose");
                    case "fails" -> CompletableFuture.failedFuture(new IllegalStateException("on purpose"));
                    default -> done(guest());
                });
                RawClient good = client(proxy, "web", "secret")) {
            for (String user : List.of("throws", "error", "fails")) {
                try (RawClient client = new RawClient(port(proxy))) {
                    client.start(user, "secret");
                    assertThat(client.expect(Method.CONNECTION_CLOSE).code()).isEqualTo(403);
                }
            }
            good.publishConfirmed("q");
        }
    }

    @Test
    void anAnswerForATimeIsKeptAndOneWithoutIsNot() throws Exception {
        try (AmqProxy proxy =
                start(login -> done(login.user().equals("kept") ? guest().validFor(Duration.ofHours(1)) : guest()))) {
            client(proxy, "kept", "secret").kill();
            client(proxy, "kept", "secret").kill();
            client(proxy, "kept", "another").kill();
            assertThat(secrets).containsExactly("secret", "another");
            client(proxy, "web", "secret").kill();
            client(proxy, "web", "secret").kill();
            assertThat(asked).hasSize(4);
        }
    }

    @Test
    void beforeAnAnswersTimeEndsItIsAskedAgain() throws Exception {
        try (AmqProxy proxy = start(login -> done(guest().validFor(Duration.ofMillis(200))))) {
            Await.until("it is asked again", () -> {
                client(proxy, "web", "secret").kill();
                return asked.size() >= 3;
            });
        }
    }

    @Test
    void anAnswerThatTheBrokerRefusesIsNotKept() throws Exception {
        UpstreamLogin wrong = UpstreamLogin.as("guest", "wrong".getBytes(UTF_8)).validFor(Duration.ofHours(1));
        try (AmqProxy proxy = start(login -> done(asked.size() > 1 ? guest() : wrong))) {
            try (RawClient client = new RawClient(port(proxy))) {
                client.start("web", "secret");
                client.expect(Method.CONNECTION_CLOSE);
            }
            try (RawClient client = client(proxy, "web", "secret")) {
                client.publishConfirmed("q");
            }
        }
    }

    @Test
    void aNewSecretOfAClientIsNoneForTheBroker() throws Exception {
        try (AmqProxy proxy = start(login -> done(guest()));
                RawClient client = client(proxy, "web", "secret")) {
            client.write(RawClient.method(
                    0,
                    Method.CONNECTION_UPDATE_SECRET,
                    writer -> writer.longString("next").shortString("expired")));
            client.expect(Method.CONNECTION_UPDATE_SECRET_OK);
            client.publishConfirmed("q");
            assertThat(asked).hasSize(1);
            assertThat(proxy.stats().upstreamsTotal()).isEqualTo(1);
        }
    }

    @Test
    void answersShowNoSecrets() {
        assertThat(guest().toString()).isEqualTo("UpstreamLogin[AS_OTHER, user=guest]");
        assertThatIllegalArgumentException().isThrownBy(() -> guest().validFor(Duration.ZERO));
    }

    private AmqProxy start(CredentialMapper mapper) {
        return builder(mapper).start();
    }

    private AmqProxy.Builder builder(CredentialMapper mapper) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .loops(2)
                .credentialMapper(login -> {
                    secrets.add(new String(login.secret(), UTF_8));
                    asked.add(login);
                    return mapper.map(login);
                });
    }

    private static UpstreamLogin guest() {
        return UpstreamLogin.as("guest", "guest".getBytes(UTF_8));
    }

    private static CompletionStage<UpstreamLogin> done(UpstreamLogin answer) {
        return CompletableFuture.completedFuture(answer);
    }

    private static RawClient client(AmqProxy proxy, String user, String secret) throws Exception {
        return new RawClient(port(proxy)).logIn(user, secret, "/");
    }

    private static int port(AmqProxy proxy) {
        return proxy.address().getPort();
    }
}
