package io.amqproxy.impl;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyListener;
import io.amqproxy.ProxyStats;
import io.amqproxy.impl.net.Front;
import io.amqproxy.impl.net.ListeningPort;
import io.amqproxy.impl.net.Loop;
import io.amqproxy.impl.net.SocketConnector;
import io.amqproxy.impl.pool.Probe;
import io.amqproxy.impl.pool.Tenants;
import io.amqproxy.impl.session.BrokerProfile;
import io.amqproxy.impl.session.LoopContext;
import io.amqproxy.impl.session.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A started proxy: its loops, and what other threads may ask of them. */
final class RunningProxy implements AmqProxy, Probe.Observer {

    private record Station(Loop loop, Front front, Tenants tenants) {}

    private record Share(
            int upstreams,
            long bytesIn,
            long bytesOut,
            long leases,
            long upstreamsOpened,
            long published,
            long delivered,
            List<PoolStats> pools) {}

    private static final Logger log = LoggerFactory.getLogger(RunningProxy.class);
    private static final AtomicInteger PROXIES = new AtomicInteger();
    private static final long ANSWER_SECONDS = 10;
    private static final int MAX_LOOKUPS = 1024;
    private static final int MAX_REASON = 200;

    private final InetSocketAddress address;
    private final Events events;
    private final ThreadPoolExecutor resolver;
    private final List<Station> stations = new ArrayList<>();
    private final Front.Shared shared = new Front.Shared();
    private @Nullable Probe probe;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<ProxyStats> lastStats = new CompletableFuture<>();

    private RunningProxy(InetSocketAddress address, Events events, ThreadPoolExecutor resolver) {
        this.address = address;
        this.events = events;
        this.resolver = resolver;
    }

    static AmqProxy start(
            Settings settings,
            int loops,
            String upstreamHost,
            int upstreamPort,
            InetSocketAddress listen,
            List<ProxyListener> listeners)
            throws IOException {
        ListeningPort listening = ListeningPort.take(listen);
        try {
            String name = "amqproxy-" + PROXIES.incrementAndGet();
            RunningProxy proxy =
                    new RunningProxy(listening.address(), new Events(listeners, name + "-events"), resolver(name));
            proxy.run(settings, loops, upstreamHost, upstreamPort, name, listening);
            return proxy;
        } catch (IOException | RuntimeException failure) {
            listening.close();
            throw failure;
        }
    }

    private static ThreadPoolExecutor resolver(String name) {
        ThreadPoolExecutor resolver =
                new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_LOOKUPS), task -> {
                    Thread thread = new Thread(task, name + "-resolver");
                    thread.setDaemon(true);
                    return thread;
                });
        resolver.allowCoreThreadTimeOut(true);
        return resolver;
    }

    private void run(Settings settings, int loops, String host, int port, String name, ListeningPort listening)
            throws IOException {
        AtomicLong upstreamIds = new AtomicLong();
        for (int i = 0; i < loops; i++) {
            Loop loop = new Loop(new LoopContext(settings, events), name + "-loop-" + i);
            Tenants tenants = new Tenants(
                    loop.context(),
                    new SocketConnector(loop, host, port, resolver),
                    upstreamIds::incrementAndGet,
                    this::askForBroker);
            stations.add(new Station(loop, new Front(loop, tenants, shared), tenants));
        }
        Loop first = stations.get(0).loop();
        probe = new Probe(first.context(), new SocketConnector(first, host, port, resolver), this);
        askForBroker();
        events.start();
        events.proxyStarted(address);
        stations.get(0).front().accept(listening, listening.listen());
        stations.forEach(station -> station.loop().start());
        log.info("Proxy upstream: {}:{}", host, port);
        log.info("Proxy listening on {}:{}", address.getHostString(), address.getPort());
    }

    // The broker's health. The first loop probes and listens.

    private void askForBroker() {
        Probe asking = probe;
        if (asking != null) {
            stations.get(0).loop().execute(asking::ask);
        }
    }

    @Override
    public void onProfile(BrokerProfile profile) {
        for (Station station : stations) {
            station.loop().execute(() -> station.loop().context().profile = profile);
        }
    }

    @Override
    public void onDown() {
        log.warn("Clients are refused until the broker is reachable");
        stations.get(0).front().refuse();
    }

    @Override
    public void onUp() {
        log.info("Clients are accepted again");
        stations.get(0).front().acceptAgain();
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public URI uri() {
        String host = address.getAddress().isAnyLocalAddress() ? "localhost" : address.getHostString();
        return URI.create("amqp://" + (host.contains(":") ? '[' + host + ']' : host) + ':' + address.getPort());
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
        long leases = 0;
        long opened = 0;
        long published = 0;
        long delivered = 0;
        List<PoolStats> pools = new ArrayList<>();
        for (Share share : askAll(RunningProxy::share)) {
            upstreams += share.upstreams();
            bytesIn += share.bytesIn();
            bytesOut += share.bytesOut();
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
                events.dropped(),
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
                context.leases,
                context.upstreamsOpened,
                traffic.published,
                traffic.delivered,
                tenants.stats());
    }

    @Override
    public List<ClientInfo> clients() {
        List<ClientInfo> all = new ArrayList<>();
        if (!lastStats.isDone()) {
            askAll(station -> station.front().clients()).forEach(all::addAll);
        }
        return all;
    }

    @Override
    public boolean closeClient(long clientId, String reason) {
        String text = reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
        return !lastStats.isDone()
                && askAll(station -> station.front().closeClient(clientId, text))
                        .contains(true);
    }

    private <T> List<T> askAll(Function<Station, T> question) {
        List<CompletableFuture<T>> answers = new ArrayList<>();
        for (Station station : stations) {
            if (station.loop().isCurrentThread()) {
                throw new IllegalStateException("must not be called by a pool policy");
            }
            answers.add(station.loop().ask(() -> question.apply(station)));
        }
        List<T> results = new ArrayList<>();
        for (CompletableFuture<T> answer : answers) {
            try {
                results.add(answer.get(ANSWER_SECONDS, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for a loop", e);
            } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("a loop of the proxy did not answer", e);
            }
        }
        return results;
    }

    // The end.

    @Override
    public void close() {
        drain(Duration.ZERO);
    }

    @Override
    public boolean drain(Duration grace) {
        if (!closing.compareAndSet(false, true)) {
            return true;
        }
        events.proxyDraining();
        askAll(station -> {
            station.front().stopAccepting();
            return true;
        });
        boolean allLeft = await(grace, () -> shared.clients.get() == 0);
        askAll(station -> {
            station.front().closeAll("proxy is shutting down");
            return true;
        });
        Duration patience = Duration.ofNanos(2 * Settings.CLOSE_TIMEOUT);
        await(patience, () -> sum(station -> station.front().connections()) == 0);
        askAll(station -> {
            station.tenants().close();
            return true;
        });
        await(patience, () -> sum(station -> station.tenants().upstreams()) == 0);
        lastStats.complete(currentStats());
        stop();
        return allLeft;
    }

    private int sum(Function<Station, Integer> figure) {
        return askAll(figure).stream().mapToInt(Integer::intValue).sum();
    }

    private static boolean await(Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (deadline - System.nanoTime() <= 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
        return true;
    }

    private void stop() {
        stations.forEach(station -> station.loop().stop());
        resolver.shutdownNow();
        try {
            for (Station station : stations) {
                if (!station.loop().join(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS))) {
                    log.warn("A loop of the proxy did not end");
                }
            }
            events.proxyStopped();
            events.close(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.info("Proxy on port {} stopped", address.getPort());
    }
}
