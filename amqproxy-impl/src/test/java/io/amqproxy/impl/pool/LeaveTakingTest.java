package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who ends the stream when a connection was closed in order. */
class LeaveTakingTest {

    private final Rig rig = new Rig();

    @Test
    void aClientThatClosedIsLeftToEndTheStream() {
        TestClient client = rig.open();
        client.endsStream = false;
        client.close();
        rig.run();

        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();
        assertThat(client.ended).isFalse();
        assertThat(client.link().isAwaitingEnd()).isTrue();
        assertThat(rig.pool().clients()).isZero();

        client.vanish();
        rig.run();
        assertThat(client.ended).isTrue();
    }

    /** As brokers do, one of which ends it after 2 s, and one never. */
    @ParameterizedTest
    @CsvSource({"apache-activemq-artemis, true", "ActiveMQ, true", "RabbitMQ, false", "Qpid, false"})
    void theStreamOfAClientOf10ThatClosedEndsAtOnceWhereTheBrokerEndsIt(String product, boolean isEnded) {
        Rig10 rig = new Rig10();
        rig.broker.product = product;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.say(0, 0x18).run();
        assertThat(client.all(0x18)).hasSize(1);
        assertThat(client.ended).isEqualTo(isEnded);
        assertThat(client.link().isAwaitingEnd()).isEqualTo(!isEnded);
    }

    @Test
    void whatAClientSaysAfterItsCloseIsDropped() {
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.endsStream = false;
        client.openChannel(1).close().publish(1, "q", "late");
        rig.run();
        client.publish(1, "q", "later");
        rig.run();

        assertThat(client.methods(0)).endsWith(Method.CONNECTION_CLOSE_OK);
        assertThat(rig.broker.published).isEmpty();
    }

    @Test
    void aStreamEndsAtOnceWhenTheClientHasAnsweredAClose() {
        TestClient client = rig.open();
        client.openChannel(1).openChannel(1);
        rig.run();
        assertThat(client.closeHeard(0).code()).isEqualTo(504);
        assertThat(client.ended).isFalse();

        client.write(0, Method.CONNECTION_CLOSE_OK);
        rig.run();
        assertThat(client.ended).isTrue();
    }

    /** Threads that do not wait for each other send it, and RabbitMQ ignores it. */
    @Test
    void whatIsSentBehindTheCloseOfAChannelBeforeItsAnswerIsDropped() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "before");
        rig.run();
        client.closeChannel(1).publish(1, "q", "behind").ack(1, 1, false);
        rig.run();
        assertThat(client.methods(1)).endsWith(Method.CHANNEL_CLOSE_OK);
        assertThat(client.methods(0)).doesNotContain(Method.CONNECTION_CLOSE);

        client.ack(1, 1, false);
        rig.run();
        assertThat(client.methods(0)).endsWith(Method.CONNECTION_CLOSE);
        assertThat(rig.broker.bodies()).containsExactly("before");
    }
}
