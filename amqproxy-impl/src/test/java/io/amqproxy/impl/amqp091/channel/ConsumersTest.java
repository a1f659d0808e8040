package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.channel.Consumers.Kind;
import io.amqproxy.impl.buffer.ShortName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Which of several consumers without a tag gets which is not known: none of their messages is lost by a wrong guess.
 */
class ConsumersTest {

    private final Consumers consumers = new Consumers(ShortName.reader());

    private @Nullable Kind at(String tag) {
        byte[] octets = (" " + tag).getBytes(StandardCharsets.UTF_8);
        octets[0] = (byte) tag.length();
        return consumers.at(ByteBuffer.wrap(octets), 0);
    }

    @Test
    void thoseThatAreAnsweredInAnotherOrderAreTakenForSomeThatAcknowledge() {
        consumers.onConsume("", Kind.NOT_ACKNOWLEDGED, "q");
        consumers.onConsume("", Kind.ACKNOWLEDGED, "q");
        consumers.onConsumeOk("of the second");
        consumers.onConsumeOk("of the first");

        assertThat(at("of the second")).isEqualTo(Kind.ACKNOWLEDGED);
        assertThat(at("of the first")).isEqualTo(Kind.ACKNOWLEDGED);
    }

    @Test
    void soAreThoseWhoseFirstMessagesTellTheirTags() {
        consumers.onConsume("", Kind.ACKNOWLEDGED, "q");
        consumers.onConsume("", Kind.NOT_ACKNOWLEDGED, "q");

        assertThat(at("of the second")).isEqualTo(Kind.ACKNOWLEDGED);
        assertThat(at("of the first")).isEqualTo(Kind.ACKNOWLEDGED);
    }

    @Test
    void itIsKnownWhatIsConsumedFromAsFarAsTheAnswersTell() {
        consumers.onConsume("tag", Kind.ACKNOWLEDGED, "q");
        consumers.onConsume("", Kind.ACKNOWLEDGED, "r");
        consumers.onConsumeOk("of r");
        consumers.onConsume("", Kind.ACKNOWLEDGED, "s");
        consumers.onConsume("", Kind.ACKNOWLEDGED, "t");
        consumers.onConsumeOk("of s or t");
        consumers.onConsumeOk("of the other");

        assertThat(consumers.queue("tag")).isEqualTo("q");
        assertThat(consumers.queue("of r")).isEqualTo("r");
        assertThat(consumers.queue("of s or t")).isEmpty();
        assertThat(consumers.queue("of the other")).isEmpty();
        assertThat(consumers.queue("none")).isEmpty();
    }

    @Test
    void oneByOneEachIsWhatItIs() {
        consumers.onConsume("", Kind.ACKNOWLEDGED, "q");
        consumers.onConsumeOk("one");
        consumers.onConsume("", Kind.NOT_ACKNOWLEDGED, "q");
        consumers.onConsumeOk("two");
        consumers.onConsume("", Kind.REPLIES, "q");
        consumers.onConsumeOk("three");

        assertThat(at("one")).isEqualTo(Kind.ACKNOWLEDGED);
        assertThat(at("two")).isEqualTo(Kind.NOT_ACKNOWLEDGED);
        assertThat(at("three")).isEqualTo(Kind.REPLIES);
    }

    @Test
    void aConsumerThatIsCancelledIsKnownUntilTheBrokerAnswers() {
        consumers.onConsume("tag", Kind.NOT_ACKNOWLEDGED, "q");
        consumers.onConsumeOk("tag");
        assertThat(consumers.cancel("tag", Cancelling.QUIET)).isTrue();
        assertThat(consumers.cancel("tag", Cancelling.ANSWERED))
                .as("it is cancelled already")
                .isFalse();
        assertThat(at("tag")).isEqualTo(Kind.NOT_ACKNOWLEDGED);

        assertThat(consumers.onCancelOk("tag")).isEqualTo(Cancelling.QUIET);

        assertThat(at("tag")).isNull();
        assertThat(consumers.cancel("tag", Cancelling.QUIET)).isFalse();
        assertThat(consumers.onCancelled("tag")).isFalse();
    }

    /** Messages of both are on their way, and it is not told whose one is. */
    @Test
    void whileOneOfItsTagIsCancelledANewOneIsTakenForOneThatAcknowledges() {
        consumers.onConsume("tag", Kind.ACKNOWLEDGED, "q");
        consumers.cancel("tag", Cancelling.QUIET);
        consumers.onConsume("tag", Kind.NOT_ACKNOWLEDGED, "q");
        assertThat(at("tag")).isEqualTo(Kind.ACKNOWLEDGED);
        consumers.cancel("tag", Cancelling.ANSWERED);
        consumers.onConsume("tag", Kind.NOT_ACKNOWLEDGED, "q");

        assertThat(consumers.onCancelOk("tag")).isEqualTo(Cancelling.QUIET);
        assertThat(at("tag")).isEqualTo(Kind.ACKNOWLEDGED);
        assertThat(consumers.onCancelOk("tag")).isEqualTo(Cancelling.ANSWERED);
        assertThat(at("tag")).isEqualTo(Kind.NOT_ACKNOWLEDGED);
        assertThat(consumers.onCancelOk("tag")).as("nobody asked").isEqualTo(Cancelling.ANSWERED);
        assertThat(at("tag")).as("it is not cancelled").isEqualTo(Kind.NOT_ACKNOWLEDGED);
    }

