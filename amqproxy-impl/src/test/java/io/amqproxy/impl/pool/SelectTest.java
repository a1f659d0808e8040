package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import org.junit.jupiter.api.Test;

/** When {@code confirm.select} is answered: at once, but never before what the broker has to say of earlier methods. */
class SelectTest {

    @Test
    void aReturnComesBeforeTheAnswerToALaterSelect() {
        Rig rig = new Rig();
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "", "nobody", true, "back").select(1).publish(1, "nobody", "confirmed");
        rig.run();

        assertThat(client.methods(1))
                .containsExactly(
                        Method.CHANNEL_OPEN_OK, Method.BASIC_RETURN, Method.CONFIRM_SELECT_OK, Method.BASIC_ACK);
        assertThat(client.tags(Method.BASIC_ACK)).containsExactly(1L);
    }

    @Test
    void anErrorComesInsteadOfTheAnswerToALaterSelect() {
        Rig rig = new Rig();
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "missing", "key", false, "lost").select(1);
        rig.run();

        assertThat(client.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.CHANNEL_CLOSE);
        assertThat(client.closeHeard(1).code()).isEqualTo(404);
    }

    @Test
    void theAnswerToAnEarlierQuestionComesFirst() {
        Rig rig = new Rig();
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "q", false).select(1);
        rig.run();

        assertThat(client.methods(1))
                .containsExactly(Method.CHANNEL_OPEN_OK, Method.QUEUE_DECLARE_OK, Method.CONFIRM_SELECT_OK);
    }

    @Test
    void aPrefetchLimitDoesNotMakeAClientWait() {
        Rig rig = new Rig();
        rig.broker.prompt = false;
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 5, false).select(1);
        rig.run();

        assertThat(client.methods(1))
                .containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_QOS_OK, Method.CONFIRM_SELECT_OK);
    }

    @Test
    void aClientThatSelectsBeforeEachConfirmedPublishDoesNotWait() {
        Rig rig = new Rig();
        TestClient client = rig.open();
        client.openChannel(1);
        for (int i = 0; i < 3; i++) {
            client.select(1).publish(1, "nobody", "m");
            rig.run();
        }

        assertThat(client.tags(Method.BASIC_ACK)).containsExactly(1L, 2L, 3L);
        assertThat(rig.broker.only().count(Method.CONFIRM_SELECT)).isEqualTo(1);
    }
}
