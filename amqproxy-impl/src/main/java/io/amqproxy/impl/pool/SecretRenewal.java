package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.internal.LogText;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for an account's next secret before the present one ends, as long as somebody needs it. What fails is tried
 * again until there is one; when the present one ends first, its account is told.
 */
final class SecretRenewal implements Timers.Timed {

    /** Whose secret it is: an account. */
    interface Holder {

        Credentials credentials();

        /** Whether anybody needs the credentials. */
        boolean isInUse();

        /** The next secret is there. */
        void renewFrom(Credentials next);

        /** There will be no next secret. */
        void onRenewalRefused();

        /** The secret has ended. */
        void onExpired();
    }

    /** After a failure. */
    static final long RETRY = TimeUnit.SECONDS.toNanos(5);

    /** Between two secrets, however short their time is. */
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(100);

    private static final Logger log = LoggerFactory.getLogger(SecretRenewal.class);

    /** One question. Its answer counts only while it is waited for. */
    private final class Question implements Credentials.Renewal.Answer {
        private final long until = loop.now + loop.settings.acquireTimeout();

        @Override
        public void onRenewed(Credentials next) {
            if (!isOver()) {
                question = null;
                retryAt = loop.now + SHORTEST;
                account.renewFrom(next);
            } else {
                next.wipe();
            }
        }

        @Override
        public void onFailed(String why) {
            if (!isOver()) {
                question = null;
                retryAt = loop.now + RETRY;
                tell(why);
                schedule();
            }
        }

        @Override
        public void onRefused() {
            if (!isOver()) {
                question = null;
                refused = true;
                tell("it is refused");
                account.onRenewalRefused();
            }
        }

        private boolean isOver() {
            return question != this;
        }
    }

    private final LoopContext loop;
    private final Holder account;
    private final Timers.Timer timer = new Timers.Timer(this);
    private @Nullable Question question;
    private @Nullable Long retryAt;
    private boolean refused;
    /** The end of the secret that the account was told of. */
    private @Nullable Long toldOf;

    SecretRenewal(LoopContext loop, Holder account) {
        this.loop = loop;
        this.account = account;
    }

    /** There is another secret, whoever brought it. */
    void resume() {
        refused = false;
    }

    /** Something has changed. */
    void schedule() {
        Credentials credentials = account.credentials();
        if (credentials.renewal() == null || refused || !account.isInUse()) {
            loop.timers.cancel(timer);
            return;
        }
        long next = credentials.renewAt();
        if (question != null) {
            next = question.until;
        } else if (retryAt != null && retryAt - next > 0) {
            next = retryAt;
        }
        Long expiry = credentials.expiry();
        if (expiry != null && !expiry.equals(toldOf) && expiry - next < 0) {
            next = expiry;
        }
        loop.timers.set(timer, next);
    }

    @Override
    public void onTime() {
        long now = loop.now;
        Credentials credentials = account.credentials();
        Credentials.Renewal renewal = credentials.renewal();
        Long expiry = credentials.expiry();
        if (expiry != null && expiry - now <= 0 && !expiry.equals(toldOf)) {
            toldOf = expiry;
            account.onExpired();
        }
        if (question != null && question.until - now <= 0) {
            question.onFailed("no answer in time");
        } else if (renewal != null
                && question == null
                && credentials.renewAt() - now <= 0
                && (retryAt == null || retryAt - now <= 0)) {
            question = new Question();
            renewal.ask(question);
        }
        schedule();
    }

    @Override
    public void onFault(RuntimeException fault) {
        question = null;
        retryAt = loop.now + RETRY;
        schedule();
        loop.lines.error(log, "Renewing the secret of {} failed", account.credentials(), fault);
    }

    void tell(String why) {
        loop.lines.warn(log, "The secret of {} is not renewed: {}", account.credentials(), LogText.of(why));
        loop.events.credentialsNotRenewed(account.credentials().user(), LogText.of(why));
    }

    /** The account is forgotten. */
    void end() {
        question = null;
        loop.timers.cancel(timer);
    }
}
