package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.time.Duration;

/** Why a proxy cannot reach its broker, as clients are told it. */
final class BrokerFailure {

    /** Until the proxy has found out, however long that takes, nobody is refused. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Duration SHORT = Duration.ofMillis(300);

    private BrokerFailure() {}

    /**
     * What a client that logs in with the right password is told.
     *
     * @param builder of a proxy with one endpoint and a plain listener; its {@code acquireTimeout} is set here
     */
    static String toldBy(AmqProxy.Builder builder) {
        try (AmqProxy proxy = builder.acquireTimeout(PATIENCE).start()) {
            return toldBy(proxy, builder);
        }
    }

    /**
     * The same for a proxy that runs already, and has had {@link #PATIENCE}; from then on it refuses whom it cannot
     * serve soon.
     *
     * @param builder of this proxy
     */
    static String toldBy(AmqProxy proxy, AmqProxy.Builder builder) {
        Await.until(
                "the broker has failed", () -> proxy.stats().endpoints().get(0).lastFailure() != null);
        proxy.reload(builder.acquireTimeout(SHORT));
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        StringBuilder told = new StringBuilder();
        assertThatThrownBy(factory::newConnection)
                .isInstanceOf(IOException.class)
                .satisfies(failure -> {
                    for (Throwable one = failure; one != null; one = one.getCause()) {
                        told.append(one.getMessage()).append('\n');
                    }
                });
        return told.toString();
    }
}
