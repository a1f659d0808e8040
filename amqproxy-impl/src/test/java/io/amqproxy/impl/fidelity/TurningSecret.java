package io.amqproxy.impl.fidelity;

import com.rabbitmq.client.impl.CredentialsProvider;
import com.rabbitmq.client.impl.CredentialsRefreshService;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Credentials whose secret is changed by a test, and the Java client's service that tells the broker then. */
final class TurningSecret implements CredentialsProvider, CredentialsRefreshService {

    private final String user;
    private volatile String secret;
    private volatile @Nullable Callable<Boolean> action;

    TurningSecret(String user, String secret) {
        this.user = user;
        this.secret = secret;
    }

    /**
     * Has the client tell the broker a new secret.
     *
     * @return what the client makes of it
     */
    Object turn(String next) throws Exception {
        secret = next;
        Callable<Boolean> telling = action;
        return telling == null ? "nobody to tell" : telling.call();
    }

    @Override
    public String getUsername() {
        return user;
    }

    @Override
    public String getPassword() {
        return secret;
    }

    @Override
    public Duration getTimeBeforeExpiration() {
        return Duration.ofHours(1);
    }

    @Override
    public void refresh() {
        // The test does.
    }

    @Override
    public String register(CredentialsProvider provider, Callable<Boolean> refreshAction) {
        action = refreshAction;
        return "registered";
    }

    @Override
    public void unregister(CredentialsProvider provider, String registration) {
        action = null;
    }

    @Override
    public boolean isApproachingExpiration(Duration timeBeforeExpiration) {
        return false;
    }
}
