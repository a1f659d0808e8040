package io.amqproxy.impl.net;

import io.amqproxy.UpstreamLogin;
import io.amqproxy.impl.core.Credentials;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Asks the host application for the next secret, off the loops, and brings its answer to the loop of its user. */
final class ApplicationRenewal implements Credentials.Renewal {

    /** The last fifth of a secret's time is there to get the next one. */
    private static final int RENEWAL_SHARE = 5;

    private final UpstreamLogin.Renewal host;
    private final String user;
    private final EventLoop home;
    private final Executor workers;

    /**
     * @param home the loop of the user's pools, which asks
     * @param workers calls the host application, which may block
     */
    ApplicationRenewal(UpstreamLogin.Renewal host, String user, EventLoop home, Executor workers) {
        this.host = host;
        this.user = user;
        this.home = home;
        this.workers = workers;
    }

    /** Credentials of an answer are good for the time that it names. */
    static void limit(Credentials credentials, UpstreamLogin answer, long now) {
        answer.validity().ifPresent(validity -> {
            long time = validity.toNanos();
            credentials.expireAt(now + time);
            credentials.renewAt(now + time - time / RENEWAL_SHARE);
        });
    }

    @Override
    public Object identity() {
        return host;
    }

    @Override
    public void ask(Answer answer) {
        try {
            ApplicationCall.bounded(home, workers, home.context().settings.acquireTimeout(), () -> call(answer));
        } catch (RejectedExecutionException full) {
            home.execute(() -> answer.onFailed("too many log-ins are under way"));
        }
    }

    /** On a worker. */
    private void call(Answer answer) {
        try {
            host.renew().whenComplete((next, failure) -> home.execute(() -> pass(answer, next, failure)));
        } catch (RuntimeException | Error failure) {
            home.execute(() -> pass(answer, null, failure));
        }
    }

    private void pass(Answer answer, @Nullable UpstreamLogin next, @Nullable Throwable failure) {
        if (next == null || failure != null) {
            answer.onFailed("the host application failed: " + ApplicationFailure.text(failure, null));
        } else if (next.kind() == UpstreamLogin.Kind.REFUSED) {
            answer.onRefused();
        } else if (next.kind() == UpstreamLogin.Kind.AS_CLIENT || !next.user().equals(user)) {
            answer.onFailed("the host application answered with another user");
        } else if (next.validity().isEmpty()) {
            answer.onFailed("the host application answered without a time");
        } else {
            byte[] secret = next.secret();
            Credentials credentials = new Credentials("PLAIN", user, secret, this);
            Arrays.fill(secret, (byte) 0);
            limit(credentials, next, home.context().now);
            answer.onRenewed(credentials);
        }
    }
}
