package io.amqproxy.program;

import ch.qos.logback.classic.Level;
import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.ListenOptions;
import io.amqproxy.PoolPolicy;
import io.amqproxy.program.common.Descriptors;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the options set: the proxy's builder, and what the program itself needs. One thread fills it, once. */
final class Setup {

    /** How log lines are written. */
    enum LogFormat {
        TEXT,
        JSON,
        ECS
    }

    static final int NO_HTTP = -1;

    static final int MOST_CLIENTS = 100_000;

    private final OptionalLong descriptors = Descriptors.mostAtStart();

    final AmqProxy.Builder proxy = AmqProxy.builder();
    private PoolPolicy policy = PoolPolicy.multiplexed();
    private boolean tellsLosses;
    boolean hasUpstream;
    private final List<RouteSetup> routes = new ArrayList<>();
    /** Addresses of routes that are over, which stay until a restart. */
    final List<RouteSetup> formerRoutes = new ArrayList<>();

    String listenAddress = "";
    int listenPort;
    InheritedSocket inherited = InheritedSocket.NONE;
    /** Who may connect, telling of others; empty for everybody, telling of themselves. */
    CidrSet loadBalancers = CidrSet.none();

    final TlsSetup tls = new TlsSetup();

    Level logLevel = Level.INFO;
    LogFormat logFormat = LogFormat.TEXT;

    /** How long clients are still taken after the signal to end, while the program says that it is not ready. */
    Duration lameDuck = Duration.ZERO;
    /** How long clients may take to leave by themselves. */
    Duration clientCloseTimeout = Duration.ZERO;
    /** How long the proxy may take after that; empty for as long as it needs. */
    Optional<Duration> termTimeout = Optional.empty();

    int httpPort = NO_HTTP;
    /** Null for where the proxy itself listens. */
    @Nullable
    String httpAddress;

    /** What the status page's buttons ask for; null for no buttons. */
    @Nullable
    String httpToken;

    CidrSet httpAllow = CidrSet.of("127.0.0.0/8", "::1");
    /** Names by which browsers and scrapers may know the program, besides addresses and localhost. */
    String[] httpHosts = {};

    int metricsPools;
    /** What an operator should know of these settings, or nothing. */
    String warning = "";
    /** How many clients are taken, where nobody asked for a number and it is not the usual one. */
    String note = "";

    Setup() {
        int fitting = takeClients(MOST_CLIENTS);
        if (fitting < MOST_CLIENTS) {
            note = "Up to " + fitting + " clients are taken, as there are " + descriptors();
        }
    }

    void upstream(String[] urls) {
        proxy.upstream(urls[0], Arrays.copyOfRange(urls, 1, urls.length));
        hasUpstream = true;
    }

    /** What is set next of a route is this one's. */
    void beginRoute(String name) {
        routes.add(new RouteSetup(name));
    }

    /** {@return the route that is being set up} */
    RouteSetup route() {
        return routes.get(routes.size() - 1);
    }

    List<RouteSetup> routes() {
        return routes;
    }

    /**
     * Makes the routes what their sections say.
     *
     * @throws IllegalStateException if something is missing, or would be without effect
     */
    void applyRoutes() {
        for (RouteSetup route : routes) {
            try {
                route.applyTo(proxy, tellsLosses);
            } catch (IllegalArgumentException | IllegalStateException problem) {
                throw new IllegalStateException("[route " + route.name() + "]: " + problem.getMessage(), problem);
            }
        }
    }

    /** {@return the routes, and those that are over and listen still} */
    List<RouteSetup> listeningRoutes() {
        List<RouteSetup> all = new ArrayList<>(routes);
        all.addAll(formerRoutes);
        return all;
    }

    /** {@return whether a route listens for clients with TLS} */
    boolean hasRouteWithTls() {
        for (RouteSetup route : listeningRoutes()) {
            if (route.tlsListen != null) {
                return true;
            }
        }
        return false;
    }

    /** More than there are descriptors for would take those that the rest of the program needs. */
    void maxClients(int clients) {
        note = "";
        int fitting = takeClients(clients);
        if (fitting < clients) {
            warning = "max-clients = " + clients + " does not fit into " + descriptors() + ": " + fitting
                    + " clients are taken";
        }
    }

    private int takeClients(int most) {
        int fitting = descriptors.isEmpty() ? most : Descriptors.clientsOf(descriptors.getAsLong());
        int taken = Math.min(most, fitting);
        proxy.maxClients(taken);
        return taken;
    }

    private String descriptors() {
        return descriptors.orElseThrow() + " file descriptors (LimitNOFILE=, ulimit -n)";
    }

    void policy(PoolPolicy newPolicy) {
        policy = newPolicy;
        usePolicy();
    }

    void tellLosses(boolean all) {
        tellsLosses = all;
        usePolicy();
    }

    private void usePolicy() {
        proxy.policy(tellsLosses ? policy.tellingOfLosses() : policy);
    }

    String httpHost() {
        return httpAddress == null ? listenAddress : httpAddress;
    }

    /** Listens where the options say so; what was inherited is asked for only by a program that runs. */
    void listen() {
        if (inherited == InheritedSocket.NONE) {
            proxy.listen(listenAddress, listenPort, this::mainClients);
        }
    }

    /** Listens where routes say so, after all else. */
    void listenForRoutes() {
        List<RouteSetup> all = listeningRoutes();
        if (!all.isEmpty()) {
            all.sort(Comparator.comparing(RouteSetup::name)); // However a reload orders them.
        }
        for (RouteSetup route : all) {
            route.listen(proxy, tls, inherited);
        }
    }

    /**
     * Takes clients from the socket that the program was started with, where the options say so.
     *
     * @throws IllegalStateException if there is none
     */
    void takeInherited() throws IOException {
        if (inherited == InheritedSocket.NONE) {
            return;
        }
        ServerSocketChannel listening = InheritedSocket.channel();
        if (inherited == InheritedSocket.TLS) {
            proxy.listenTls(listening, settings -> {
                tls.mainClients(settings);
                trustLoadBalancers(settings);
            });
        } else {
            proxy.listen(listening, this::mainClients);
        }
    }

    private void mainClients(ListenOptions settings) {
        settings.name("plain");
        trustLoadBalancers(settings);
    }

    private void trustLoadBalancers(ListenOptions settings) {
        settings.proxyProtocolFrom(loadBalancers);
    }

    /** {@return where all is that is listened on, by the option that says so} */
    Map<String, Address> places() {
        Map<String, Address> places = new LinkedHashMap<>();
        if (inherited == InheritedSocket.NONE) {
            places.put("port", new Address(listenAddress, listenPort));
        }
        if (tls.listen != null) {
            places.put("tls-listen", tls.listen);
        }
        for (RouteSetup route : listeningRoutes()) {
            if (route.listen != null) {
                places.put("[route " + route.name() + "] listen", route.listen);
            }
            if (route.tlsListen != null) {
                places.put("[route " + route.name() + "] tls_listen", route.tlsListen);
            }
        }
        if (httpPort != NO_HTTP) {
            places.put("http-port", new Address(httpHost(), httpPort));
        }
        return places;
    }
}
