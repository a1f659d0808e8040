package io.amqproxy.impl.fault;

import static io.amqproxy.trace.TraceMatcher.named;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Broker10;
import io.amqproxy.testkit.ForeignClient10;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.TraceFilter;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault of AMQP 1.0 does to Qpid JMS and Proton what it says, and all goes on after it. */
@Tag("process")
@Tag("broker")
@Timeout(300)
class Faults10Test {

    @AutoClose
    private static final Broker10 broker = Broker10.Kind.BROKER_J.start();

    private static final Duration SOON = Duration.ofSeconds(30);

    private static int queues;

    private final String queue = "faulty10-" + ++queues;

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.port())
            .listen(0)
            .start();

    Faults10Test() throws Exception {
        broker.createQueue(queue);
        broker.createQueue("other-" + queue);
    }

    private Connection connect() throws JMSException {
        JmsConnectionFactory factory = new JmsConnectionFactory(
                "guest",
                "guest",
                "amqp://127.0.0.1:" + proxy.address().getPort() + "?jms.forceSyncSend=true&amqp.vhost="
                        + broker.hostname());
        Connection connection = factory.createConnection();
        connection.start();
        return connection;
    }

    private static void send(Session session, MessageProducer producer, String text) throws JMSException {
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.send(session.createTextMessage(text));
    }

    private void allGoesOn(String... there) throws JMSException {
        try (Connection connection = connect();
                Session session = connection.createSession();
                MessageConsumer consumer = session.createConsumer(session.createQueue(broker.address(queue)))) {
            for (String text : there) {
                assertThat(((TextMessage) Objects.requireNonNull(consumer.receive(30_000))).getText())
                        .isEqualTo(text);
            }
        }
    }

    @Test
    void whatTheBrokerAcceptsIsRejectedAndReleased() throws Exception {
        try (Connection connection = connect();
                Session session = connection.createSession();
                MessageProducer producer = session.createProducer(session.createQueue(broker.address(queue)))) {
            send(session, producer, "one");
            try (Fault rejected = proxy.faults()
                            .rejectDeliveries(
                                    FaultScope.all().nth(1), "amqp:resource-limit-exceeded", "full on purpose");
                    Fault released =
                            proxy.faults().releaseDeliveries(FaultScope.all().nth(2))) {
                assertThatThrownBy(() -> send(session, producer, "two")).hasMessageContaining("full on purpose");
                send(session, producer, "three");
                assertThatThrownBy(() -> send(session, producer, "four")).isInstanceOf(JMSException.class);
                assertThat(rejected.count()).isOne();
                assertThat(released.count()).isOne();
            }
            send(session, producer, "five");
        }
        allGoesOn("one", "two", "three", "four", "five");
    }

    @Test
    void whatIsSentToOneAddressIsRejectedAndOneOfTwoSessionsEnds() throws Exception {
        String address = broker.address(queue);
        try (Connection connection = connect();
                Session session = connection.createSession();
                Session another = connection.createSession()) {
            MessageProducer producer = session.createProducer(session.createQueue(address));
            MessageProducer other = session.createProducer(session.createQueue(broker.address("other-" + queue)));
            MessageProducer third = another.createProducer(session.createQueue(broker.address("other-" + queue)));
            try (Fault rejected = proxy.faults()
                    .rejectDeliveries(
                            FaultScope.all().naming(address).nth(2), "amqp:resource-limit-exceeded", "full")) {
                send(session, other, "first");
                send(session, producer, "one");
                send(session, other, "second");
                assertThatThrownBy(() -> send(session, producer, "two")).hasMessageContaining("full");
                send(session, producer, "three");
                assertThat(rejected.count()).isOne();
            }
            assertThat(proxy.faults().endSessions(FaultScope.all().naming(address), "amqp:internal-error", "gone"))
                    .isOne();
            Await.until("the session knows it", () -> hasEnded(session));
            send(another, third, "third");
        }
        allGoesOn("one", "two", "three");
    }

    @Test
    void whatIsSentWithoutALinkOfItsOwnIsKnownByItsMessage() throws Exception {
        String address = broker.address(queue);
        try (Connection connection = connect();
                Session session = connection.createSession();
                MessageProducer any = session.createProducer(null);
                Fault rejected = proxy.faults()
                        .rejectDeliveries(FaultScope.all().naming(address), "amqp:resource-limit-exceeded", "full")) {
            any.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
            any.send(session.createQueue(broker.address("other-" + queue)), session.createTextMessage("first"));
            assertThatThrownBy(() -> any.send(session.createQueue(address), session.createTextMessage("one")))
                    .hasMessageContaining("full");
            assertThat(rejected.count()).isOne();
        }
        allGoesOn("one");
    }

    @Test
    void withinATransactionMessagesAndItsEndAreRejectedAndReleased() throws Exception {
        try (Connection connection = connect();
                Session session = connection.createSession(Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(session.createQueue(broker.address(queue)))) {
            String address = broker.address(queue);
            try (Fault rejected = proxy.faults()
                    .rejectDeliveries(
                            FaultScope.all().naming(address).nth(2), "amqp:resource-limit-exceeded", "full")) {
                send(session, producer, "one");
                assertThatThrownBy(() -> send(session, producer, "two")).hasMessageContaining("full");
                assertThat(rejected.count()).isOne();
            }
            session.rollback();
            try (Fault released =
                    proxy.faults().releaseDeliveries(FaultScope.all().naming(address))) {
                assertThatThrownBy(() -> send(session, producer, "three")).hasMessageContaining("released");
                assertThat(released.count()).isOne();
            }
            session.rollback();
            try (Fault rejected = proxy.faults()
                    .rejectDeliveries(FaultScope.all().nth(2), "amqp:resource-limit-exceeded", "full on purpose")) {
                send(session, producer, "four");
                assertThatThrownBy(session::commit).hasMessageContaining("full on purpose");
                assertThat(rejected.count()).isOne();
            }
        }
        allGoesOn("four");
    }

    private static boolean hasEnded(Session session) {
        try {
            session.createTextMessage();
            return false;
        } catch (JMSException closed) {
            return true;
        }
    }

    @Test
    void aSenderWithoutCreditWaitsUntilItGetsSome() throws Exception {
        try (Recorder recorder = proxy.record(TraceFilter.all().names("transfer"));
                Connection connection = connect();
                Session session = connection.createSession()) {
            MessageProducer producer = session.createProducer(session.createQueue(broker.address(queue)));
            MessageProducer other = session.createProducer(session.createQueue(broker.address("other-" + queue)));
            CompletableFuture<Void> sent;
            try (Fault withheld = proxy.faults().withholdCredit(FaultScope.all().naming(broker.address(queue)))) {
                send(session, other, "first"); // The credit that was there is taken back before this is answered.
                sent = CompletableFuture.runAsync(() -> sendUnchecked(session, producer, "one"));
                try (Connection late = connect();
                        Session another = late.createSession()) {
                    // A new link gets none either.
                    another.createProducer(another.createQueue(broker.address(queue)));
                    Await.until("credit that is withheld", SOON, () -> withheld.count() > 1);
                }
                recorder.flush();
                assertThat(recorder.events(named("transfer").inDirection(Direction.FROM_CLIENT)))
                        .hasSize(1);
                assertThat(sent).isNotDone();
            }
            sent.get(30, TimeUnit.SECONDS);
        }
        allGoesOn("one");
    }

    private static void sendUnchecked(Session session, MessageProducer producer, String text) {
        try {
            send(session, producer, text);
        } catch (JMSException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void aLinkIsDetachedAndTheSessionGoesOn() throws Exception {
        try (Connection connection = connect();
                Session session = connection.createSession()) {
            MessageConsumer consumer = session.createConsumer(session.createQueue(broker.address(queue)));
            CompletableFuture<Exception> end = new CompletableFuture<>();
            consumer.setMessageListener(message -> {});
            connection.setExceptionListener(end::complete);
            assertThat(proxy.faults()
                            .detachLinks(
                                    FaultScope.all().naming(broker.address(queue)),
                                    "amqp:resource-deleted",
                                    "gone on purpose"))
                    .isOne();
            assertThat(end.get(30, TimeUnit.SECONDS)).hasMessageContaining("gone on purpose");
            MessageProducer producer = session.createProducer(session.createQueue(broker.address(queue)));
            send(session, producer, "one");
        }
        allGoesOn("one");
    }

    @Test
    void sessionsAndConnectionsEndForACondition() throws Exception {
        Connection connection = connect();
        Session session = connection.createSession();
        MessageConsumer consumer = session.createConsumer(session.createQueue(broker.address(queue)));
        assertThat(proxy.faults().endSessions(FaultScope.all(), "amqp:internal-error", "ended on purpose"))
                .isPositive();
        assertThatThrownBy(() -> consumer.receive(30_000)).isInstanceOf(JMSException.class);
        CompletableFuture<Exception> end = new CompletableFuture<>();
        connection.setExceptionListener(end::complete);
        assertThat(proxy.faults().closeConnections(FaultScope.all(), "amqp:not-allowed", "closed on purpose"))
                .isOne();
        assertThat(end.get(30, TimeUnit.SECONDS)).hasMessageContaining("closed on purpose");
        allGoesOn();
    }

    @Test
    void connectionsToTheBrokerAreClosedAsByThatForACondition() throws Exception {
        try (Connection connection = connect();
                Recorder recorder = proxy.record()) {
            Session session = connection.createSession();
            session.createConsumer(session.createQueue(broker.address(queue))).setMessageListener(message -> {});
            CompletableFuture<Exception> end = new CompletableFuture<>();
            connection.setExceptionListener(end::complete);
            assertThat(proxy.faults().closeConnections(FaultScope.upstreams(), "amqp:connection:forced", "it restarts"))
                    .isPositive();
            assertThat(end.get(30, TimeUnit.SECONDS)).hasMessageContaining("it restarts");
            recorder.await(named("close").inDirection(Direction.TO_BROKER), SOON);
        }
        allGoesOn();
        assertThat(proxy.faults().closeConnections(FaultScope.upstreams(), 320, "again"))
                .isPositive();
        allGoesOn();
    }

    @Test
    void sessionsAndLinksEndAsIfTheBrokerEndedThem() throws Exception {
        try (Recorder recorder =
                        proxy.record(TraceFilter.all().directions(Direction.TO_BROKER, Direction.FROM_BROKER));
                Connection connection = connect()) {
            Session session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
            send(session, session.createProducer(session.createQueue(broker.address(queue))), "one");
            MessageConsumer consumer = session.createConsumer(session.createQueue(broker.address(queue)));
            assertThat(consumer.receive(30_000)).isNotNull();
            CompletableFuture<Exception> end = new CompletableFuture<>();
            connection.setExceptionListener(end::complete);
            consumer.setMessageListener(message -> {});
            assertThat(proxy.faults().detachLinks(FaultScope.upstreams(), "amqp:resource-deleted", "gone on purpose"))
                    .isPositive();
            assertThat(end.get(30, TimeUnit.SECONDS)).hasMessageContaining("gone on purpose");
            recorder.await(named("detach").inDirection(Direction.TO_BROKER), SOON);
            session.createConsumer(session.createQueue(broker.address("other-" + queue)));
            assertThat(proxy.faults().endSessions(FaultScope.upstreams(), "amqp:internal-error", "ended on purpose"))
                    .isPositive();
            Await.until("the session knows it", () -> hasEnded(session));
            recorder.await(named("end").inDirection(Direction.FROM_BROKER), SOON);
            recorder.flush();
            assertThat(recorder.events(named("close").inDirection(Direction.TO_BROKER)))
                    .isEmpty();
        }
        allGoesOn("one");
        assertThat(proxy.faults().endSessions(FaultScope.upstreams().onChannel(77), "amqp:internal-error", "none"))
                .isZero();
    }

    @Test
    void heartbeatsThatAreLostAreMissed() throws Exception {
        JmsConnectionFactory factory = new JmsConnectionFactory(
                "guest",
                "guest",
                "amqp://127.0.0.1:" + proxy.address().getPort() + "?amqp.idleTimeout=2000&amqp.vhost="
                        + broker.hostname());
        try (Fault lost = proxy.faults().loseHeartbeats(FaultScope.all());
                Connection connection = factory.createConnection()) {
            CompletableFuture<Exception> end = new CompletableFuture<>();
            connection.setExceptionListener(end::complete);
            connection.start();
            assertThat(end.get(60, TimeUnit.SECONDS)).hasMessageContaining("idle");
            assertThat(lost.count()).isPositive();
        }
        allGoesOn();
    }

    @Test
    void programsWithProtonGoOnAfterFaults() {
        assertThat(ForeignClient10.PROTON.play(
                        "faults", broker, proxy.address().getPort(), queue, new FaultsAskedFor(proxy)))
                .containsExactly(
                        "one accepted",
                        "? reject",
                        "two SendException REJECTED",
                        "? release",
                        "three SendException RELEASED",
                        "? withhold credit",
                        "four Timeout ",
                        "? give credit",
                        "five accepted",
                        "? detach",
                        "six LinkDetached ('amqp:resource-deleted', 'on purpose')",
                        "seven accepted",
                        "? close connections",
                        "eight ConnectionClosed ('amqp:connection:forced', 'on purpose')",
                        "left ['five again False', 'four again False', 'one again False', 'seven again False',"
                                + " 'three again False', 'two again False']");
    }
}
