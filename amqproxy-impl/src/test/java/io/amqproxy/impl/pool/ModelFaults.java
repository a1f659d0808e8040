package io.amqproxy.impl.pool;

import io.amqproxy.ClientInfo;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.fault.FaultHub;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong on purpose in a model, for some of its clients: it begins and is revoked as chance wants. Nobody else
 * may notice, and in the end all is as if it had never been.
 */
final class ModelFaults {

    /** What clients are told. */
    static final String TEXT = "on purpose";

    /** What clients of AMQP 1.0 are told, and no broker says. */
    static final String CONDITION = "test:on-purpose";

    private static final List<String> METHODS_WITH_NAMES = List.of(
            "queue.declare",
            "queue.bind",
            "queue.delete",
            "basic.publish",
            "basic.get",
            "basic.consume",
            "basic.cancel");

    private static final List<String> METHODS_THAT_NAME_NOTHING =
            List.of("basic.ack", "basic.nack", "basic.qos", "confirm.select", "tx.select", "tx.commit");

    private final Rig rig;
    private final Random random;
    private final FaultHub hub = new FaultHub(new NoLoops());
    private final List<Fault> lasting = new ArrayList<>();
    /** What also goes wrong with octets, or null. */
    private final @Nullable ModelNetwork network;
    /** The links of those that faults are for. */
    private final Map<FakeLink, LinkFaults.Gate> targets = new LinkedHashMap<>();

    private final Set<Long> ids = new HashSet<>();
    private int endedAtBroker;

    /** @param onLost told before something goes wrong that costs connections to the broker; null where nothing does */
    static ModelFaults onTheNetwork(Rig rig, Random random, @Nullable Runnable onLost) {
        return new ModelFaults(rig, random, true, onLost);
    }

    ModelFaults(Rig rig, Random random) {
        this(rig, random, false, null);
    }

