package io.amqproxy.impl.pool;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoginHandler;
import io.amqproxy.impl.core.LoopContext.Limit;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.internal.LogText;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who wait until the broker has accepted the credentials of one account, for {@code acquireTimeout} at the most.
 * Who may be guessing, as {@link LoginGuard} counts, gets no answer of the broker.
 */
final class LoginApplicants {

    private record Waiter(LoginHandler applicant, LoginGuard.Login login, long until) {}

    private static final Logger log = LoggerFactory.getLogger(LoginApplicants.class);

    private final PoolContext context;
    private final Credentials credentials;
    private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();

    LoginApplicants(PoolContext context, Credentials credentials) {
        this.context = context;
        this.credentials = credentials;
    }

    private long now() {
        return context.loop.now;
    }

    void add(LoginHandler applicant) {
        waiting.add(new Waiter(
                applicant,
                LoginGuard.Login.of(AddressKey.of(applicant.info().address()), credentials),
                now() + context.loop.settings.acquireTimeout()));
    }

    /** The applicant does not want to know any more. */
    void remove(LoginHandler applicant) {
        if (!waiting.isEmpty()) {
            waiting.removeIf(one -> one.applicant() == applicant);
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int count() {
        return waiting.size();
    }

    /** Who has waited longest, or null. */
    @Nullable
    LoginHandler first() {
        Waiter first = waiting.peek();
        return first == null ? null : first.applicant();
    }

    /** As what the log-in of the one who has waited longest is counted, or null. */
    LoginGuard.@Nullable Login firstLogin() {
        Waiter first = waiting.peek();
        return first == null ? null : first.login();
    }

    /** They wait for this limit; the first of them is named. */
    void tellOfWait(Limit limit) {
        LoginHandler first = first();
        Object who = first == null ? credentials : first;
        context.loop.limitReached(
                limit, credentials.user(), null, first == null ? null : first.info(), who + " waits to log in");
    }

    /** For how long the first may wait yet; {@code MAX_VALUE} where nobody waits. */
    long untilFirstDeadline() {
        Waiter first = waiting.peek();
        return first == null ? Long.MAX_VALUE : first.until() - now();
    }

    /** Refuses those that have waited for too long. */
    void expire(Supplier<CloseCause> why) {
        while (untilFirstDeadline() <= 0) {
            waiting.remove().applicant().onRefused(why.get());
        }
    }

    /** Refuses those who may be guessing. */
    void refuseBlocked() {
        Map<Waiter, Long> blocked = new LinkedHashMap<>();
        for (Waiter one : waiting) {
            long time = context.guard().blockedFor(one.login(), now());
            if (time > 0) {
                blocked.put(one, time);
            }
        }
        waiting.removeAll(blocked.keySet());
        blocked.forEach((one, time) -> {
            context.loop.events.loginRefusedUnasked(one.applicant().info(), Duration.ofNanos(time));
            one.applicant().onRefused(Refusal.ofGuess(credentials, time));
        });
    }

    /** The broker has accepted the credentials. */
    void letIn(NegotiatedLimits agreed) {
        for (Waiter one = waiting.poll(); one != null; one = waiting.poll()) {
            context.guard().onProved(one.login());
            one.applicant().onAuthenticated(agreed);
        }
    }

    /** All are refused. */
    void turnAway(CloseCause why) {
        for (Waiter one = waiting.poll(); one != null; one = waiting.poll()) {
            one.applicant().onRefused(why);
        }
    }

    /** The broker has refused the credentials: each address that waited for that has failed once. */
    void countFailures() {
        Set<Object> origins = new HashSet<>();
        for (Waiter one : waiting) {
            if (origins.add(one.login().origin())) {
                long block = context.guard().onRefused(one.login(), now());
                if (block > 0) {
                    tellOfBlock(one.applicant().info(), block);
                }
            }
        }
    }

    private void tellOfBlock(ClientInfo client, long block) {
        context.loop.lines.debug(
                log,
                "Log-ins from {} as user {} are refused for {} ms: too many have failed",
                client.address(),
                LogText.of(client.user()),
                TimeUnit.NANOSECONDS.toMillis(block));
        context.loop.events.loginsBlocked(client, Duration.ofNanos(block));
    }
}
