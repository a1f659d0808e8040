package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** While the broker holds publishers back, who does not publish goes on. */
class HeldBackTest {

    private final Rig.Options options = new Rig.Options();
    private final Rig rig = new Rig(options);
    private final TestClient publisher = rig.open();

    @BeforeEach
    void publish() {
        rig.broker.queue("q");
        publisher.openChannel(1).publish(1, "q", "one").publish(1, "q", "two").publish(1, "q", "three");
        rig.run();
    }

    private void holdBack() {
        rig.broker.runLowOnMemory();
        publisher.publish(1, "q", "held");
        rig.run();
        assertThat(rig.broker.bodies()).doesNotContain("held");
    }

    private void letGoOn() {
        rig.broker.haveMemoryAgain();
        rig.run();
        assertThat(rig.broker.bodies()).contains("held");
    }

    private static int answers(TestClient client, Method method) {
        return (int) client.heard.stream().filter(frame -> frame.is(method)).count();
    }

    @Test
    void whatManySendMeanwhileIsHeldOnceAndNotForEachOfThem() {
        options.readBuffer = 2 * Settings.FRAME_MAX;
        Rig many = new Rig(options);
        many.broker.queue("q");
        List<TestClient> publishers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TestClient one = many.open();
            one.openChannel(1).publish(1, "q", "first");
            publishers.add(one);
        }
        many.run();
        FakeLink upstream = Objects.requireNonNull(many.broker.only().link);
        upstream.clogged = true;

        // Small ones together, and large ones that come in several reads.
        for (TestClient one : publishers) {
            for (int i = 0; i < 30; i++) {
                one.publish(1, "q", "x".repeat(10_000));
            }
            one.publish(1, "q", "y".repeat(300_000));
        }
        many.run();
        int begun = 8 * 65_536; // Those that filled it have each a message of which a part has come.
        assertThat(many.loop.chunks.usedBytes()).isLessThan(Settings.UPSTREAM_HIGH_WATER + options.readBuffer + begun);

        upstream.unclog();
        many.run();
        assertThat(many.broker.published).hasSize(20 * 32);
        assertThat(many.loop.chunks.usedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConsumerIsCancelledWhereItIs(boolean quietly) {
        TestClient client = rig.open();
        client.openChannel(1).consume(1, ScriptedBroker.DIRECT_REPLY_TO, "tag", true);
        rig.run();
        BrokerChannel consuming = rig.broker.only().allChannels().stream()
                .filter(channel -> !channel.isClean())
                .findFirst()
                .orElseThrow();
        holdBack();

        if (quietly) {
            client.cancelQuietly(1, "tag");
        } else {
            client.cancel(1, "tag");
        }
        rig.run();
        letGoOn();

        assertThat(answers(client, Method.BASIC_CANCEL_OK)).isEqualTo(quietly ? 0 : 1);
        assertThat(consuming.isClean()).isTrue();
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }

    @Test
    void messagesAreGotWhereNobodyPublishes() {
        TestClient client = rig.open();
        client.openChannel(1).get(1, "q", true);
        rig.run();
        holdBack();

        client.get(1, "q", true).get(1, "q", false);
        rig.run();

        assertThat(client.bodies()).isEqualTo("onetwothree");
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        letGoOn();
    }

    @Test
    void aMessageThatCrossesTheFirstOneHeldBackIsGotToo() {
        TestClient client = rig.open();
        client.openChannel(1).get(1, "q", true);
        rig.run();

        rig.broker.runLowOnMemory();
        publisher.publish(1, "q", "held");
        client.get(1, "q", true);
        rig.run();

        assertThat(client.bodies()).isEqualTo("onetwo");
    }

    @Test
    void aChannelThatDeclaredItsQueueBesidePublishersLeavesThem() {
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "q", false);
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(1);
        holdBack();

        client.declare(1, "q", false);
        rig.run();

        assertThat(answers(client, Method.QUEUE_DECLARE_OK)).isEqualTo(2);
        letGoOn();
    }

    @Test
    void whoComesNowIsNotPutBesidePublishers() {
        holdBack();

        TestClient declares = rig.open();
        declares.openChannel(1).declare(1, "r", false);
        TestClient owns = rig.open();
        owns.openChannel(1).declare(1, "mine", true);
        TestClient consumes = rig.open();
        consumes.openChannel(1).qos(1, 2, false).consume(1, "q", "tag", false);
        rig.run();

        assertThat(declares.hears(Method.QUEUE_DECLARE_OK)).isTrue();
        assertThat(owns.hears(Method.QUEUE_DECLARE_OK)).isTrue();
        assertThat(consumes.bodies()).isEqualTo("onetwo");
        letGoOn();
    }

    @Test
    void whoComesNowJoinsConsumersThatAreThere() {
        TestClient consumer = rig.open();
        consumer.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        rig.run();
        holdBack();

        TestClient client = rig.open();
        client.openChannel(1).declare(1, "r", false);
        rig.run();
        client.declare(1, "r", false);
        rig.run();

        assertThat(answers(client, Method.QUEUE_DECLARE_OK)).isEqualTo(2);
        assertThat(rig.broker.openConnections()).isEqualTo(2);
    }

    @Test
    void aConnectionThatAPublisherLeftBlockedIsNobodysOwn() {
        holdBack();
        publisher.vanish();
        rig.run();

        TestClient owns = rig.open();
        owns.openChannel(1).declare(1, "mine", true);
        TestClient consumes = rig.open();
        consumes.openChannel(1).consume(1, "q", "tag", true);
        rig.run();

        assertThat(owns.hears(Method.QUEUE_DECLARE_OK)).isTrue();
        assertThat(consumes.bodies()).isEqualTo("onetwothree");
    }

    @Test
    void aChannelThatGotMessagesGoesBackToPublishersAsItPublishes() {
        TestClient client = rig.open();
        client.openChannel(1).get(1, "q", true);
        rig.run();
        TestClient consumer = rig.open();
        consumer.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        rig.run();
        rig.broker.runLowOnMemory();

        client.publish(1, "q", "held");
        rig.run();
        consumer.ack(1, 1, false);
        rig.run();

        assertThat(consumer.bodies()).isEqualTo("twothree");
        assertThat(client.bodies()).isEqualTo("one");
        letGoOn();
    }

    @Test
    void aChannelThatPublishedWithoutProofStaysWhereItIs() {
        rig.broker.prompt = false;
        publisher.publish(1, "q", "four").get(1, "q", true);
        rig.run();

        assertThat(rig.broker.only().count(Method.BASIC_GET))
                .as("in order, after its publish")
                .isEqualTo(1);
    }

    @Test
    void aConsumerThatPublishesOnItsChannelHoldsBackNoConsumerThatComesLater() {
        TestClient mixed = rig.open();
        mixed.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        rig.run();
        rig.broker.runLowOnMemory();
        mixed.publish(1, "q", "held");
        rig.run();

        TestClient later = rig.open();
        later.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        rig.run();
        later.ack(1, 1, false);
        rig.run();

        assertThat(later.bodies()).isEqualTo("twothree");
    }

    @Test
    void whereThePoolIsFullAChannelStaysAndDoesNotWaitForABetterPlace() {
        options.maxConnections = 1;
        rig.reload();
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "q", false);
        rig.run();

        client.get(1, "q", true);
        rig.run();

        assertThat(client.bodies()).isEqualTo("one");
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }
}
