package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which endpoints of the broker answer, for all loops; it lives on one of them. Connections of all loops report
 * what became of them, and each endpoint has its {@link Probe}.
 *
 * <pre>
 *   UP --no endpoint usable for acquireTimeout--&gt; DOWN --an endpoint answers--&gt; UP
 * </pre>
 */
public final class EndpointHealth implements Endpoints.Reporter, Timers.Timed {

    /** What is told of the broker. */
    public interface Observer {
        /** How the broker introduces itself in a protocol; told at every answer of an endpoint. */
        void onProfile(Protocol protocol, BrokerProfile profile);

        /** Whether an endpoint speaks a protocol, as far as it has said; told at every answer of it. */
        void onSpoken(String endpoint, Protocol protocol, boolean isSpoken);

        /** No endpoint speaks a protocol: one answers with this header of another one. */
        void onOtherProtocol(Protocol protocol, byte[] header);

        /** How the broker speaks a protocol cannot be found out now. */
        void onSilence(Protocol protocol);

        /** Connections to an endpoint may be made. */
        void onUsable(String endpoint);

        /** No connections to an endpoint may be made, for this reason; told again where there is a newer one. */
        void onUnusable(String endpoint, String why);

        /** An endpoint answers: for the first time, or again after {@link #onUnreachable}. */
        void onReachable(String endpoint);

        /** An endpoint no longer answers; told once until it answers again. */
        void onUnreachable(String endpoint, String why);

        /** No endpoint did answer for as long as a client would wait. */
        void onDown();

        /** One answers again after {@link #onDown}. */
        void onUp();
    }

    private static final Logger log = LoggerFactory.getLogger(EndpointHealth.class);

    private final LoopContext loop;
    private final List<Protocol> protocols;
    private final Observer observer;
    private final RandomGenerator random;
    private final Timers.Timer untilDown = new Timers.Timer(this);
    private Map<String, Probe> probes = new LinkedHashMap<>();
    private boolean down;

    /** @param protocols those that clients may speak; the first one that an endpoint speaks shows how it is */
    public EndpointHealth(
            LoopContext loop, List<? extends Protocol> protocols, Observer observer, RandomGenerator random) {
        this.loop = loop;
        this.protocols = List.copyOf(protocols);
        this.observer = observer;
        this.random = random;
    }

    /**
     * These are the endpoints from now on. Each that is new is asked at once, so that the first client gets the
     * broker's own properties and the first log-in needs one round trip less.
     */
    public void watch(List<? extends Connector> connectors) {
        Map<String, Probe> before = probes;
        probes = new LinkedHashMap<>();
        List<Probe> added = new ArrayList<>();
        for (Connector connector : connectors) {
            Probe probe = before.remove(connector.endpoint());
            if (probe == null) {
                probe = new Probe(loop, protocols, this, connector, random);
                added.add(probe);
            } else {
                probe.use(connector);
            }
            probes.put(connector.endpoint(), probe);
        }
        before.values().forEach(this::end);
        added.forEach(Probe::ask);
        if (!before.isEmpty()) {
            protocols.forEach(this::judge);
        }
        judge();
    }

    private void end(Probe removed) {
        removed.stop();
        if (removed.isUsable()) {
            observer.onUnreachable(removed.endpoint(), "it is no endpoint any more");
        }
    }

    /** Nobody asks any more. */
    public void stop() {
        probes.values().forEach(this::end);
        probes.clear();
        loop.timers.cancel(untilDown);
    }

    @Override
    public void onProved(String endpoint) {
        Probe probe = probes.get(endpoint);
        if (probe != null) {
            probe.onProved();
        }
    }

    @Override
    public void onFailed(String endpoint, String why) {
        Probe probe = probes.get(endpoint);
        if (probe != null) {
            probe.suspect(why);
        }
    }

    @Override
    public void onDoubt(String endpoint, Protocol protocol) {
        Probe probe = probes.get(endpoint);
        if (probe != null) {
            probe.doubt(protocol);
        }
    }

    // What the probes tell.

    Observer observer() {
        return observer;
    }

    /** An endpoint has answered, or did not, when it was asked in a protocol. */
    void onSaid(Probe probe, ProtocolAnswer answer) {
        observer.onSpoken(probe.endpoint(), answer.protocol(), answer.otherHeader() == null);
        BrokerProfile profile = answer.profile();
        if (profile != null) {
            observer.onProfile(answer.protocol(), profile);
        } else {
            judge(answer.protocol());
        }
    }

    /** One endpoint that speaks it is enough, and while one may none is known to. */
    private void judge(Protocol protocol) {
        byte[] otherHeader = null;
        BrokerProfile profile = null;
        boolean isAwaited = false;
        for (Probe probe : probes.values()) {
            for (ProtocolAnswer answer : probe.answers()) {
                if (answer.protocol() == protocol) {
                    isAwaited |= probe.isAwaited(answer);
                    profile = answer.profile() == null ? profile : answer.profile();
                    otherHeader = answer.otherHeader() == null ? otherHeader : answer.otherHeader();
                }
            }
        }
        if (profile != null) {
            observer.onProfile(protocol, profile);
        } else if (!isAwaited && otherHeader != null) {
            observer.onOtherProtocol(protocol, otherHeader);
        } else if (!isAwaited) {
            observer.onSilence(protocol);
        }
    }

    void onUsable(Probe probe) {
        observer.onUsable(probe.endpoint());
        judge();
    }

    void onUnusable(Probe probe, String why) {
        observer.onUnusable(probe.endpoint(), why);
        judge();
    }

    private void judge() {
        boolean isAnyUsable = probes.values().stream().anyMatch(Probe::isUsable);
        if (isAnyUsable) {
            loop.timers.cancel(untilDown);
            if (down) {
                down = false;
                observer.onUp();
            }
        } else if (!down && !untilDown.isSet()) {
            loop.timers.set(untilDown, loop.now + loop.settings.acquireTimeout());
        }
    }

    @Override
    public void onTime() {
        down = true;
        observer.onDown();
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "Telling of the broker's health failed", fault);
    }
}
