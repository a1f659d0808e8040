package io.amqproxy.impl;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.EndpointStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.ProxyStats;
import io.amqproxy.impl.Stations.Station;
import io.amqproxy.impl.net.Front;
import io.amqproxy.impl.net.Listener;
import io.amqproxy.impl.net.Loop;
import io.amqproxy.impl.net.SocketConnector;
import io.amqproxy.impl.net.Workers;
import io.amqproxy.impl.pool.LoginGuard;
import io.amqproxy.impl.pool.Tenants;
import io.amqproxy.impl.session.Belongings;
import io.amqproxy.impl.session.LoopContext;
import io.amqproxy.impl.tls.Reloadable;
import io.amqproxy.impl.tls.Reloader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A started proxy: its loops, and what other threads may ask of them. */
final class RunningProxy implements AmqProxy {

    private record Share(
            int upstreams,
            long bytesIn,
            long bytesOut,
            long bufferBytes,
            long leases,
            long upstreamsOpened,
            long published,
            long delivered,
            List<EndpointStats> endpoints,
            List<PoolStats> pools) {}

    private static final Logger log = LoggerFactory.getLogger(RunningProxy.class);
    private static final AtomicInteger PROXIES = new AtomicInteger();
    private static final int MAX_LOOKUPS = 1024;
    private static final int LOOKUP_THREADS = 4;
    private static final int MAX_UPSTREAM_HANDSHAKES = 1024;
    private static final int TLS_THREADS =
            Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
    private static final int ACCOUNT_THREADS = 4;
    private static final int MAX_REASON = 200;

    private final String name;
    private final List<Listener> listening;
    private final Events events;
    private final ThreadPoolExecutor resolver;
    private final ThreadPoolExecutor tlsTasks;
    private final ThreadPoolExecutor upstreamTlsTasks;
    private final ThreadPoolExecutor lookUps;
    private final Stations stations = new Stations();
    private final Front.Shared shared;
    private final Broker broker;
    private final Shutdown shutdown;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<ProxyStats> lastStats = new CompletableFuture<>();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

    /** Of what an operator does one thing happens after the other. */
    private final Object operating = new Object();

    private Blueprint plan;
    private Reloader reloader;
    private volatile boolean paused;

    private RunningProxy(String name, Blueprint plan, List<Listener> listening, Events events) throws IOException {
        this.name = name;
        this.plan = plan;
        this.listening = listening;
        this.events = events;
        this.resolver = Workers.of(name + "-resolver", LOOKUP_THREADS, MAX_LOOKUPS);
        this.tlsTasks = Workers.of(name + "-tls", TLS_THREADS, TLS_THREADS);
        this.upstreamTlsTasks = Workers.of(name + "-tls-upstream", TLS_THREADS, MAX_UPSTREAM_HANDSHAKES);
        this.lookUps = Workers.of(name + "-accounts", ACCOUNT_THREADS, MAX_LOOKUPS);
        this.shared = new Front.Shared(plan.settings(), tlsTasks, TLS_THREADS, lookUps, plan.mapper());
        this.shutdown = new Shutdown(stations, shared);
        String host = hostName();
        Belongings belongings = new Belongings(plan.settings().maxBufferBytes());
        List<Loop> loops = new ArrayList<>();
        for (int i = 0; i < plan.loops(); i++) {
            LoopContext context = new LoopContext(plan.settings(), events);
            context.host = host;
            context.belongings = belongings;
            loops.add(new Loop(context, name + "-loop-" + i));
        }
        this.broker = new Broker(
                stations,
                loops.get(0),
                new SocketConnector.Means(shared::openSocket, resolver, upstreamTlsTasks),
                events);
        AtomicLong upstreamIds = new AtomicLong();
        LoginGuard guard = new LoginGuard(plan.settings().limits().failedLogins());
        for (Loop loop : loops) {
            Tenants tenants = new Tenants(
                    loop.context(), broker.endpoints(loop, plan), upstreamIds::incrementAndGet, guard, loop::execute);
            loop.onDeath(this::onLoopDied);
            stations.add(new Station(loop, new Front(loop, tenants, shared), tenants));
        }
        this.reloader = reloader(plan);
    }

    /** The listeners' ports are the caller's where this fails. */
    static AmqProxy start(Blueprint plan, List<Listener> listening, List<ProxyListener> listeners) throws IOException {
        String name = "amqproxy-" + PROXIES.incrementAndGet();
        RunningProxy proxy = new RunningProxy(name, plan, listening, new Events(listeners, name + "-events"));
        proxy.run();
        return proxy;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }

