package io.amqproxy.impl;

import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.LoopRoute;
import io.amqproxy.impl.net.RouteId;
import io.amqproxy.impl.net.SocketConnector;
import io.amqproxy.impl.pool.EndpointHealth;
import io.amqproxy.impl.pool.Endpoints;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.internal.LogText;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The endpoints of a route's broker as all loops together see them. Their health lives on the first loop: the others
 * tell it what became of their connections, and are told where connections may be made.
 */
final class RouteEndpoints implements EndpointHealth.Observer, Endpoints.Reporter {

    private final Logger log;
    private final List<Protocol> protocols;
    private final EventLoopGroup eventLoops;
    private final SocketConnector.Means means;
    private final EventDispatcher events;
    private final RouteId route;
    private @Nullable EndpointHealth health;
    private final Set<String> silent = new HashSet<>();
    private int endpoints;
    /** Why connections to the broker are not to be had, or null; for other threads. */
    private volatile @Nullable String trouble = "no broker has answered yet";

    /** @param log where it is told what answers */
    RouteEndpoints(
            Logger log,
            RouteId route,
            List<Protocol> protocols,
            EventLoopGroup eventLoops,
            SocketConnector.Means means,
            EventDispatcher events) {
        this.log = log;
        this.route = route;
        this.protocols = protocols;
        this.eventLoops = eventLoops;
        this.means = means;
        this.events = events;
    }

    /** {@return connections to these endpoints, from one loop} */
    private List<SocketConnector> connectors(EventLoop loop, RouteConfig plan) {
        return plan.targets().stream()
                .map(target -> new SocketConnector(
                        loop, means, target.host(), target.port(), target.tls(), target.tellsAddress()))
                .toList();
    }

    Endpoints endpoints(EventLoop loop, RouteConfig plan) {
        return new Endpoints(connectors(loop, plan), plan.choice(), this, route.name());
    }

    private String ofRoute() {
        return route.name() == null ? "" : " of route " + route.name();
    }

    @Nullable
    String trouble() {
        return trouble;
    }

    /**
     * Asks for these endpoints for the first time; clients wait until the broker has introduced itself, or did not for
     * too long. On the first loop, or before it runs.
     */
    void begin(RouteConfig plan) {
        protocols.forEach(protocol -> protocol.awaitProfile(first().context()));
        health = new EndpointHealth(first().context(), protocols, this, new Random());
        watch(plan);
    }

    private LoopRoute first() {
        return Objects.requireNonNull(eventLoops.first().loopClients().route(route), "route");
    }

    private EndpointHealth health() {
        return Objects.requireNonNull(health, "health");
    }

    /** Asks for these endpoints from now on; on the first loop, or before it runs. */
    void watch(RouteConfig plan) {
        silent.clear();
        endpoints = plan.targets().size();
        health().watch(connectors(eventLoops.first().loop(), plan));
    }

    /** Asks for none any more; on the first loop. */
    void end() {
        health().stop();
        eventLoops.first().loopClients().acceptor().onUp(route);
    }

    private void tellAll(Consumer<LoopRoute> what) {
        eventLoops.tellAll(station -> {
            LoopRoute there = station.loopClients().route(route);
            if (there != null) {
                what.accept(there);
            }
        });
    }

    // What the loops tell.

    @Override
    public void onProved(String endpoint) {
        eventLoops.first().loop().execute(() -> health().onProved(endpoint));
    }

    @Override
    public void onFailed(String endpoint, String why) {
        eventLoops.first().loop().execute(() -> health().onFailed(endpoint, why));
    }

    @Override
    public void onDoubt(String endpoint, Protocol protocol) {
        eventLoops.first().loop().execute(() -> health().onDoubt(endpoint, protocol));
    }

    // What the endpoints' health is.

    @Override
    public void onProfile(Protocol protocol, BrokerProfile profile) {
        tellAll(there -> protocol.onProfile(there.context(), profile));
    }

    @Override
    public void onSpoken(String endpoint, Protocol protocol, boolean isSpoken) {
        tellAll(there -> there.registry().onSpoken(endpoint, protocol, isSpoken));
    }

    @Override
    public void onOtherProtocol(Protocol protocol, byte[] header) {
        tellAll(there -> protocol.onOtherProtocol(there.context(), header));
    }

    @Override
    public void onSilence(Protocol protocol) {
        protocol.onSilence(first().context());
    }

    @Override
    public void onUsable(String endpoint) {
        tellAll(there -> there.registry().onUsable(endpoint));
    }

    @Override
    public void onUnusable(String endpoint, String why) {
        tellAll(there -> there.registry().onUnusable(endpoint, why));
    }

    @Override
    public void onReachable(String endpoint) {
        silent.remove(endpoint);
        trouble = null;
        log.info("The broker {}{} is reachable", endpoint, ofRoute());
        events.brokerReachable(endpoint, route.name());
    }

    @Override
    public void onUnreachable(String endpoint, String why) {
        silent.add(endpoint);
        if (silent.size() >= endpoints) {
            trouble = "no broker answers: " + endpoint + ": " + LogText.of(why);
            protocols.forEach(this::onSilence);
        }
        events.brokerUnreachable(endpoint, LogText.of(why), route.name());
    }

    @Override
    public void onDown() {
        log.warn("Clients{} are refused until a broker is reachable", ofRoute());
        eventLoops.first().loopClients().acceptor().onDown(route);
        tellAll(there -> there.registry().onDown());
    }

    @Override
    public void onUp() {
        log.info("Clients{} are accepted again", ofRoute());
        eventLoops.first().loopClients().acceptor().onUp(route);
    }
}
