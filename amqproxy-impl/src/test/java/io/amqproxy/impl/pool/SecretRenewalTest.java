package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.PoolGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Secrets that end, and the next ones. */
class SecretRenewalTest {

    private static final Duration VALIDITY = Duration.ofSeconds(100);

    private final List<Credentials.Renewal.Answer> asked = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final Rig.Options options = new Rig.Options();
    private Rig rig;

    private final Credentials.Renewal renewal = new Credentials.Renewal() {
        @Override
        public void ask(Answer answer) {
            asked.add(answer);
        }

        @Override
        public Object identity() {
            return this;
        }
    };

    /** Lets clients log in with the present token, whatever they say. */
    private final PoolGateway mapping = new PoolGateway() {
        @Override
        public boolean authenticate(InboundSession client, Credentials credentials) {
            return rig.registry.authenticate(client, token(rig.broker.password));
        }

        @Override
        public void open(InboundSession client, String vhost) {
            rig.registry.open(client, vhost);
        }

        @Override
        public void updateSecret(InboundSession client, byte[] secret, String reason) {
            throw new AssertionError("not in this test");
        }

        @Override
        public boolean leave(InboundSession client) {
            return rig.registry.leave(client);
        }

        @Override
        public boolean lease(LeaseHolder channel, Purpose purpose) {
            return rig.registry.lease(channel, purpose);
        }

        @Override
        public void forgo(LeaseHolder channel) {
            rig.registry.forgo(channel);
        }

        @Override
        public void reserve(LeaseHolder channel, boolean ifSpare) {
            rig.registry.reserve(channel, ifSpare);
        }
    };

    @BeforeEach
    void setUp() {
        options.listener = new ProxyListener() {
            @Override
            public void credentialsNotRenewed(String user, String reason) {
                told.add(reason);
            }
        };
        options.idleTimeout = Duration.ofHours(1);
        begin();
    }

    /** With the options as they are by now. */
    private void begin() {
        rig = new Rig(options);
        rig.gateway = mapping;
        rig.broker.takesAnySecret = false;
        rig.broker.password = "first";
        rig.broker.queue("q");
    }

    private Credentials token(String secret) {
        Credentials credentials = new Credentials("PLAIN", "web", secret.getBytes(UTF_8), renewal);
        credentials.expireAt(rig.loop.now + VALIDITY.toNanos());
        credentials.renewAt(rig.loop.now + VALIDITY.toNanos() / 5 * 4);
        return credentials;
    }

    private void answer(String secret) {
        rig.broker.password = secret;
        asked.remove(0).onRenewed(token(secret));
        rig.run();
    }

    @Test
    void theNextSecretIsToldToTheBrokerBeforeThePresentOneEnds() {
        TestClient client = rig.open().openChannel(1);
        client.publish(1, "q", "before");
        rig.pass(Duration.ofSeconds(79));
        assertThat(asked).isEmpty();
        rig.pass(Duration.ofSeconds(2));
        answer("second");
        rig.pass(Duration.ofSeconds(40));
        client.publish(1, "q", "after");
        rig.run();

        assertThat(rig.broker.only().count(Method.CONNECTION_UPDATE_SECRET)).isEqualTo(1);
        assertThat(rig.broker.logins).isEqualTo(1);
        assertThat(rig.broker.bodies()).containsExactly("before", "after");
        rig.pass(Duration.ofSeconds(50));
        assertThat(asked).as("and so on").hasSize(1);
    }

    @Test
    void aClientThatBringsTheNextSecretRenewsTheConnectionsOfAll() {
        TestClient first = rig.open().openChannel(1);
        first.publish(1, "q", "first");
        rig.pass(Duration.ofSeconds(50));
        rig.broker.password = "second";
        TestClient second = rig.open().openChannel(1);
        second.publish(1, "q", "second");
        rig.pass(Duration.ofSeconds(60));

        assertThat(rig.broker.only().count(Method.CONNECTION_UPDATE_SECRET)).isEqualTo(1);
        assertThat(asked).as("the second secret has time").isEmpty();
        assertThat(rig.broker.bodies()).containsExactly("first", "second");
    }

    @Test
    void newConnectionsLogInWithTheNextSecret() {
        options.policy = new ExclusivePolicy();
        begin();
        rig.open().openChannel(1).publish(1, "q", "first");
        rig.pass(Duration.ofSeconds(81));
        answer("second");
        rig.open().openChannel(1).publish(1, "q", "second");
        rig.run();

        assertThat(rig.broker.logins).isEqualTo(2);
        assertThat(rig.broker.bodies()).containsExactly("first", "second");
    }