    @Test
    void oneThatTheBrokerCancelsIsGoneAtOnceUnlessAnAnswerIsDue() {
        consumers.onConsume("one", Kind.ACKNOWLEDGED, "q");
        assertThat(consumers.onCancelled("one")).isTrue();
        assertThat(at("one")).isNull();

        consumers.onConsume("two", Kind.ACKNOWLEDGED, "q");
        consumers.cancel("two", Cancelling.QUIET);
        assertThat(consumers.onCancelled("two")).isTrue();
        assertThat(at("two")).isEqualTo(Kind.ACKNOWLEDGED);
        consumers.onCancelOk("two");
        assertThat(at("two")).isNull();
    }

    /** It said so before it heard that the client cancels that one, and begins another. */
    @Test
    void aNewConsumerStaysWhenTheBrokerCancelsTheOneThatHadItsTag() {
        consumers.onConsume("tag", Kind.ACKNOWLEDGED, "deleted");
        consumers.cancel("tag", Cancelling.ANSWERED);
        consumers.onConsume("tag", Kind.NOT_ACKNOWLEDGED, "q");

        assertThat(consumers.onCancelled("tag")).isTrue();
        assertThat(consumers.onCancelOk("tag")).isEqualTo(Cancelling.ANSWERED);

        assertThat(consumers.has("tag")).isTrue();
        assertThat(consumers.isEmpty()).isFalse();
        assertThat(at("tag")).isEqualTo(Kind.NOT_ACKNOWLEDGED);
        assertThat(consumers.onCancelled("tag")).as("the new one").isTrue();
        assertThat(consumers.isEmpty()).isTrue();
        assertThat(at("tag")).isNull();
    }

    /** A queue that is slow may answer the cancelling of its consumer when another queue has begun the new one. */
    @Test
    void oneThatHasBegunIsTheOneThatTheBrokerCancels() {
        consumers.onConsume("tag", Kind.ACKNOWLEDGED, "slow");
        consumers.onConsumeOk("tag");
        consumers.cancel("tag", Cancelling.QUIET);
        consumers.onConsume("tag", Kind.ACKNOWLEDGED, "deleted");
        consumers.onConsumeOk("tag");

        assertThat(consumers.onCancelled("tag")).isTrue();

        assertThat(consumers.isEmpty()).isTrue();
        assertThat(consumers.onCancelOk("tag")).isEqualTo(Cancelling.QUIET);
        assertThat(at("tag")).isNull();
    }

    @Test
    void aLeaseThatHasHadOneThatDoesNotAcknowledgeIsSaidToHave() {
        consumers.onConsume("one", Kind.ACKNOWLEDGED, "q");
        assertThat(consumers.allAcknowledge()).isTrue();
        consumers.onConsume("two", Kind.NOT_ACKNOWLEDGED, "q");
        consumers.cancel("two", Cancelling.QUIET);
        consumers.onCancelOk("two");
        consumers.onConsume("three", Kind.ACKNOWLEDGED, "q");
        assertThat(consumers.allAcknowledge()).isFalse();

        consumers.begin();
        assertThat(consumers.allAcknowledge()).as("in the next lease").isTrue();
        consumers.onConsume("", Kind.REPLIES, "q");
        assertThat(consumers.allAcknowledge()).isFalse();
    }

    @Test
    void theTagsAreThoseOfConsumersThatAreNotCancelled() {
        consumers.onConsume("one", Kind.ACKNOWLEDGED, "q");
        consumers.onConsume("two", Kind.ACKNOWLEDGED, "q");
        consumers.cancel("one", Cancelling.QUIET);
        assertThat(consumers.tags()).containsExactly("two");
    }

    @Test
    void oneWithoutATagIsThereBeforeTheBrokerAnswers() {
        assertThat(consumers.isEmpty()).isTrue();
        consumers.onConsume("", Kind.ACKNOWLEDGED, "q");
        assertThat(consumers.isEmpty()).isFalse();
        consumers.onConsumeOk("tag");
        consumers.cancel("tag", Cancelling.QUIET);
        assertThat(consumers.isEmpty()).isTrue();
    }

    @Test
    void whatIsConsumedBeginsWhenTheBrokerSaysSo() {
        consumers.awaitConsumeOk();
        consumers.onConsume("one", Kind.ACKNOWLEDGED, "q");
        consumers.awaitConsumeOk();
        consumers.onConsume("two", Kind.ACKNOWLEDGED, "q");
        consumers.onConsumeOk("one");
        assertThat(consumers.awaitsConsumeOk()).isTrue();
        consumers.onConsumeOk("two");
        assertThat(consumers.awaitsConsumeOk()).isFalse();
        consumers.onConsumeOk("two");
        assertThat(consumers.awaitsConsumeOk()).as("an answer too many").isFalse();
    }
}
