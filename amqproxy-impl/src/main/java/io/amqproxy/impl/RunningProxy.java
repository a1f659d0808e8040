package io.amqproxy.impl;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyHealth;
import io.amqproxy.ProxyListener;
import io.amqproxy.ProxyStats;
import io.amqproxy.SetupException;
import io.amqproxy.SetupException.Kind;
import io.amqproxy.UpstreamStats;
import io.amqproxy.faults.Faults;
import io.amqproxy.impl.EventLoopGroup.Member;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.amqp10.Amqp10;
import io.amqproxy.impl.core.ClientObjectBudget;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.fault.FaultHub;
import io.amqproxy.impl.net.BlockingTaskExecutor;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.HostLookUps;
import io.amqproxy.impl.net.InProcessSocketFactory;
import io.amqproxy.impl.net.ListenConfig;
import io.amqproxy.impl.net.LoopClients;
import io.amqproxy.impl.net.ReservedPort;
import io.amqproxy.impl.net.SocketConnector;
import io.amqproxy.impl.net.Taps;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.tls.Reloadable;
import io.amqproxy.impl.tls.Reloader;
import io.amqproxy.impl.trace.TraceHub;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceFilter;
import io.amqproxy.trace.TraceListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/** A started proxy: its loops, and what other threads may ask of them. */
final class RunningProxy implements AmqProxy, Shutdown.Hooks {

    private final Logger log;
    /** Told where an address has to be and no port is listened on; nobody can connect to it by mistake. */
    private static final InetSocketAddress NOWHERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private static final int MAX_LOOKUPS = 1024;
    private static final int LOOKUP_THREADS = 16;
    private static final int MAX_UPSTREAM_HANDSHAKES = 1024;
    private static final int TLS_THREADS =
            Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
    private static final int ACCOUNT_THREADS = 4;
    private static final int MAX_REASON = 200;
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(EventLoopGroup.ANSWER_SECONDS);
    /** Threads that stay in a look-up or in what an application does there end when they come back from it. */
    private static final long LAST_MILLIS = 1000;

    private final ProxyThreads threads;
    private final Closer mine;
    private final List<ListenConfig> listening;
    private final EventDispatcher events;
    private final ThreadPoolExecutor resolver;
    private final EventLoopGroup eventLoops = new EventLoopGroup();
    private final LoopClients.Shared shared;
    private final RunningRoutes routes;
    private final Shutdown shutdown;
    private final TraceHub traces;
    private final FaultHub faults = new FaultHub(new FaultyLoops(eventLoops));
    private final ProxyFigures figures;

    /** Of what an operator does one thing happens after the other. Nothing waits there for a file. */
    private final Object operating = new Object();

    /** Reloads happen one after the other, and each may wait for files. Taken before {@link #operating}. */
    private final Object reloading = new Object();

    private volatile ProxyConfig plan;
    private Reloader reloader;
    private volatile boolean paused;

    private RunningProxy(
            ProxyThreads threads,
            ProxyConfig plan,
            List<ListenAddress> addresses,
            List<ProxyListener> listeners,
            Closer mine)
            throws IOException {
        this.log = plan.quiet() ? NOPLogger.NOP_LOGGER : LoggerFactory.getLogger(RunningProxy.class);
        this.threads = threads;
        this.plan = plan;
        this.mine = mine;
        this.resolver = workers("resolver", LOOKUP_THREADS, MAX_LOOKUPS);
        this.listening = take(addresses);
        this.events = new EventDispatcher(listeners, threads.one("events"));
        mine.add("the thread of the listeners", () -> events.close(PATIENCE_MILLIS));
        ThreadPoolExecutor tlsTasks = workers("tls", TLS_THREADS, TLS_THREADS);
        ThreadPoolExecutor upstreamTlsTasks = workers("tls-upstream", TLS_THREADS, MAX_UPSTREAM_HANDSHAKES);
        ThreadPoolExecutor lookUps = workers("accounts", ACCOUNT_THREADS, MAX_LOOKUPS);
        List<Protocol> protocols = plan.amqp10() ? List.of(new Amqp091(), new Amqp10()) : List.of(new Amqp091());
        this.shared = new LoopClients.Shared(protocols, plan.settings(), tlsTasks, TLS_THREADS, lookUps, plan.mapper());
        mine.add("spare descriptors", shared::close);
        this.shutdown = new Shutdown(log, eventLoops, shared, threads, this);
        for (EventLoop loop : loops()) {
            loop.onDeath(this::onLoopDied);
            eventLoops.add(new Member(loop, new LoopClients(loop, shared)));
        }
        this.routes = new RunningRoutes(
                log,
                protocols,
                eventLoops,
                new SocketConnector.Means(shared::openSocket, new HostLookUps(resolver), upstreamTlsTasks),
                events);
        this.figures = new ProxyFigures(eventLoops, shared, routes, events, listening);
        shared.route(routes.begin(plan));
        this.traces = new TraceHub(threads.several("trace"), new TappedLoops(eventLoops));
        mine.add("traces", traces);
        mine.add("the loops", eventLoops::end);
        this.reloader = reloader(plan);
        mine.add("the thread that looks for certificates", this::closeReloader);
    }