    private Reloader reloader(Blueprint current) {
        List<Reloadable> withFiles = Stream.concat(
                        current.targets().stream().map(Target::tls),
                        listening.stream().map(Listener::tls))
                .<Reloadable>mapMulti((engines, all) -> {
                    if (engines != null) {
                        all.accept(engines);
                    }
                })
                .toList();
        return new Reloader(withFiles, current.tlsReload(), name + "-certificates");
    }

    private void run() throws IOException {
        broker.await();
        broker.watch(plan);
        events.start();
        events.proxyStarted(address());
        for (Listener listener : listening) {
            stations.first().front().accept(listener);
        }
        stations.all().forEach(station -> station.loop().start());
        logUpstreams();
        for (Listener listener : listening) {
            InetSocketAddress address = listener.port().address();
            log.info(
                    "Proxy listening on {}:{}{}",
                    address.getHostString(),
                    address.getPort(),
                    listener.tls() == null ? "" : " with TLS");
        }
    }

    private void logUpstreams() {
        plan.targets().forEach(target -> log.info("Proxy upstream: {}", target));
    }

    @Override
    public InetSocketAddress address() {
        return listening.get(0).port().address();
    }

    @Override
    public List<InetSocketAddress> addresses() {
        return listening.stream().map(listener -> listener.port().address()).toList();
    }

    @Override
    public URI uri() {
        return uri(listening.get(0));
    }

    @Override
    public List<URI> uris() {
        return listening.stream().map(RunningProxy::uri).toList();
    }

    private static URI uri(Listener listener) {
        InetSocketAddress address = listener.port().address();
        String host = address.getAddress().isAnyLocalAddress() ? "localhost" : address.getHostString();
        return URI.create((listener.tls() == null ? "amqp://" : "amqps://")
                + (host.contains(":") ? '[' + host + ']' : host)
                + ':'
                + address.getPort());
    }

    @Override
    public ProxyStats stats() {
        return lastStats.isDone() ? lastStats.join() : currentStats();
    }

    private ProxyStats currentStats() {
        int upstreams = 0;
        int leased = 0;
        int idle = 0;
        long bytesIn = 0;
        long bytesOut = 0;
        long buffers = 0;
        long leases = 0;
        long opened = 0;
        long published = 0;
        long delivered = 0;
        List<PoolStats> pools = new ArrayList<>();
        List<Share> shares = stations.askAll(RunningProxy::share);
        for (Share share : shares) {
            upstreams += share.upstreams();
            bytesIn += share.bytesIn();
            bytesOut += share.bytesOut();
            buffers += share.bufferBytes();
            leases += share.leases();
            opened += share.upstreamsOpened();
            published += share.published();
            delivered += share.delivered();
            pools.addAll(share.pools());
        }
        for (PoolStats pool : pools) {
            leased += pool.channelsLeased();
            idle += pool.channelsIdle();
        }
        return new ProxyStats(
                shared.clients.get(),
                upstreams,
                leased,
                idle,
                shared.accepted(),
                opened,
                leases,
                published,
                delivered,
                bytesIn,
                bytesOut,
                buffers,
                events.dropped(),
                paused,
                sumOfEndpoints(shares),
                List.copyOf(pools));
    }

    private static Share share(Station station) {
        LoopContext context = station.loop().context();
        Tenants tenants = station.tenants();
        var traffic = tenants.traffic();
        return new Share(
                tenants.upstreams(),
                context.bytesIn,
                context.bytesOut,
                context.chunks.usedBytes(),
                context.leases,
                context.upstreamsOpened,
                traffic.published,
                traffic.delivered,
                tenants.endpointStats(),
                tenants.stats());
    }

    /** All loops have the same endpoints in the same order, but for the moment of a reload. */
    private static List<EndpointStats> sumOfEndpoints(List<Share> shares) {
        Map<String, EndpointStats> sums = new LinkedHashMap<>();
        for (Share share : shares) {
            for (EndpointStats one : share.endpoints()) {
                sums.merge(
                        one.endpoint(),
                        one,
                        (sum, other) -> new EndpointStats(
                                sum.endpoint(),
                                sum.reachable() && other.reachable(),
                                sum.upstreams() + other.upstreams(),
                                sum.opened() + other.opened(),
                                sum.failures() + other.failures(),
                                sum.lastFailure() == null ? other.lastFailure() : sum.lastFailure()));
            }
        }
        return List.copyOf(sums.values());
    }

