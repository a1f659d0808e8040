package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.PoolStats;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients of AMQP 1.0 in front of a broker that speaks it, on the port of those of 0-9-1. */
@Tag("broker")
class Amqp10ThroughProxyTest {

    /** A source without an address, for which the broker makes a node. */
    private static final byte[] DYNAMIC_SOURCE = {0, 0x53, 0x28, (byte) 0xC0, 6, 5, 0x40, 0x40, 0x40, 0x40, 0x41};

    private static EmbeddedBroker broker;
    private static int queues;

    private AmqProxy proxy;
    private String queue;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.builder().amqp10().start();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void startProxy() throws Exception {
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen("127.0.0.1", 0)
                .start();
        queue = "q" + ++queues;
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        try (Connection connection = factory.newConnection()) {
            connection.createChannel().queueDeclare(queue, false, false, false, Map.of());
        }
    }

    @AfterEach
    void stopProxy() {
        proxy.close();
    }

    private RawClient10 client() throws IOException {
        return new RawClient10(proxy.address().getPort());
    }

    @Test
    void aSettledMessageArrivesThoughItsSenderLeavesAtOnce() throws Exception {
        try (RawClient10 sender = client().open().beginSession(0)) {
            sender.attach(0, 0, "s", false, queue);
            sender.transfer(0, 0, 0, true, false, RawClient10.message("hello"));
            sender.closeInOrder();
        }
        Await.until("the message is there", () -> broker.queueDepth(queue) == 1);
    }

    @Test
    void theOutcomeOfAMessageHasTheSendersNumber() throws Exception {
        try (RawClient10 sender = client().open().beginSession(3)) {
            sender.attach(3, 7, "s", false, queue);
            for (int id = 1000; id < 1003; id++) {
                sender.transfer(3, 7, id, false, false, RawClient10.message("m" + id));
                Performative outcome = sender.expect(CompositeType.DISPOSITION);
                assertThat(outcome.bool(Performative.DISPOSITION_ROLE)).isTrue();
                assertThat(outcome.uint(Performative.DISPOSITION_FIRST, -1)).isEqualTo(id);
            }
            sender.closeInOrder();
        }
        assertThat(broker.queueDepth(queue)).isEqualTo(3);
    }

    @Test
    void aMessageInPartsArrivesAsAWholeAndOneThatIsGivenUpDoesNot() throws Exception {
        byte[] message = RawClient10.message("x".repeat(100_000));
        try (RawClient10 sender = client().open().beginSession(0)) {
            sender.attach(0, 0, "s", false, queue);
            sender.transfer(0, 0, 0, false, true, Arrays.copyOf(message, 50_000));
            sender.transfer(0, 0, 0, false, false, Arrays.copyOfRange(message, 50_000, message.length));
            assertThat(sender.expect(CompositeType.DISPOSITION).uint(Performative.DISPOSITION_FIRST, -1))
                    .isZero();
            sender.transfer(0, 0, 1, false, true, Arrays.copyOf(message, 50_000));
        }
        Await.until("the client is gone", () -> proxy.stats().clients() == 0);
        assertThat(broker.queueDepth(queue)).isEqualTo(1);
    }

    @Test
    void whatAReceiverLeavesUnsettledGoesBackToTheQueue() throws Exception {
        try (RawClient10 sender = client().open().beginSession(0)) {
            sender.attach(0, 0, "s", false, queue);
            sender.transfer(0, 0, 0, false, false, RawClient10.message("once more"));
            sender.expect(CompositeType.DISPOSITION);
        }
        for (int round = 0; round < 2; round++) {
            try (RawClient10 receiver = client().open().beginSession(0)) {
                Performative attach = receiver.attach(0, 0, "r", true, queue);
                receiver.grant(0, 0, attach.uint(Performative.ATTACH_INITIAL_DELIVERY_COUNT, 0), 1);
                Performative transfer = receiver.expect(CompositeType.TRANSFER);
                assertThat(transfer.uint(Performative.TRANSFER_DELIVERY_ID, -1)).isZero();
                assertThat(receiver.payload()).contains("once more");
            }
        }
    }

    @Test
    void aRangeThatGoesBeyondWhatCameSettlesWhatCame() throws Exception {
        try (RawClient10 sender = client().open().beginSession(0)) {
            sender.attach(0, 0, "s", false, queue);
            sender.transfer(0, 0, 0, false, false, RawClient10.message("once"));
            sender.expect(CompositeType.DISPOSITION);
        }
        try (RawClient10 receiver = client().open().beginSession(0)) {
            Performative attach = receiver.attach(0, 0, "r", true, queue);
            receiver.grant(0, 0, attach.uint(Performative.ATTACH_INITIAL_DELIVERY_COUNT, 0), 1);
            receiver.expect(CompositeType.TRANSFER);
            receiver.send(receiver.begin(0, CompositeType.DISPOSITION)
                    .bool(true)
                    .uint(0)
                    .uint(Integer.MAX_VALUE)
                    .bool(true)
                    .state(0x24));
            Await.until("the message is gone", () -> broker.queueDepth(queue) == 0);
        }
    }

