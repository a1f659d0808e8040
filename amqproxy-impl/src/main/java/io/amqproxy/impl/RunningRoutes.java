package io.amqproxy.impl;

import io.amqproxy.impl.EventLoopGroup.Member;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.net.LoopRoute;
import io.amqproxy.impl.net.RouteId;
import io.amqproxy.impl.net.RouteTable;
import io.amqproxy.impl.net.SocketConnector;
import io.amqproxy.impl.pool.ConnectionBudget;
import io.amqproxy.impl.pool.LoginGuard;
import io.amqproxy.impl.pool.PoolRegistry;
import io.amqproxy.impl.pool.spi.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The routes of a running proxy, on all of its loops. Each has a limit of connections, a guard of log-ins and a health
 * of its own, so that no broker's state is another one's. They change by one thread at a time.
 */
final class RunningRoutes {

    /** What there is of connections that are limited, in all routes together. */
    record Connections(int most, int waiting, long givenUp) {}

    /** One of them. */
    private static final class Running {
        private final RouteId route;
        private final ConnectionBudget connections;
        private final LoginGuard guard;
        private final RouteEndpoints broker;

        Running(RouteId route, ConnectionBudget connections, LoginGuard guard, RouteEndpoints broker) {
            this.route = route;
            this.connections = connections;
            this.guard = guard;
            this.broker = broker;
        }
    }

    private final Logger log;
    private final List<Protocol> protocols;
    private final EventLoopGroup eventLoops;
    private final SocketConnector.Means means;
    private final EventDispatcher events;
    private final AtomicLong upstreamIds = new AtomicLong();
    /** For any thread. */
    private volatile List<Running> all = List.of();

    /** By routes that are over. */
    private final AtomicLong givenUp = new AtomicLong();

    /** @param log where it is told what answers */
    RunningRoutes(
            Logger log,
            List<Protocol> protocols,
            EventLoopGroup eventLoops,
            SocketConnector.Means means,
            EventDispatcher events) {
        this.log = log;
        this.protocols = protocols;
        this.eventLoops = eventLoops;
        this.means = means;
        this.events = events;
    }

    /** Sets them up, before the loops run; {@link #ask} asks for their brokers. */
    RouteTable begin(ProxyConfig plan) {
        all = plan.routes().stream().map(this::running).toList();
        for (Member member : eventLoops.all()) {
            for (int i = 0; i < all.size(); i++) {
                add(member, all.get(i), plan.routes().get(i), false);
            }
        }
        return table(plan);
    }

    /** Asks for the brokers, before the loops run. */
    void ask(ProxyConfig plan) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).broker.begin(plan.routes().get(i));
        }
    }

    private Running running(RouteConfig plan) {
        RouteId route = new RouteId(plan.name());
        return new Running(
                route,
                new ConnectionBudget(plan.settings().maxTotalConnections()),
                new LoginGuard(plan.settings().limits().failedLogins()),
                new RouteEndpoints(log, route, protocols, eventLoops, means, events));
    }

    /** On the loop, or before it runs. */
    private void add(Member member, Running added, RouteConfig plan, boolean isPaused) {
        LoopContext context = member.loop().context().branch(plan.settings(), plan.name());
        PoolRegistry registry = new PoolRegistry(
                context,
                protocols,
                added.broker.endpoints(member.loop(), plan),
                upstreamIds::incrementAndGet,
                added.guard,
                added.connections,
                member.loop()::execute);
        if (isPaused) {
            registry.pause(true);
        }
        member.loopClients()
                .add(added.route, context, registry)
                .serve(plan.clients().vhosts());
    }

    private RouteTable table(ProxyConfig plan) {
        List<RouteTable.Rule> rules = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            RouteConfig one = plan.routes().get(i);
            rules.add(new RouteTable.Rule(all.get(i).route, one.clients()));
        }
        return new RouteTable(rules);
    }

    /**
     * Takes over what a reload says: routes are known again by their names. Clients of one that is over are closed;
     * those of others stay where they are.
     */
    void reload(ProxyConfig newer, boolean isPaused, Consumer<RouteTable> onTable) {
        List<Running> before = all;
        List<Running> after = new ArrayList<>();
        for (RouteConfig plan : newer.routes()) {
            Running same = find(before, plan.name());
            after.add(same == null ? running(plan) : same);
        }
        eventLoops.doAllInAnyCase(member -> {
            member.loopClients().forgetRoutes();
            for (int i = 0; i < after.size(); i++) {
                RouteConfig plan = newer.routes().get(i);
                if (before.contains(after.get(i))) {
                    reload(member, after.get(i), plan);
                } else {
                    add(member, after.get(i), plan, isPaused);
                }
            }
        });
        all = List.copyOf(after);
        RouteTable table = table(newer);
        eventLoops.doFirstInAnyCase(first -> {
            onTable.accept(table);
            for (int i = 0; i < after.size(); i++) {
                RouteConfig plan = newer.routes().get(i);
                if (before.contains(after.get(i))) {
                    after.get(i).broker.watch(plan);
                } else {
                    after.get(i).broker.begin(plan);
                }
            }
            before.stream().filter(one -> !after.contains(one)).forEach(gone -> gone.broker.end());
            first.loopClients().acceptor().onRoutes();
        });
        for (Running gone : before) {
            if (!after.contains(gone)) {
                givenUp.addAndGet(gone.connections.givenUp());
                eventLoops.doAllInAnyCase(
                        member -> member.loopClients().close(here(member, gone), "the route is over"));
            }
        }
    }

    private void reload(Member member, Running route, RouteConfig plan) {
        LoopRoute here = here(member, route);
        here.context().reload(plan.settings());
        here.serve(plan.clients().vhosts());
        here.registry().reload(route.broker.endpoints(member.loop(), plan));
    }

    private static LoopRoute here(Member member, Running route) {
        return Objects.requireNonNull(member.loopClients().route(route.route), "route");
    }

    private static @Nullable Running find(List<Running> some, @Nullable String name) {
        return some.stream()
                .filter(one -> Objects.equals(one.route.name(), name))
                .findFirst()
                .orElse(null);
    }

    /** {@return why no client can be served, or null where a broker of some route is there} */
    @Nullable
    String trouble() {
        String first = null;
        for (Running one : all) {
            String trouble = one.broker.trouble();
            if (trouble == null) {
                return null;
            }
            first = first == null ? trouble : first;
        }
        return first;
    }

    /** There is no limit for all where one route has none. */
    Connections connections() {
        List<Running> now = all;
        boolean isLimited = now.stream().allMatch(one -> one.connections.most() > 0);
        return new Connections(
                isLimited ? now.stream().mapToInt(one -> one.connections.most()).sum() : 0,
                now.stream().mapToInt(one -> one.connections.waiting()).sum(),
                givenUp.get()
                        + now.stream()
                                .mapToLong(one -> one.connections.givenUp())
                                .sum());
    }
}
