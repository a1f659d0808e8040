package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.core.Credentials;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a mapper has answered is kept for a time, in a bounded number, and wiped when it goes. */
class MappedAnswersTest {

    private final MappedAnswers<Integer> answers = new MappedAnswers<>();

    private static Credentials credentials(String user) {
        return new Credentials("PLAIN", user, "secret".getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isWiped(Credentials credentials) {
        for (byte one : credentials.secret()) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void anAnswerHoldsForItsTime() {
        Credentials known = credentials("known");
        answers.put(1, known, 100);

        assertThat(answers.get(1, 99)).isSameAs(known);
        assertThat(answers.get(1, 100)).isNull();
        assertThat(answers.get(2, 0)).isNull();
    }

    @Test
    void whereThereAreTooManyTheOneThatWasNotAskedForLongestMakesRoomAndIsWiped() {
        Credentials first = credentials("first");
        Credentials second = credentials("second");
        answers.put(1, first, 100);
        answers.put(2, second, 100);
        for (int i = 3; i <= MappedAnswers.MOST; i++) {
            answers.put(i, credentials("other"), 100);
        }
        assertThat(answers.get(1, 0)).isSameAs(first);

        answers.put(0, credentials("one too many"), 100);

        assertThat(answers.get(2, 0)).isNull();
        assertThat(isWiped(second)).isTrue();
        assertThat(answers.get(1, 0)).isSameAs(first);
        assertThat(isWiped(first)).isFalse();
    }

    @Test
    void oneThatHoldsNoMoreIsWipedThoughNobodyAsksForIt() {
        Credentials over = credentials("over");
        Credentials good = credentials("good");
        answers.put(1, over, 100);
        answers.put(2, good, 200);

        assertThat(answers.sweep(100)).isTrue();
        assertThat(isWiped(over)).isTrue();
        assertThat(isWiped(good)).isFalse();

        assertThat(answers.sweep(200)).isFalse();
        assertThat(isWiped(good)).isTrue();
    }

    @Test
    void oneThatIsReplacedRemovedOrRefusedIsWiped() {
        Credentials replaced = credentials("replaced");
        Credentials removed = credentials("removed");
        Credentials refused = credentials("refused");
        answers.put(1, replaced, 100);
        answers.put(2, refused, 100);

        answers.put(1, removed, 100);
        assertThat(isWiped(replaced)).isTrue();
        answers.remove(1);
        assertThat(isWiped(removed)).isTrue();
        answers.forget(credentials("refused"));
        assertThat(isWiped(refused)).isTrue();
    }
}