    @Test
    void aConnectionThatIsBeingOpenedIsToldWhenItIsOpen() {
        options.policy = new ExclusivePolicy();
        begin();
        rig.open().openChannel(1).publish(1, "q", "first");
        rig.pass(Duration.ofSeconds(81));
        TestClient late = rig.open().openChannel(1);
        late.publish(1, "q", "late");
        for (FakeLink link : List.copyOf(rig.links)) {
            if (link.canMoveToSession()) {
                link.moveToSession(Integer.MAX_VALUE);
            }
        }
        rig.endTurn();
        // The link is up and start-ok on its way when the next secret comes.
        rig.setUpConnections();
        rig.broker.connections.get(1).secretAtLogin = "first";
        answer("second");

        assertThat(rig.broker.connections.get(1).count(Method.CONNECTION_UPDATE_SECRET))
                .isEqualTo(1);
        assertThat(rig.broker.bodies()).containsExactly("first", "late");
    }

    @Test
    void aSecretThatTheBrokerRefusesCostsTheConnectionAndIsTold() {
        TestClient client = rig.open().openChannel(1);
        client.publish(1, "q", "before");
        rig.pass(Duration.ofSeconds(81));
        asked.remove(0).onRenewed(token("wrong"));
        rig.run();
        client.publish(1, "q", "after");
        rig.run();

        assertThat(told).singleElement().asString().contains("refused by one of the backends");
        assertThat(told.toString()).doesNotContain("wrong");
        assertThat(client.closeHeard(0).code()).isEqualTo(403);
    }

    @Test
    void whereTheBrokerDoesNotKnowItConnectionsAreReplacedInstead() {
        rig.broker.updatesSecrets = false;
        TestClient client = rig.open().openChannel(1);
        client.publish(1, "q", "one");
        rig.pass(Duration.ofSeconds(81));
        answer("second");
        client.publish(1, "q", "two");
        rig.pass(Duration.ofSeconds(81));
        answer("third");
        client.publish(1, "q", "three");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("one", "two", "three");
        assertThat(rig.broker.connections.stream().mapToLong(each -> each.count(Method.CONNECTION_UPDATE_SECRET)))
                .as("it is tried once")
                .containsOnlyOnce(1L)
                .containsOnly(0L, 1L);
    }

    @Test
    void aConnectionOnWhichTheBrokerSaysNothingIsRetired() {
        TestClient client = rig.open().openChannel(1);
        client.publish(1, "q", "before");
        rig.pass(Duration.ofSeconds(81));
        ScriptedBroker.Connection silent = rig.broker.only();
        silent.mute = true;
        answer("second");
        rig.pass(Duration.ofSeconds(15));
        silent.mute = false;
        TestClient next = rig.open().openChannel(1);
        next.publish(1, "q", "next");
        rig.run();

        assertThat(told).singleElement().asString().contains("no answer");
        assertThat(rig.broker.connections).hasSize(2);
        assertThat(rig.broker.bodies()).containsExactly("before", "next");
    }

    @Test
    void anAnswerThatFailsOrDoesNotComeIsAskedForAgain() {
        rig.open();
        rig.pass(Duration.ofSeconds(81));
        asked.get(0).onFailed("on purpose");
        rig.pass(Duration.ofSeconds(6));
        assertThat(asked).hasSize(2);
        rig.pass(Duration.ofSeconds(10));
        asked.get(0).onFailed("it is too late for this");
        asked.get(1).onFailed("it is too late for this as well");
        assertThat(told).containsExactly("on purpose", "no answer in time");
    }

    @Test
    void whenASecretEndsWithoutANextTheBrokerIsAsked() {
        TestClient client = rig.open().openChannel(1);
        client.publish(1, "q", "before");
        rig.pass(Duration.ofSeconds(101));
        client.openChannel(2).publish(2, "q", "after");
        rig.run();
        assertThat(rig.broker.bodies()).containsExactly("before", "after");
        assertThat(rig.broker.logins).isEqualTo(2);

        rig.broker.password = "changed";
        rig.pass(Duration.ofHours(2));
        client.openChannel(3).publish(3, "q", "too late");
        rig.run();
        assertThat(client.closeHeard(0).code()).isEqualTo(403);
    }

    @Test
    void aRefusalTakesAllChannelsAway() {
        TestClient client = rig.open().openChannel(1);
        client.publish(1, "q", "before");
        rig.pass(Duration.ofSeconds(81));
        asked.get(0).onRefused();
        client.openChannel(2).publish(2, "q", "after");
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(403);
        assertThat(rig.broker.bodies()).containsExactly("before");
        assertThat(rig.broker.openConnections()).isZero();
    }

    @Test
    void whoBringsAnotherSecretAfterARefusalBeginsAnew() {
        rig.open();
        rig.pass(Duration.ofSeconds(81));
        asked.remove(0).onRefused();
        rig.broker.password = "second";
        rig.open().openChannel(1).publish(1, "q", "after");
        rig.run();
        assertThat(rig.broker.bodies()).containsExactly("after");
        rig.pass(Duration.ofSeconds(81));
        assertThat(asked).hasSize(1);
    }

    @Test
    void nobodyIsAskedForAnAccountThatIsNotNeeded() {
        options.idleTimeout = Duration.ofSeconds(20);
        begin();
        rig.open().close();
        rig.pass(Duration.ofHours(2));
        assertThat(asked).isEmpty();
        assertThat(rig.broker.openConnections()).isZero();
    }
}
