package io.amqproxy.impl;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.SocketConnector;
import io.amqproxy.impl.pool.EndpointHealth;
import io.amqproxy.impl.pool.Endpoints;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.internal.LogText;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The broker's endpoints as all loops together see them. Their health lives on the first loop: the others tell it what
 * became of their connections, and are told where connections may be made.
 */
final class EndpointRegistry implements EndpointHealth.Observer, Endpoints.Reporter {

    private final Logger log;
    private final List<Protocol> protocols;
    private final EventLoopGroup eventLoops;
    private final SocketConnector.Means means;
    private final EventDispatcher events;
    private final EndpointHealth health;
    private final Set<String> silent = new HashSet<>();
    private int endpoints;
    /** Why connections to the broker are not to be had, or null; for other threads. */
    private volatile @Nullable String trouble = "no broker has answered yet";

    /**
     * @param log where it is told what answers
     * @param first the loop that the health lives on, whose station comes to be the first
     */
    EndpointRegistry(
            Logger log,
            List<Protocol> protocols,
            EventLoopGroup eventLoops,
            EventLoop first,
            SocketConnector.Means means,
            EventDispatcher events) {
        this.log = log;
        this.protocols = protocols;
        this.eventLoops = eventLoops;
        this.means = means;
        this.events = events;
        this.health = new EndpointHealth(first.context(), protocols, this, new Random());
    }

    /** {@return connections to these endpoints, from one loop} */
    List<SocketConnector> connectors(EventLoop loop, ProxyConfig plan) {
        return plan.targets().stream()
                .map(target -> new SocketConnector(loop, means, target.host(), target.port(), target.tls()))
                .toList();
    }

    Endpoints endpoints(EventLoop loop, ProxyConfig plan) {
        return new Endpoints(connectors(loop, plan), plan.choice(), this);
    }

    @Nullable
    String trouble() {
        return trouble;
    }

    /** Clients wait until the broker has introduced itself, or did not for too long; before the loops run. */
    void await() {
        protocols.forEach(protocol -> protocol.awaitProfile(first()));
    }

    private LoopContext first() {
        return eventLoops.first().loop().context();
    }

    /** Asks for these endpoints from now on; on the first loop, or before it runs. */
    void watch(ProxyConfig plan) {
        silent.clear();
        endpoints = plan.targets().size();
        health.watch(connectors(eventLoops.first().loop(), plan));
    }

    // What the loops tell.

    @Override
    public void onProved(String endpoint) {
        eventLoops.first().loop().execute(() -> health.onProved(endpoint));
    }

    @Override
    public void onFailed(String endpoint, String why) {
        eventLoops.first().loop().execute(() -> health.onFailed(endpoint, why));
    }

    @Override
    public void onDoubt(String endpoint, Protocol protocol) {
        eventLoops.first().loop().execute(() -> health.onDoubt(endpoint, protocol));
    }

    // What the endpoints' health is.

    @Override
    public void onProfile(Protocol protocol, BrokerProfile profile) {
        eventLoops.tellAll(station -> protocol.onProfile(station.loop().context(), profile));
    }

    @Override
    public void onSpoken(String endpoint, Protocol protocol, boolean isSpoken) {
        eventLoops.tellAll(station -> station.registry().onSpoken(endpoint, protocol, isSpoken));
    }

    @Override
    public void onOtherProtocol(Protocol protocol, byte[] header) {
        eventLoops.tellAll(station -> protocol.onOtherProtocol(station.loop().context(), header));
    }

    @Override
    public void onSilence(Protocol protocol) {
        protocol.onSilence(first());
    }

    @Override
    public void onUsable(String endpoint) {
        eventLoops.tellAll(station -> station.registry().onUsable(endpoint));
    }

    @Override
    public void onUnusable(String endpoint, String why) {
        eventLoops.tellAll(station -> station.registry().onUnusable(endpoint, why));
    }

    @Override
    public void onReachable(String endpoint) {
        silent.remove(endpoint);
        trouble = null;
        log.info("The broker {} is reachable", endpoint);
        events.brokerReachable(endpoint);
    }

    @Override
    public void onUnreachable(String endpoint, String why) {
        silent.add(endpoint);
        if (silent.size() >= endpoints) {
            trouble = "no broker answers: " + endpoint + ": " + LogText.of(why);
            protocols.forEach(this::onSilence);
        }
        events.brokerUnreachable(endpoint, LogText.of(why));
    }

    @Override
    public void onDown() {
        log.warn("Clients are refused until a broker is reachable");
        eventLoops.first().front().reception().refuse();
        eventLoops.tellAll(station -> station.registry().onDown());
    }

    @Override
    public void onUp() {
        log.info("Clients are accepted again");
        eventLoops.first().front().reception().acceptAgain();
    }
}
