package io.amqproxy.impl;

import io.amqproxy.EndpointChoice;
import io.amqproxy.UpstreamTls;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.net.RouteClients;
import io.amqproxy.impl.tls.UpstreamTlsSettings;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where a broker is and how it is connected to, as a builder is told. */
final class BrokerSettings {

    private List<EndpointUri> endpoints = List.of();
    private EndpointChoice choice = EndpointChoice.ordered();
    private @Nullable UpstreamTlsSettings tls;
    private boolean proxyProtocol;

    void endpoints(List<String> uris) {
        endpoints = EndpointUri.parse(uris);
    }

    void choice(EndpointChoice newChoice) {
        choice = newChoice;
    }

    void tls(Consumer<? super UpstreamTls> choose) {
        UpstreamTlsSettings present = tls == null ? new UpstreamTlsSettings() : tls;
        choose.accept(present);
        tls = present;
    }

    void proxyProtocol(boolean told) {
        proxyProtocol = told;
    }

    boolean isNamed() {
        return !endpoints.isEmpty();
    }

    void check() {
        if (tls != null && (endpoints.isEmpty() || !endpoints.get(0).tls())) {
            throw new IllegalStateException("there are TLS settings for the upstream, but its scheme is not amqps");
        }
    }

    /** {@return the broker as that of a route, with its files read} */
    RouteConfig route(@Nullable String name, Settings settings, RouteClients clients) {
        List<EndpointTarget> targets = endpoints.stream().map(this::target).toList();
        return new RouteConfig(name, settings, targets, choice, clients);
    }

    private EndpointTarget target(EndpointUri endpoint) {
        if (!endpoint.tls()) {
            return new EndpointTarget(endpoint.host(), endpoint.port(), null, proxyProtocol);
        }
        UpstreamTlsSettings own = tls == null ? new UpstreamTlsSettings() : tls;
        try {
            return new EndpointTarget(
                    endpoint.host(), endpoint.port(), own.engines(endpoint.host(), endpoint.port()), proxyProtocol);
        } catch (IOException | GeneralSecurityException unusable) {
            throw ListenAddress.unusable("TLS with the broker", unusable);
        }
    }
}