    private ThreadPoolExecutor workers(String purpose, int count, int queued) {
        ThreadPoolExecutor workers = BlockingTaskExecutor.of(threads.several(purpose), count, queued);
        mine.add("threads", workers::shutdownNow);
        return workers;
    }

    private List<ListenConfig> take(List<ListenAddress> addresses) {
        List<ListenConfig> taken = new ArrayList<>();
        for (ListenAddress address : addresses) {
            ReservedPort port = address.take(resolver, plan.settings().connectTimeout());
            mine.add("a port", port);
            taken.add(address.on(port));
        }
        return List.copyOf(taken);
    }

    private List<EventLoop> loops() throws IOException {
        List<EventLoop> loops = new ArrayList<>();
        ThreadFactory numbered = threads.several("loop");
        ClientObjectBudget belongings = new ClientObjectBudget(plan.settings().maxBufferBytes());
        for (int i = 0; i < plan.loops(); i++) {
            LoopContext context = new LoopContext(plan.settings(), events);
            context.belongings = belongings;
            EventLoop loop = new EventLoop(context, numbered);
            mine.add("a loop", loop::stop);
            loops.add(loop);
        }
        return loops;
    }

    /**
     * Leaves nothing behind where it fails.
     *
     * @param beforeClients what clients wait for; the proxy listens meanwhile, and asks the broker
     */
    static RunningProxy start(
            ProxyThreads threads,
            ProxyConfig plan,
            List<ListenAddress> addresses,
            List<ProxyListener> listeners,
            Runnable beforeClients) {
        Closer mine = new Closer();
        try {
            RunningProxy proxy = new RunningProxy(threads, plan, addresses, listeners, mine);
            proxy.run(beforeClients);
            return proxy;
        } catch (IOException failure) {
            mine.release();
            throw new SetupException(Kind.RESOURCES, "cannot start: " + failure.getMessage(), failure);
        } catch (RuntimeException | Error failure) {
            mine.release();
            throw failure;
        }
    }

    /** {@return whether a client is connected} Any thread may ask. */
    boolean hasClients() {
        return shared.clients.get() > 0;
    }

    /** The broker is told which host the proxy is on, from when that is known. */
    private void askForHost() {
        resolver.execute(() -> {
            String host = hostName();
            eventLoops.tellAll(member -> member.loop().context().host(host));
        });
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }

    private Reloader reloader(ProxyConfig current) {
        List<Reloadable> withFiles = Stream.concat(
                        current.targets().stream().map(EndpointTarget::tls),
                        listening.stream().map(ListenConfig::tls))
                .<Reloadable>mapMulti((engines, all) -> {
                    if (engines != null) {
                        all.accept(engines);
                    }
                })
                .toList();
        return new Reloader(withFiles, current.tlsReload(), threads.one("certificates"), InstantSource.system());
    }

    /** Listeners are told of nothing before all of it is done. */
    private void run(Runnable beforeClients) throws IOException {
        askForHost();
        routes.ask(plan);
        events.proxyStarted(address());
        for (ListenConfig where : listening) {
            eventLoops.first().loopClients().acceptor().listen(where);
        }
        eventLoops.all().forEach(member -> member.loop().start());
        beforeClients.run();
        eventLoops.tellAll(member -> member.loopClients().acceptor().begin());
        events.start();
        logUpstreams();
        if (listening.isEmpty()) {
            log.info("Proxy listening on no port, for clients of this process only");
        }
        for (ListenConfig where : listening) {
            InetSocketAddress address = where.port().address();
            log.info(
                    "Proxy listening on {}:{}{}",
                    address.getHostString(),
                    address.getPort(),
                    where.tls() == null ? "" : " with TLS");
        }
    }

    private void logUpstreams() {
        for (RouteConfig route : plan.routes()) {
            String of = route.name() == null ? "" : " of route " + route.name();
            route.targets().forEach(target -> log.info("Proxy upstream{}: {}", of, target));
        }
    }

    @Override
    public String name() {
        return threads.proxy();
    }

    @Override
    public State state() {
        return shutdown.state();
    }

    @Override
    public InetSocketAddress address() {
        return listening.isEmpty() ? NOWHERE : listening.get(0).port().address();
    }

    @Override
    public List<InetSocketAddress> addresses() {
        return listening.stream().map(where -> where.port().address()).toList();
    }

    @Override
    public URI uri() {
        return listening.isEmpty() ? uri(NOWHERE, "amqp") : uri(listening.get(0));
    }

    @Override
    public List<URI> uris() {
        return listening.stream().map(RunningProxy::uri).toList();
    }

