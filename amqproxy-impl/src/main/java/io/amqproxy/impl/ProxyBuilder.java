package io.amqproxy.impl;

import static io.amqproxy.impl.SettingBounds.between;
import static io.amqproxy.impl.SettingBounds.positive;

import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.ClientLimits;
import io.amqproxy.ClientTls;
import io.amqproxy.CloseMode;
import io.amqproxy.CredentialMapper;
import io.amqproxy.EndpointChoice;
import io.amqproxy.ListenOptions;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.Route;
import io.amqproxy.UpstreamTls;
import io.amqproxy.impl.core.ConnectionName;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.ListenSettings;
import io.amqproxy.impl.net.ReservedPort;
import io.amqproxy.impl.net.RouteClients;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.priming.Priming;
import io.amqproxy.impl.tls.ClientTlsSettings;
import io.amqproxy.internal.LogText;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks settings as they come; see {@link AmqProxy.Builder} for what they mean. */
final class ProxyBuilder implements AmqProxy.Builder, ProxyConfig.Source {

    private static final int LISTEN_PORT = 5673;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_LOOPS = 64;
    private static final long MAX_MESSAGE_SIZE = 512L * 1024 * 1024;
    private static final long MIN_BUFFERS = 1024 * 1024;
    private static final int MIN_BACKLOG = 64 * 1024;

    private static final AtomicInteger PROXIES = new AtomicInteger();
    private static final int MAX_NAME = 100;

    private static final int MAX_ROUTES = 100;

    private final Settings.Draft settings;
    private @Nullable String name;
    private @Nullable ThreadFactory threadFactory;
    private final BrokerSettings broker = new BrokerSettings();
    private final List<ListenAddress> wanted = new ArrayList<>();
    private Duration tlsReload = Duration.ofSeconds(10);
    private boolean inProcess;
    private final List<ProxyListener> listeners = new ArrayList<>();
    private int loops = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
    private @Nullable CredentialMapper mapper;
    private boolean amqp10 = true;
    private boolean primed;
    private boolean quiet;
    private final Map<String, RouteBuilder> routes = new LinkedHashMap<>();

    ProxyBuilder() {
        this(new Settings.Draft(new MultiplexedPolicy()));
    }

    ProxyBuilder(Settings.Draft settings) {
        this.settings = settings;
    }

    @Override
    public ProxyBuilder name(String newName) {
        if (newName.isBlank()
                || newName.length() > MAX_NAME
                || !LogText.of(newName).equals(newName)) {
            throw new IllegalArgumentException(
                    "a proxy's name has 1 to " + MAX_NAME + " characters that can be printed");
        }
        name = newName;
        return this;
    }

    @Override
    public ProxyBuilder threadFactory(ThreadFactory factory) {
        threadFactory = Objects.requireNonNull(factory, "factory");
        return this;
    }

    @Override
    public ProxyBuilder upstream(String first, String... more) {
        broker.endpoints(Stream.concat(Stream.of(first), Stream.of(more)).toList());
        return this;
    }

    @Override
    public ProxyBuilder upstreams(Collection<URI> uris) {
        broker.endpoints(uris.stream().map(URI::toString).toList());
        return this;
    }

    @Override
    public ProxyBuilder endpointChoice(EndpointChoice choice) {
        broker.choice(Objects.requireNonNull(choice, "choice"));
        return this;
    }

    @Override
    public ProxyBuilder upstreamTls(Consumer<? super UpstreamTls> choose) {
        broker.tls(choose);
        return this;
    }

    @Override
    public ProxyBuilder upstreamProxyProtocol(boolean told) {
        broker.proxyProtocol(told);
        return this;
    }

    @Override
    public ProxyBuilder listen(int port) {
        return listen("127.0.0.1", port);
    }

    @Override
    public ProxyBuilder listen(String host, int port) {
        return listen(host, port, options -> {});
    }

    @Override
    public ProxyBuilder listen(String host, int port, Consumer<? super ListenOptions> choose) {
        ListenSettings own = new ListenSettings();
        choose.accept(own);
        return wanted(host, port, null, own);
    }

    private ProxyBuilder wanted(String host, int port, @Nullable ClientTlsSettings tls, ListenSettings own) {
        Objects.requireNonNull(host, "host");
        wanted.add(new ListenAddress(host, between("port", port, 0, MAX_PORT), null, tls, own.proxies(), own.name()));
        return this;
    }

    @Override
    public ProxyBuilder listenTls(String host, int port, Consumer<? super ClientTls> choose) {
        ClientTlsSettings own = new ClientTlsSettings();
        choose.accept(own);
        return wanted(host, port, own, own.listen());
    }

    @Override
    public ProxyBuilder listen(ServerSocketChannel listening, Consumer<? super ListenOptions> choose) {
        ListenSettings own = new ListenSettings();
        choose.accept(own);
        return wanted(ReservedPort.of(listening), null, own);
    }

