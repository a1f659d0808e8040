package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Credentials;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a mapper has answered, each for as long as it holds. There is a bound to how many are kept, where the one that
 * was asked for longest ago makes room; none leaves its secret behind.
 *
 * @param <K> who asked
 */
final class MappedAnswers<K> {

    static final int MOST = 10_000;

    private record Answer(Credentials credentials, long until) {}

    private final Map<K, Answer> answers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Answer> eldest) {
            boolean isOneTooMany = size() > MOST;
            if (isOneTooMany) {
                eldest.getValue().credentials().wipe();
            }
            return isOneTooMany;
        }
    };

    /** {@return the answer if it still holds, which stays the table's own; otherwise null} */
    @Nullable
    Credentials get(K key, long now) {
        Answer known = answers.get(key);
        return known == null || known.until() - now <= 0 ? null : known.credentials();
    }

    /** The credentials are the table's own from now on, up to this time. */
    void put(K key, Credentials credentials, long until) {
        Answer before = answers.put(key, new Answer(credentials, until));
        if (before != null) {
            before.credentials().wipe();
        }
    }

    /** The answer holds no more. */
    void remove(K key) {
        Answer known = answers.remove(key);
        if (known != null) {
            known.credentials().wipe();
        }
    }

    /** The broker does not accept these. */
    void forget(Credentials refused) {
        removeIf(answer -> answer.credentials().equals(refused));
    }

    /**
     * Secrets do not stay here because nobody asks for them any more.
     *
     * @return whether any answer is left
     */
    boolean sweep(long now) {
        removeIf(answer -> answer.until() - now <= 0);
        return !answers.isEmpty();
    }

    private void removeIf(Predicate<Answer> isOver) {
        answers.values().removeIf(answer -> {
            boolean isGone = isOver.test(answer);
            if (isGone) {
                answer.credentials().wipe();
            }
            return isGone;
        });
    }
}