    @Override
    public List<ClientInfo> clients() {
        List<ClientInfo> all = new ArrayList<>();
        if (!lastStats.isDone()) {
            stations.askAll(station -> station.front().clients()).forEach(all::addAll);
        }
        return all;
    }

    @Override
    public boolean closeClient(long clientId, String reason) {
        String text = reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
        return !lastStats.isDone()
                && stations.askAll(station -> station.front().closeClient(clientId, text))
                        .contains(true);
    }

    @Override
    public int drainPool(String user, String vhost) {
        return lastStats.isDone()
                ? 0
                : stations.sum(station -> station.tenants().drain(user, vhost));
    }

    // What an operator does.

    @Override
    public void pause() {
        pause(true);
    }

    @Override
    public void resume() {
        pause(false);
    }

    private void pause(boolean isPaused) {
        synchronized (operating) {
            if (paused == isPaused || closing.get()) {
                return;
            }
            stations.doAll(station -> station.tenants().pause(isPaused));
            paused = isPaused;
            if (isPaused) {
                events.proxyPaused();
            } else {
                events.proxyResumed();
            }
        }
        log.info(isPaused ? "Paused: new leases wait" : "Resumed: leases are made again");
    }

    @Override
    public void reload(AmqProxy.Builder settings) {
        if (!(settings instanceof ProxyBuilder builder)) {
            throw new IllegalArgumentException("only a builder of AmqProxy.builder() can be taken over");
        }
        synchronized (operating) {
            if (closing.get()) {
                throw new IllegalStateException("the proxy is closed");
            }
            Blueprint newer = builder.blueprint();
            List<String> obstacles = newer.obstacles(plan);
            if (!obstacles.isEmpty()) {
                throw new IllegalArgumentException(
                        "this cannot change without a restart: " + String.join("; ", obstacles));
            }
            takeOver(newer);
        }
        log.info("Settings reloaded");
    }

    /** From here on nothing can fail. */
    private void takeOver(Blueprint newer) {
        boolean movesOn = !newer.targets().toString().equals(plan.targets().toString());
        plan = newer;
        stations.doAll(station -> {
            station.loop().context().reload(newer.settings());
            station.tenants().reload(broker.endpoints(station.loop(), newer));
            if (station.equals(stations.first())) {
                station.front().reload(newer.settings());
                broker.watch(newer);
            }
        });
        reloader.close();
        reloader = reloader(newer);
        events.proxyReloaded();
        if (movesOn) {
            logUpstreams();
        }
    }

    // The end.

    /** Half a proxy is worse than none: clients of that loop would wait for nothing. */
    private void onLoopDied() {
        log.error("A loop of the proxy cannot go on; the proxy ends");
        Thread end = new Thread(this::close, name + "-end");
        end.setDaemon(true);
        end.start();
    }

    @Override
    public void close() {
        drain(Duration.ZERO);
    }

    @Override
    public boolean drain(Duration grace) {
        if (!closing.compareAndSet(false, true)) {
            stations.refuseLoops();
            if (grace.isZero()) {
                shutdown.hurry();
            }
            // The end waits for the listeners, so that one of them must not wait for the end.
            return events.isCurrentThread() || ended.join();
        }
        boolean allLeft = false;
        try {
            events.proxyDraining();
            Duration step;
            synchronized (operating) {
                step = Duration.ofNanos(plan.settings().closeTimeout());
            }
            allLeft = shutdown.run(grace, step);
            lastStats.complete(currentStats());
            stop();
        } finally {
            ended.complete(allLeft);
        }
        return allLeft;
    }

    private void stop() {
        stations.all().forEach(station -> station.loop().stop());
        synchronized (operating) {
            reloader.close();
        }
        shared.close();
        resolver.shutdownNow();
        tlsTasks.shutdownNow();
        upstreamTlsTasks.shutdownNow();
        lookUps.shutdownNow();
        long patience = TimeUnit.SECONDS.toMillis(Stations.ANSWER_SECONDS);
        try {
            for (Station station : stations.all()) {
                if (!station.loop().join(patience)) {
                    log.warn("A loop of the proxy did not end");
                }
            }
            events.proxyStopped();
            events.close(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.info("Proxy on port {} stopped", address().getPort());
    }
}
