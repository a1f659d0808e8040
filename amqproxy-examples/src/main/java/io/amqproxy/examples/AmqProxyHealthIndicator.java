package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyHealth;
import io.amqproxy.ProxyStats;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * The proxy in {@code /actuator/health}: whether clients should come to it, and why not. It asks no broker, the proxy
 * knows. Where the application is useless without its broker the component belongs to the readiness group:
 * {@code management.endpoint.health.group.readiness.include=readinessState,amqProxy}; it never belongs to that of
 * liveness, as no restart brings a broker back.
 *
 * <p>With Spring Boot 3 the two classes are in {@code org.springframework.boot.actuate.health}; all else is the same.
 */
final class AmqProxyHealthIndicator extends AbstractHealthIndicator {

    private final AmqProxy proxy;

    AmqProxyHealthIndicator(AmqProxy proxy) {
        super("The proxy does not answer");
        this.proxy = proxy;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        ProxyHealth now = proxy.health();
        if (now.ready()) {
            health.up();
        } else {
            health.outOfService().withDetail("reason", now.reason());
        }
        ProxyStats stats = proxy.stats();
        health.withDetail("clients", stats.clients())
                .withDetail("connections", stats.upstreams())
                .withDetail(
                        "waiting",
                        stats.pools().stream().mapToInt(PoolStats::waiting).sum());
    }
}