    @Override
    public ProxyBuilder listenTls(ServerSocketChannel listening, Consumer<? super ClientTls> choose) {
        ClientTlsSettings own = new ClientTlsSettings();
        choose.accept(own);
        return wanted(ReservedPort.of(listening), own, own.listen());
    }

    private ProxyBuilder wanted(ReservedPort port, @Nullable ClientTlsSettings tls, ListenSettings own) {
        wanted.add(ListenAddress.at(port, tls, own.proxies(), own.name()));
        return this;
    }

    @Override
    public ProxyBuilder listenInProcess() {
        inProcess = true;
        return this;
    }

    @Override
    public ProxyBuilder tlsReload(Duration interval) {
        tlsReload = interval.isZero() ? interval : positive("tlsReload", interval);
        return this;
    }

    @Override
    public ProxyBuilder listener(ProxyListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    @Override
    public ProxyBuilder policy(PoolPolicy newPolicy) {
        settings.policy = Objects.requireNonNull(newPolicy, "policy");
        return this;
    }

    @Override
    public ProxyBuilder closeMode(CloseMode mode) {
        settings.closeMode = Objects.requireNonNull(mode, "mode");
        return this;
    }

    @Override
    public ProxyBuilder loops(int count) {
        loops = between("loops", count, 1, MAX_LOOPS);
        return this;
    }

    @Override
    public ProxyBuilder maxConnections(int connections) {
        settings.maxConnections = between("maxConnections", connections, 1, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder maxTotalConnections(int connections) {
        if (connections == 1) {
            throw new IllegalArgumentException("maxTotalConnections has to be 0 or at least 2, one for log-ins: 1");
        }
        settings.maxTotalConnections = between("maxTotalConnections", connections, 0, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder connectionName(String template) {
        settings.connectionName = ConnectionName.parse(template);
        return this;
    }

    @Override
    public ProxyBuilder minConnections(int connections) {
        settings.minConnections = between("minConnections", connections, 0, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder maxChannelsPerConnection(int channels) {
        settings.maxChannelsPerConnection = between("maxChannelsPerConnection", channels, 1, 65_535);
        return this;
    }

    @Override
    public ProxyBuilder maxIdleChannels(int channels) {
        settings.maxIdleChannels = between("maxIdleChannels", channels, 0, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder warmChannels(int channels) {
        settings.warmChannels = between("warmChannels", channels, 0, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder idleTimeout(Duration timeout) {
        settings.idleTimeout = positive("idleTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder maxLifetime(Duration lifetime) {
        settings.maxLifetime = lifetime.isZero() ? lifetime : positive("maxLifetime", lifetime);
        return this;
    }

    @Override
    public ProxyBuilder maxChannelAge(Duration age) {
        settings.maxChannelAge = age.isZero() ? age : positive("maxChannelAge", age);
        return this;
    }

    @Override
    public ProxyBuilder credentialTtl(Duration ttl) {
        settings.credentialTtl = positive("credentialTtl", ttl);
        return this;
    }

    @Override
    public ProxyBuilder acquireTimeout(Duration timeout) {
        settings.acquireTimeout = positive("acquireTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder connectTimeout(Duration timeout) {
        settings.connectTimeout = positive("connectTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder tlsTimeout(Duration timeout) {
        settings.tlsTimeout = positive("tlsTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder loginTimeout(Duration timeout) {
        settings.loginTimeout = positive("loginTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder closeTimeout(Duration timeout) {
        settings.closeTimeout = positive("closeTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder handshakeTimeout(Duration timeout) {
        settings.handshakeTimeout = positive("handshakeTimeout", timeout);
        return this;
    }

    @Override
    public ProxyBuilder heartbeat(Duration interval) {
        if (!interval.isZero()) {
            positive("heartbeat", interval);
            if (interval.toSeconds() < 1 || interval.toSeconds() > 65_535) {
                throw new IllegalArgumentException("heartbeat has to be 1 to 65535 seconds or zero: " + interval);
            }
        }
        settings.heartbeat = interval;
        return this;
    }

    @Override
    public ProxyBuilder maxClients(int clients) {
        settings.maxClients = between("maxClients", clients, 1, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public AmqProxy.Builder amqp10(boolean offered) {
        amqp10 = offered;
        return this;
    }

    @Override
    public ProxyBuilder primed(boolean first) {
        primed = first;
        return this;
    }

    /** Nothing is logged of the proxy's start and its end. */
    ProxyBuilder quiet() {
        quiet = true;
        return this;
    }

    @Override
    public ProxyBuilder credentialMapper(CredentialMapper newMapper) {
        mapper = Objects.requireNonNull(newMapper, "mapper");
        return this;
    }

    @Override
    public ProxyBuilder route(String routeName, Consumer<? super Route> choose) {
        RouteBuilder known = routes.get(routeName);
        if (known == null && routes.size() == MAX_ROUTES) {
            throw new IllegalArgumentException("there are " + MAX_ROUTES + " routes already");
        }
        RouteBuilder route = known == null ? new RouteBuilder(routeName) : known;
        choose.accept(route);
        routes.put(routeName, route);
        return this;
    }

    @Override
    public ProxyBuilder limits(Consumer<? super ClientLimits> choose) {
        choose.accept(settings.limits);
        return this;
    }

    @Override
    public ProxyBuilder maxMessageSize(long bytes) {
        if (bytes < 1 || bytes > MAX_MESSAGE_SIZE) {
            throw new IllegalArgumentException("maxMessageSize has to be 1 to " + MAX_MESSAGE_SIZE + ": " + bytes);
        }
        settings.maxMessageSize = bytes;
        return this;
    }

    @Override
    public ProxyBuilder maxIncompleteBytes(long bytes) {
        if (bytes < MIN_BACKLOG) {
            throw new IllegalArgumentException("maxIncompleteBytes has to be at least " + MIN_BACKLOG + ": " + bytes);
        }
        settings.maxIncompleteBytes = bytes;
        return this;
    }

    @Override
    public ProxyBuilder maxBufferBytes(long bytes) {
        if (bytes < MIN_BUFFERS) {
            throw new IllegalArgumentException("maxBufferBytes has to be at least " + MIN_BUFFERS + ": " + bytes);
        }
        settings.maxBufferBytes = bytes;
        return this;
    }

    @Override
    public ProxyBuilder maxClientBacklog(int bytes) {
        settings.maxClientBacklog = between("maxClientBacklog", bytes, MIN_BACKLOG, Integer.MAX_VALUE);
        return this;
    }

    @Override
    public ProxyBuilder check() {
        if (!broker.isNamed() && routes.isEmpty()) {
            throw new IllegalStateException("no upstream was given");
        }
        checkNumbers();
        broker.check();
        wanted.stream().map(ListenAddress::tls).filter(Objects::nonNull).forEach(ClientTlsSettings::check);
        Set<String> named = wanted.stream().map(ListenAddress::name).collect(Collectors.toSet());
        RouteBuilder.check(routes.values(), settings, named);
        return this;
    }

    @Override
    public ProxyBuilder checkFiles() {
        config();
        addresses().forEach(ListenAddress::checkFiles);
        return this;
    }

    void checkNumbers() {
        if (settings.minConnections > settings.maxConnections) {
            throw new IllegalStateException("minConnections (" + settings.minConnections + ") is above maxConnections ("
                    + settings.maxConnections + ")");
        }
    }

    Settings settings(int count) {
        return settings.build(count);
    }

    @Override
    public AmqProxy start() {
        if (primed) {
            Priming.begin(ProxyBuilder::forPriming);
        }
        String own = name == null ? "amqproxy-" + PROXIES.incrementAndGet() : name;
        ProxyConfig config = config();
        ProxyThreads threads = new ProxyThreads(own, threadFactory);
        Runnable beforeClients = primed ? Priming::awaitFirst : () -> {};
        RunningProxy proxy = RunningProxy.start(threads, config, addresses(), listeners, beforeClients);
        if (!config.quiet()) {
            Priming.giveWayTo(proxy::hasClients);
        }
        return proxy;
    }

    /** {@return a proxy that nobody hears of, in front of a broker at this port of the loopback interface} */
    static AmqProxy forPriming(int port) {
        return new ProxyBuilder()
                .name("amqproxy-priming")
                .quiet()
                .upstream("amqp://" + Priming.LOOPBACK + ':' + port)
                .listen(Priming.LOOPBACK, 0)
                .loops(1)
                .start();
    }

    private List<ListenAddress> addresses() {
        return wanted.isEmpty() && !inProcess
                ? List.of(new ListenAddress("127.0.0.1", LISTEN_PORT, null, null, CidrSet.none(), null))
                : wanted;
    }

    @Override
    public ProxyConfig config() {
        check();
        List<String> listening =
                addresses().stream().map(ListenAddress::described).toList();
        Settings common = settings.build(loops);
        List<RouteConfig> all = new ArrayList<>();
        routes.values().forEach(route -> all.add(route.config(settings, loops)));
        if (broker.isNamed()) {
            all.add(ofBroker(null, common, RouteClients.ALL));
        }
        return new ProxyConfig(common, loops, all, listening, tlsReload, mapper, amqp10, quiet);
    }

    /** The broker that is named here, as that of a route. */
    RouteConfig ofBroker(@Nullable String route, Settings own, RouteClients clients) {
        return broker.route(route, own, clients);
    }
}
