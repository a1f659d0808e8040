package io.amqproxy.impl.pool;

import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.fault.FaultHub;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.FaultyLine;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong on purpose with the octets of a model, on either side: of some of its clients, and of all connections
 * to the broker. What only holds them up nobody else may notice, and nobody at all once it is revoked.
 */
final class ModelNetwork {

    private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    private final Rig rig;
    private final Random random;
    private final FaultHub hub;
    private final @Nullable Runnable onLost;
    private final EventLoop loop;
    private final List<Fault> lasting = new ArrayList<>();
    private final List<FakeLink> laid = new ArrayList<>();

    ModelNetwork(Rig rig, Random random, FaultHub hub, @Nullable Runnable onLost) {
        this.rig = rig;
        this.random = random;
        this.hub = hub;
        this.onLost = onLost;
        this.loop = FaultyLine.idleLoop(rig.loop);
        rig.onLink = this::lay;
    }

    private void lay(FakeLink link) {
        Session session = link.session();
        boolean isTarget =
                session instanceof UpstreamConnection || (session instanceof InboundSession && random.nextInt(3) > 0);
        if (isTarget) {
            link.lay(owner -> new FaultyLine(loop, hub, link::session, owner));
            laid.add(link);
        }
    }

    /** The links of clients for whom something may go wrong. */
    List<FakeLink> clients() {
        return laid.stream()
                .filter(link -> link.session() instanceof InboundSession && !link.isOver())
                .toList();
    }

    private List<FakeLink> upstreams() {
        return laid.stream()
                .filter(link -> link.session() instanceof UpstreamConnection && !link.isOver())
                .toList();
    }

    /** A little time passes; then something begins, ends, or happens at once. */
    void step(FaultScope ofClients) {
        rig.loop.now += random.nextLong(MOST_NANOS);
        rig.loop.timers.fire(rig.loop.now);
        switch (random.nextInt(5)) {
            case 0 -> lasting.add(holdUp(random.nextInt(4) == 0 ? ofClients.naming("q1") : ofClients));
            case 1 -> lasting.add(holdUp(someUpstreams()));
            case 2 -> {
                if (!lasting.isEmpty()) {
                    lasting.remove(random.nextInt(lasting.size())).close();
                }
            }
            case 3 -> {
                if (random.nextInt(4) == 0) {
                    lasting.add(lose(ofClients));
                } else if (random.nextInt(4) == 0) {
                    cut(clients());
                }
            }
            default -> {
                if (onLost != null && random.nextInt(4) == 0) {
                    onLost.run();
                    if (random.nextBoolean()) {
                        lasting.add(lose(someUpstreams()));
                    } else {
                        cut(upstreams());
                    }
                }
            }
        }
    }

    private FaultScope someUpstreams() {
        FaultScope all = FaultScope.upstreams();
        return random.nextBoolean()
                ? all.nth(1 + random.nextInt(2))
                : all.withProbability(0.2 + 0.8 * random.nextDouble(), random.nextLong());
    }

    /** Nothing is lost by it. */
    private Fault holdUp(FaultScope scope) {
        return switch (random.nextInt(5)) {
            case 0 -> hub.stopReading(scope);
            case 1 -> hub.silence(scope);
            case 2 -> hub.limitBandwidth(scope, 1 + random.nextInt(1_000_000));
            default -> hub.delay(scope, some(), some(), random.nextLong());
        };
    }

    private Duration some() {
        return Duration.ofNanos(random.nextLong(2 * MOST_NANOS));
    }

    /** Connections are lost by it. */
    private Fault lose(FaultScope scope) {
        return random.nextBoolean() ? hub.blackHole(scope) : hub.cutFrames(scope.nth(1 + random.nextInt(60)));
    }

    private void cut(List<FakeLink> links) {
        if (!links.isEmpty()) {
            FakeLink link = links.get(random.nextInt(links.size()));
            FaultyLine line = link.line();
            if (line != null && random.nextBoolean()) {
                line.shutOutput();
            } else {
                link.cutOnPurpose();
            }
        }
    }

    void onFaults() {
        laid.removeIf(FakeLink::isOver);
        laid.forEach(link -> {
            if (link.session() instanceof InboundSession client && link.line() != null) {
                client.judgedBy(link.line().judge());
                client.reviewCredit(true);
                client.reviewCredit(false);
            }
            link.onFaults();
        });
    }

    /** All is revoked. */
    void end() {
        lasting.forEach(Fault::close);
        lasting.clear();
        loop.stop();
    }

    void checkNothingIsHeld() {
        for (FakeLink link : laid) {
            FaultyLine line = link.line();
            if (line != null && link.goesOn() && !link.session().isPaused() && !line.isDone()) {
                throw new AssertionError("something is left of what went wrong on purpose with " + link.session());
            }
        }
    }
}