    @Override
    public SocketFactory socketFactory() {
        return new InProcessSocketFactory(channel -> !shutdown.hasBegun()
                && eventLoops.askFirst(first -> first.loopClients().acceptor().enter(channel)));
    }

    private static URI uri(ListenConfig where) {
        return uri(where.port().address(), where.tls() == null ? "amqp" : "amqps");
    }

    private static URI uri(InetSocketAddress address, String scheme) {
        String host = address.getAddress().isAnyLocalAddress() ? "localhost" : address.getHostString();
        return URI.create(scheme + "://" + (host.contains(":") ? '[' + host + ']' : host) + ':' + address.getPort());
    }

    @Override
    public ProxyStats stats() {
        return figures.stats(paused);
    }

    @Override
    public List<ClientInfo> clients() {
        return figures.clients();
    }

    @Override
    public List<UpstreamStats> upstreams() {
        return figures.upstreams();
    }

    @Override
    public ProxyHealth health() {
        if (shutdown.hasBegun()) {
            return ProxyHealth.down("the proxy is ending");
        }
        String trouble = paused ? "the proxy is paused" : routes.trouble();
        return trouble == null ? ProxyHealth.up() : ProxyHealth.down(trouble);
    }

    @Override
    public boolean closeClient(long clientId, String reason) {
        String text = reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
        return figures.ask(
                        () -> eventLoops.askAll(member -> member.loopClients().closeClient(clientId, text)),
                        List::<Boolean>of)
                .contains(true);
    }

    @Override
    public int drainPool(String user, String vhost) {
        return figures.ask(() -> eventLoops.sum(member -> member.sum(pools -> pools.drain(user, vhost))), () -> 0);
    }

    @Override
    public Trace trace(TraceFilter filter, TraceListener listener) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(listener, "listener");
        eventLoops.refuseLoops();
        return traces.trace(filter, listener);
    }

    @Override
    public Faults faults() {
        return faults;
    }

    private record TappedLoops(EventLoopGroup loops) implements TraceHub.Loops {

        @Override
        public void tap(Taps taps) {
            loops.doAll(member -> member.loop().tap(taps));
        }

        @Override
        public void untap() {
            loops.tellAll(member -> member.loop().tap(null));
        }

        @Override
        public void awaitTurns() {
            loops.awaitTurns();
        }
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
        eventLoops.refuseLoops();
        synchronized (operating) {
            if (paused == isPaused || shutdown.hasBegun()) {
                return;
            }
            eventLoops.doAll(member -> member.loopClients()
                    .routes()
                    .forEach(route -> route.registry().pause(isPaused)));
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
        if (!(settings instanceof ProxyConfig.Source said)) {
            throw new IllegalArgumentException("only a builder of AmqProxy.builder() can be taken over");
        }
        eventLoops.refuseLoops();
        synchronized (reloading) {
            shutdown.checkNotBegun();
            ProxyConfig newer = said.config();
            synchronized (operating) {
                shutdown.checkNotBegun();
                newer.checkPossible(plan);
                takeOver(newer);
            }
        }
        log.info("Settings reloaded");
    }

    /** Once the new plan holds all of it is done, whatever a loop does about it. */
    private void takeOver(ProxyConfig newer) {
        boolean movesOn = !newer.destinations().equals(plan.destinations());
        Reloader next = reloader(newer);
        plan = newer;
        reloader.close();
        reloader = next;
        eventLoops.doAllInAnyCase(member -> {
            member.loop().context().reload(newer.settings());
            if (member.equals(eventLoops.first())) {
                member.loopClients().reload(newer.settings());
            }
        });
        routes.reload(newer, paused, shared::route);
        events.proxyReloaded();
        if (movesOn) {
            logUpstreams();
        }
    }

    // The end.

    /** Half a proxy is worse than none: clients of that loop would wait for nothing. */
    private void onLoopDied() {
        log.error("A loop of the proxy cannot go on; the proxy ends");
        drainAsync(Duration.ZERO);
    }

    @Override
    public void close() {
        drain(Duration.ZERO);
    }

    @Override
    public boolean drain(Duration grace) {
        drainAsync(grace);
        return shutdown.await();
    }

    @Override
    public CompletionStage<Boolean> drainAsync(Duration grace) {
        return shutdown.begin(Objects.requireNonNull(grace, "grace"));
    }

    @Override
    public void begins() {
        log.info("Proxy {} is ending", name());
        events.proxyDraining();
    }

    @Override
    public Duration step() {
        return Duration.ofNanos(plan.settings().closeTimeout());
    }

    @Override
    public void loopsEnd() {
        figures.keepLast(paused);
    }

    private void closeReloader() {
        synchronized (operating) {
            reloader.close();
        }
    }

    @Override
    public void release() {
        mine.release();
        String left = threads.awaitEnd(LAST_MILLIS);
        if (!left.isEmpty()) {
            log.warn("Threads of {} did not end yet: {}", name(), left);
        }
        log.info("Proxy {} on port {} stopped", name(), address().getPort());
    }
}
