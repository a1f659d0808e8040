package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.amqp091.codec.Method;
import org.junit.jupiter.api.Test;

class PendingRepliesTest {

    private final PendingReplies pending = new PendingReplies();

    @Test
    void anAnswerIsTheClientsWhereItHasAsked() {
        assertThat(pending.take()).isFalse();
        pending.await(Method.QUEUE_DECLARE);
        assertThat(pending.isClientWaiting()).isTrue();
        assertThat(pending.mayFence()).isTrue();

        assertThat(pending.take()).isTrue();
        assertThat(pending.isClientWaiting()).isFalse();
        assertThat(pending.take()).isFalse();
    }

    @Test
    void aFlowOkIsTheFencesWhereThatWasAskedFirst() {
        pending.awaitOwn(Method.CHANNEL_FLOW);
        assertThat(pending.isFencing()).isTrue();
        assertThat(pending.mayFence()).isFalse();
        pending.await(Method.CHANNEL_FLOW);
        pending.await(Method.CHANNEL_FLOW);
        assertThat(pending.isClientAskingFlow()).isTrue();

        assertThat(pending.takeFlow()).isFalse();
        assertThat(pending.takeFence()).isTrue();
        assertThat(pending.isFencing()).isFalse();
        assertThat(pending.takeFlow()).isTrue();
        assertThat(pending.takeFlow()).isTrue();
        assertThat(pending.takeFlow()).isFalse();
        assertThat(pending.isClientAskingFlow()).isFalse();
        assertThat(pending.takeFence()).isFalse();
    }

    @Test
    void aFenceBeforeTheOnlyQuestionIsAnsweredBeforeIt() {
        pending.awaitOwn(Method.CHANNEL_FLOW);
        pending.await(Method.CHANNEL_FLOW);

        assertThat(pending.takeFlow()).isFalse();
        assertThat(pending.takeFence()).isTrue();
        assertThat(pending.takeFlow()).isTrue();
    }

    @Test
    void aFlowOkIsTheClientsWhereItHasAskedFirst() {
        pending.await(Method.CHANNEL_FLOW);
        assertThat(pending.mayFence()).isFalse();
        pending.awaitOwn(Method.CHANNEL_FLOW);

        assertThat(pending.takeFlow()).isTrue();
        assertThat(pending.takeFlow()).isFalse();
        assertThat(pending.takeFence()).isTrue();
        assertThat(pending.mayFence()).isTrue();
    }

    @Test
    void theProxyGetsTheAnswersToWhatItAskedItself() {
        pending.awaitOwn(Method.BASIC_QOS);
        pending.awaitOwn(Method.CONFIRM_SELECT);

        assertThat(pending.takeOwn(Method.QUEUE_DECLARE_OK)).isFalse();
        assertThat(pending.takeOwn(Method.BASIC_QOS_OK)).isTrue();
        assertThat(pending.takeOwn(Method.BASIC_QOS_OK)).isFalse();
        assertThat(pending.takeOwn(Method.CONFIRM_SELECT_OK)).isTrue();
        assertThat(pending.takeOwn(Method.CONFIRM_SELECT_OK)).isFalse();
        assertThatThrownBy(() -> pending.awaitOwn(Method.QUEUE_DECLARE)).isInstanceOf(IllegalArgumentException.class);
    }
}