    @Test
    void clientsOfBothProtocolsAreServedOnOnePortAndShareFewConnections() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawClient10 sender = client().open().beginSession(0)) {
                sender.attach(0, 0, "same name", false, queue);
                sender.transfer(0, 0, 0, false, false, RawClient10.message("m" + i));
                sender.expect(CompositeType.DISPOSITION);
                sender.closeInOrder();
            }
        }
        assertThat(broker.queueDepth(queue)).isEqualTo(20);
        assertThat(proxy.stats().upstreams()).isLessThanOrEqualTo(4);
    }

    @Test
    void figuresAndEventsNameTheProtocol() throws Exception {
        try (RawClient10 client = client().open().beginSession(0)) {
            client.attach(0, 0, "s", false, queue);
            assertThat(proxy.clients())
                    .singleElement()
                    .satisfies(info -> assertThat(info.protocol()).isEqualTo("AMQP 1.0"));
            assertThat(proxy.stats().pools()).extracting(PoolStats::protocol).contains("AMQP 1.0");
        }
    }

    @Test
    void aNodeThatBelongsToItsConnectionIsReachedByOthersAndGoesWithItsClient() throws Exception {
        String node;
        try (RawClient10 owner = client().open().beginSession(0)) {
            owner.send(owner.begin(0, CompositeType.ATTACH)
                    .string("d")
                    .uint(0)
                    .bool(true)
                    .none()
                    .none()
                    .raw(DYNAMIC_SOURCE)
                    .terminus(RawClient10.TARGET, "here"));
            byte[] source = owner.expect(CompositeType.ATTACH).raw(Performative.ATTACH_SOURCE);
            Matcher address =
                    Pattern.compile("TempQueue[0-9a-f-]+").matcher(new String(source, StandardCharsets.ISO_8859_1));
            assertThat(address.find()).isTrue();
            node = address.group();
            try (RawClient10 other = client().open().beginSession(0)) {
                other.attach(0, 0, "s", false, node);
                other.transfer(0, 0, 0, false, false, RawClient10.message("here I am"));
                assertThat(other.expect(CompositeType.DISPOSITION).bool(Performative.DISPOSITION_SETTLED))
                        .isTrue();
            }
            owner.closeInOrder();
        }
        try (RawClient10 late = client().open().beginSession(0)) {
            late.attach(0, 0, "late", false, node);
            // On a link that served before the broker may tell of the end only now.
            assertThat(late.expect(CompositeType.DETACH).error(Performative.DETACH_ERROR))
                    .isIn(AmqpError.NOT_FOUND, "amqp:resource-deleted");
        }
    }

    @Test
    void aWrongPasswordIsRefusedByTheBroker() throws Exception {
        try (RawClient10 client = client()) {
            assertThat(client.logIn("guest", "wrong")).isEqualTo(1);
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void whoBreaksTheProtocolIsToldAndNobodyElseNotices() throws Exception {
        try (RawClient10 good = client().open().beginSession(0);
                RawClient10 bad = client().open().beginSession(0)) {
            good.attach(0, 0, "good", false, queue);
            bad.attach(0, 0, "bad", false, queue);
            bad.transfer(0, 5, 0, true, false, RawClient10.message("on no link"));
            Performative end = bad.expect(CompositeType.END);
            assertThat(end.error(Performative.END_ERROR)).isEqualTo(AmqpError.UNATTACHED_HANDLE);
            bad.raw(new byte[] {0, 0, 0, 4, 2, 0, 0, 0});
            Performative close = bad.expect(CompositeType.CLOSE);
            assertThat(close.error(Performative.CLOSE_ERROR)).isEqualTo(AmqpError.FRAMING_ERROR);

            good.transfer(0, 0, 0, false, false, RawClient10.message("fine"));
            assertThat(good.expect(CompositeType.DISPOSITION).bool(Performative.DISPOSITION_SETTLED))
                    .isTrue();
        }
    }

    @Test
    void whereItIsSwitchedOffSuchClientsHearTheHeaderOfTheOtherProtocol() throws Exception {
        try (AmqProxy plain = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.port())
                        .listen("127.0.0.1", 0)
                        .amqp10(false)
                        .start();
                RawClient10 client = new RawClient10(plain.address().getPort())) {
            client.raw(new byte[] {'A', 'M', 'Q', 'P', 3, 1, 0, 0});
            assertThat(client.read(8)).containsExactly('A', 'M', 'Q', 'P', 0, 0, 9, 1);
        }
    }
}
