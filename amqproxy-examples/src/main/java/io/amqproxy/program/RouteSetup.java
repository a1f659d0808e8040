package io.amqproxy.program;

import io.amqproxy.AmqProxy;
import io.amqproxy.PoolPolicy;
import io.amqproxy.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the keys of one route's section set; null for what was not given. */
final class RouteSetup {

    private final String name;
    private final List<Consumer<Route>> settings = new ArrayList<>();
    final TlsSetup tls = new TlsSetup();

    @Nullable
    PoolPolicy policy;

    @Nullable
    Address listen;

    @Nullable
    Address tlsListen;

    RouteSetup(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /**
     * It says this to the route.
     *
     * @throws IllegalArgumentException if no route takes that
     */
    void say(Consumer<Route> setting) {
        AmqProxy.builder().route("any", setting);
        settings.add(setting);
    }

    /** What its own addresses are called, where clients need not name it. */
    private String listenName() {
        return "route." + name;
    }

    /**
     * Listens where the route says so.
     *
     * @param shared how TLS is done with clients
     */
    void listen(AmqProxy.Builder proxy, TlsSetup shared, InheritedSocket inherited) {
        Address plain = listen;
        Address secure = tlsListen;
        if (inherited != InheritedSocket.NONE && (plain != null || secure != null)) {
            throw new IllegalStateException("[route " + name + "]: listen has no place beside an inherited-socket");
        }
        if (plain != null) {
            proxy.listen(plain.host(), plain.port(), at -> at.name(listenName()));
        }
        if (secure != null) {
            proxy.listenTls(secure.host(), secure.port(), at -> {
                shared.clients(at);
                at.name(listenName());
            });
        }
    }

    /** Makes it a route of the proxy. */
    void applyTo(AmqProxy.Builder proxy, boolean tellsLosses) {
        proxy.route(name, route -> {
            settings.forEach(setting -> setting.accept(route));
            if (listen != null || tlsListen != null) {
                route.listenAddresses(listenName());
            }
            PoolPolicy own = policy;
            if (own != null) {
                route.policy(tellsLosses ? own.tellingOfLosses() : own);
            }
            tls.applyTo(route::upstreamTls);
        });
    }
}
