package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import org.junit.jupiter.api.Test;

class HandledWatermarkTest {

    private final HandledWatermark handled = new HandledWatermark();

    @Test
    void anAnswerProvesWhatWasSentBeforeTheLastQuestion() {
        handled.begin();
        assertThat(handled.isComplete()).isTrue();
        handled.onStatement(Method.BASIC_CANCEL);
        handled.onQuestion(Method.QUEUE_BIND);
        handled.onQuestion(Method.QUEUE_DECLARE);
        assertThat(handled.mayLoseStatements()).isTrue();
        for (Method method : new Method[] {Method.BASIC_CANCEL, Method.QUEUE_BIND, Method.QUEUE_DECLARE}) {
            assertThat(handled.mayInclude(method.id())).isTrue();
        }
        assertThat(handled.mayInclude(Method.BASIC_PUBLISH.id())).isFalse();
        handled.onAnswer();
        assertThat(handled.mayLoseStatements()).isTrue();
        assertThat(handled.isComplete()).isFalse();

        handled.onAnswer();
        assertThat(handled.mayLoseStatements()).isFalse();
        assertThat(handled.mayBeObjectedTo()).isFalse();
        assertThat(handled.isComplete()).isTrue();
    }

    @Test
    void whatWasSentBehindTheQuestionIsNotProved() {
        handled.begin();
        handled.onQuestion(Method.QUEUE_DECLARE);
        handled.onSettled(Method.BASIC_ACK);
        handled.onAnswer();

        assertThat(handled.mayLose()).isTrue();
        assertThat(handled.mayLoseStatements()).isFalse();
        assertThat(handled.mayBeObjectedTo()).isTrue();
        assertThat(handled.isComplete()).isFalse();
        assertThat(handled.mayInclude(Method.BASIC_ACK.id())).isTrue();
        handled.onQuestion(Method.QUEUE_DECLARE);
        handled.onAnswer();
        assertThat(handled.mayLose()).isFalse();
        assertThat(handled.mayInclude(Method.BASIC_ACK.id())).isFalse();
        assertThat(handled.mayInclude(0)).isFalse();
    }

    @Test
    void ofPublishesTheMandatoryOnesMayBeLostAndAllMayBeObjectedTo() {
        handled.begin();
        handled.onPublish(false);
        assertThat(handled.mayBeObjectedTo()).isTrue();
        assertThat(handled.mayLose()).isFalse();
        assertThat(handled.hasPublishedMandatory()).isFalse();
        assertThat(handled.mayInclude(Method.BASIC_PUBLISH.id())).isTrue();
        assertThat(handled.mayInclude(Method.BASIC_ACK.id())).isFalse();
        assertThat(handled.mayInclude(0)).isTrue();

        handled.onPublish(true);
        assertThat(handled.mayLose()).isTrue();
        assertThat(handled.hasPublishedMandatory()).isTrue();
        assertThat(handled.published()).isEqualTo(2);
        assertThat(handled.unprovedPublishes()).isEqualTo(2);
    }

    @Test
    void confirmsOfAllPublishesProveThemAndNoSettlingBehindThem() {
        handled.begin();
        handled.onStatement(Method.BASIC_CANCEL);
        handled.onPublish(true);
        handled.onSettled(Method.BASIC_ACK);
        handled.onAllConfirmed();

        assertThat(handled.unprovedPublishes()).isZero();
        assertThat(handled.mayLoseStatements()).isFalse();
        assertThat(handled.mayLose()).isTrue();
        assertThat(handled.hasPublishedMandatory()).isTrue();
    }

    @Test
    void publishesBeforeTheQuestionAreProvedByItsAnswer() {
        handled.begin();
        handled.onPublish(true);
        handled.onQuestion(Method.TX_COMMIT);
        handled.onPublish(false);
        handled.onAnswer();

        assertThat(handled.unprovedPublishes()).isOne();
        assertThat(handled.mayLose()).isFalse();
        assertThat(handled.mayBeObjectedTo()).isTrue();
        handled.begin();
        assertThat(handled.published()).isZero();
        assertThat(handled.unprovedPublishes()).isZero();
        assertThat(handled.hasPublishedMandatory()).isFalse();
        handled.onQuestion(Method.TX_COMMIT);
        handled.onPublish(true);
        handled.onAnswer();
        assertThat(handled.unprovedPublishes()).isOne();
    }

    @Test
    void ofMoreThanFourMethodsItIsOnlyKnownThatThereWereMany() {
        handled.begin();
        int known = 0;
        while (!handled.mayInclude(Method.QUEUE_PURGE.id())) {
            handled.onSettled(known == 0 ? Method.BASIC_NACK : Method.BASIC_ACK);
            known++;
        }
        assertThat(known).isEqualTo(5);
        assertThat(handled.mayInclude(Method.BASIC_NACK.id())).isTrue();

        handled.onQuestion(Method.QUEUE_DECLARE);
        handled.onAnswer();
        assertThat(handled.mayInclude(0)).isFalse();
        for (int i = 1; i < known; i++) {
            handled.onSettled(i == 1 ? Method.BASIC_NACK : Method.BASIC_ACK);
        }
        assertThat(handled.mayInclude(Method.QUEUE_PURGE.id())).isFalse();
        assertThat(handled.mayInclude(Method.BASIC_NACK.id())).isTrue();
    }
}