    private ModelFaults(Rig rig, Random random, boolean isOfNetwork, @Nullable Runnable onLost) {
        this.rig = rig;
        this.random = random;
        this.network = isOfNetwork ? new ModelNetwork(rig, random, hub, onLost) : null;
        PoolGateway real = rig.gateway;
        rig.gateway = (PoolGateway) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {PoolGateway.class},
                (self, asked, with) -> isRefused(asked, with) ? true : asked.invoke(real, with));
    }

    /** As the proxy does it before a client's log-in is looked at. */
    private boolean isRefused(Method asked, Object[] with) {
        if (!asked.getName().equals("authenticate")) {
            return false;
        }
        InboundSession client = (InboundSession) with[0];
        CloseCause refusal = hub.refusal(client.info());
        if (refusal != null) {
            ((Credentials) with[1]).wipe();
            client.onRefused(refusal);
        }
        return refusal != null;
    }

    /** The sessions of a rig are on no loop. */
    private static final class NoLoops implements FaultHub.Loops {
        @Override
        public int sum(Function<EventLoop, Integer> what) {
            return 0;
        }

        @Override
        public void revoke(Consumer<EventLoop> what) {}
    }

    /** Whether faults are for this new client too; not for all. */
    boolean target(FakeLink link) {
        ModelNetwork lines = network;
        if (lines != null) {
            if (link.line() != null) {
                ids.add(session(link).id());
                judge();
            }
            return link.line() != null;
        }
        if (random.nextInt(3) == 0) {
            return false;
        }
        ids.add(session(link).id());
        link.gate = hub.gate(() -> session(link), 0);
        targets.put(link, link.gate);
        judge();
        return true;
    }

    private static InboundSession session(FakeLink link) {
        return (InboundSession) link.session();
    }

    /** Something begins that is there from the first client on, or from now on. */
    void begin(Function<FaultScope, Fault> begin) {
        lasting.add(begin.apply(scope()));
    }

    /** Something begins, ends, or happens at once. */
    void step(Function<FaultScope, Fault> begin, Consumer<InboundSession> atOnce) {
        ModelNetwork lines = network;
        if (lines != null && random.nextBoolean()) {
            lines.step(scope());
            judge();
            rig.endTurn();
            return;
        }
        int dice = random.nextInt(4);
        if (dice == 0) {
            begin(begin);
        } else if (dice == 1 && !lasting.isEmpty()) {
            lasting.remove(random.nextInt(lasting.size())).close();
        } else if (dice == 2 && !links().isEmpty()) {
            List<FakeLink> links = links();
            InboundSession one = session(links.get(random.nextInt(links.size())));
            if (!one.isOver()) {
                atOnce.accept(one);
            }
        }
        judge();
        rig.endTurn();
    }

    private List<FakeLink> links() {
        return network == null ? List.copyOf(targets.keySet()) : network.clients();
    }

    private FaultScope scope() {
        FaultScope scope = FaultScope.all().ofClients(this::isTarget);
        return random.nextBoolean()
                ? scope.nth(1 + random.nextInt(2))
                : scope.withProbability(0.2 + 0.8 * random.nextDouble(), random.nextLong());
    }

    /** Of what can name something. */
    private FaultScope perhapsNaming(FaultScope scope) {
        return random.nextInt(4) == 0 ? scope.naming("q1") : scope;
    }

    private boolean isTarget(ClientInfo client) {
        return ids.contains(client.id());
    }

    /**
     * A fault of both protocols that lasts. Those that end a client come seldom, as nothing else happens to it then.
     */
    private Fault beginOfAll(FaultScope scope) {
        return switch (random.nextInt(3)) {
            case 0 -> hub.cutFrames(scope.nth(1 + random.nextInt(60)));
            case 1 -> hub.refuseLogins(scope.nth(1), random.nextBoolean() ? 403 : 530, TEXT);
            default -> hub.loseHeartbeats(scope);
        };
    }

    /** A fault of AMQP 0-9-1 that lasts. */
    Fault begin091(FaultScope whole) {
        Duration some = Duration.ofMillis(random.nextInt(3));
        if (random.nextInt(5) == 0) {
            return beginOfAll(whole);
        }
        FaultScope scope = perhapsNaming(whole);
        return switch (random.nextInt(8)) {
            case 5, 6 -> hub.redeliver(scope); // Clients acknowledge seldom.
            case 0 -> hub.loseConfirms(scope);
            case 1 -> hub.nackConfirms(scope);
            case 2 -> hub.delayConfirms(scope, some, some, random.nextLong());
            case 3 -> hub.redeliver(scope);
            case 4 -> hub.returnMessages(scope, 312, TEXT);
            default ->
                random.nextBoolean()
                        ? failMethods(scope, METHODS_WITH_NAMES)
                        : failMethods(whole, METHODS_THAT_NAME_NOTHING);
        };
    }

    private Fault failMethods(FaultScope scope, List<String> methods) {
        String method = methods.get(random.nextInt(methods.size()));
        return hub.failMethods(scope, method, random.nextInt(8) == 0 ? 541 : 404, TEXT);
    }

    /** What is done to a client of AMQP 0-9-1 at once. */
    void hit091(InboundSession client, ModelLeases leases) {
        switch (random.nextInt(10)) {
            case 8, 9 -> hitAtBroker091(client, leases);
            case 0 -> client.failChannels((channel, names) -> true, 406, TEXT);
            case 1, 2 -> client.cancelConsumers((channel, names) -> random.nextBoolean());
            case 3, 4 -> client.holdPublishing(TEXT);
            case 5, 6 -> client.holdPublishing(null);
            default -> client.fail(541, TEXT);
        }
    }

    /** What is done at the broker to channels that this client has, or that wait in the pool. */
    private void hitAtBroker091(InboundSession client, ModelLeases leases) {
        endedAtBroker += atBroker(
                upstream -> upstream.failChannels(channel -> mayEnd(client, leases, upstream, channel), 406, TEXT));
    }

    /** A fault of AMQP 1.0 that lasts. */
    Fault begin10(FaultScope whole) {
        if (random.nextInt(5) == 0) {
            return beginOfAll(whole);
        }
        FaultScope scope = perhapsNaming(whole);
        Duration some = Duration.ofMillis(random.nextInt(3));
        return switch (random.nextInt(5)) {
            case 3 -> hub.loseConfirms(scope);
            case 4 -> hub.delayConfirms(scope, some, some, random.nextLong());
            case 0 -> random.nextBoolean() ? hub.rejectDeliveries(scope, CONDITION, TEXT) : hub.rejectDeliveries(scope);
            case 1 -> hub.releaseDeliveries(scope);
            default -> hub.withholdCredit(scope);
        };
    }

    /** What is done to a client of AMQP 1.0 at once. */
    void hit10(InboundSession client, ModelLeases leases) {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> client.detachLinks((channel, names) -> random.nextBoolean(), CONDITION, TEXT);
            case 3, 4 -> client.endSessions((channel, names) -> random.nextBoolean(), CONDITION, TEXT);
            case 5 -> client.fail(CONDITION, TEXT);
            case 6 -> client.reviewCredit(false);
            default -> hitAtBroker10(client, leases);
        }
    }

    /** What is done at the broker to sessions that this client has, or that wait in the pool. */
    private void hitAtBroker10(InboundSession client, ModelLeases leases) {
        boolean isOfLinks = random.nextBoolean();
        endedAtBroker += atBroker(upstream -> {
            IntPredicate which = channel -> mayEnd(client, leases, upstream, channel);
            return isOfLinks
                    ? upstream.detachLinks(which, CONDITION, TEXT)
                    : upstream.endSessions(which, CONDITION, TEXT);
        });
    }

    private boolean mayEnd(InboundSession client, ModelLeases leases, UpstreamConnection upstream, int channel) {
        return leases.isNobodysBut(client.id(), upstream.info(), channel) && random.nextBoolean();
    }

    private int atBroker(ToIntFunction<UpstreamConnection> what) {
        int count = 0;
        for (FakeLink link : List.copyOf(rig.links)) {
            if (link.session() instanceof UpstreamConnection upstream && upstream.isOpen()) {
                count += what.applyAsInt(upstream);
            }
        }
        return count;
    }

    /** How many sessions and links have ended at the broker on purpose. */
    int endedAtBroker() {
        return endedAtBroker;
    }

    /** Who looks at what a client says, which changes with the faults; what is held for them no more goes out. */
    private void judge() {
        targets.keySet().removeIf(FakeLink::isOver);
        targets.forEach((link, gate) -> {
            session(link).judgedBy(gate.judge());
            session(link).reviewCredit(true);
            session(link).reviewCredit(false);
            link.flush();
        });
        if (network != null) {
            network.onFaults();
        }
    }

    /** All is revoked. */
    void end() {
        lasting.forEach(Fault::close);
        lasting.clear();
        if (network != null) {
            network.end();
        }
        links().forEach(link -> session(link).holdPublishing(null));
        judge();
        rig.endTurn();
    }

    /** When all has come to rest: nothing is held any more. */
    void checkNothingIsHeld() {
        if (network != null) {
            network.checkNothingIsHeld();
        }
    }
}
