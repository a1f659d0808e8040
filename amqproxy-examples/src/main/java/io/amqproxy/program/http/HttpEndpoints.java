package io.amqproxy.program.http;

import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.ProxyHealth;
import io.amqproxy.program.common.StatsSampler.Sample;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the program answers over HTTP. Probes and metrics are for everybody who can connect; the status page is for the
 * allowed networks only, and its buttons ask for the token besides. The token comes in a header, which a foreign page
 * in an operator's browser cannot send.
 */
public final class HttpEndpoints implements AutoCloseable {

    /**
     * Who may do what.
     *
     * @param allowed networks that see the status page
     * @param names the names by which this server is known, besides its addresses and localhost
     * @param token what the buttons ask for; null for no buttons
     */
    public record Access(
            CidrSet allowed, List<String> names, @Nullable String token) {

        /** The token is a secret. */
        @Override
        public String toString() {
            return "Access[token " + (token == null ? "none" : "set") + ']';
        }
    }

    private static final Logger log = LoggerFactory.getLogger(HttpEndpoints.class);
    private static final String GET = "GET";
    private static final String POST = "POST";

    private final AmqProxy proxy;
    private final Observers observers;
    private final History history = new History();
    private final StatsDocument document;
    private final ExpositionFormats formats = ExpositionFormats.init();
    private final Watchdog watchdog;
    private final HttpServer server;
    private volatile Access access;
    private volatile boolean isLeaving;
    private volatile Hosts hosts;

    private HttpEndpoints(Observers observers, AmqProxy proxy, InetSocketAddress address, Access access) {
        this.proxy = proxy;
        this.observers = observers;
        this.access = access;
        this.hosts = new Hosts(access.names);
        this.document = new StatsDocument(proxy, observers.status, history, observers.version);
        this.watchdog = new Watchdog(proxy::stats, System::nanoTime);
        this.server = new HttpServer(address, routes(), observers.reserve);
    }

    /**
     * Listens.
     *
     * @param observers what the proxy was started with
     * @param proxy the running proxy
     * @param address where to listen; port 0 takes a free one
     * @param access who may do what
     * @return the endpoints
     * @throws io.amqproxy.SetupException if the address cannot be listened on
     */
    public static HttpEndpoints start(Observers observers, AmqProxy proxy, InetSocketAddress address, Access access) {
        observers.onStarted(proxy);
        HttpEndpoints endpoints = new HttpEndpoints(observers, proxy, address, access);
        endpoints.watchdog.start();
        return endpoints;
    }

    private Map<String, HttpRoute> routes() {
        return Map.ofEntries(
                Map.entry("/healthz", new HttpRoute(GET, true, request -> healthy())),
                Map.entry("/readyz", new HttpRoute(GET, true, request -> ready())),
                Map.entry("/metrics", new HttpRoute(GET, false, withHost(this::metrics))),
                Map.entry("/", forOperators(GET, always(resource("status.html", "text/html")))),
                Map.entry("/stats.json", forOperators(GET, this::stats)),
                Map.entry("/status.css", new HttpRoute(GET, false, always(resource("status.css", "text/css")))),
                Map.entry("/status.js", new HttpRoute(GET, false, always(resource("status.js", "text/javascript")))),
                Map.entry("/close-client", forOperators(POST, withToken(this::closeClient))),
                Map.entry("/drain-pool", forOperators(POST, withToken(this::drainPool))),
                Map.entry("/pause", forOperators(POST, withToken(request -> pause(true)))),
                Map.entry("/resume", forOperators(POST, withToken(request -> pause(false)))));
    }

    /** {@return where it listens} */
    public InetSocketAddress address() {
        return server.address();
    }

    /** No more clients should come, though they are served. */
    public void leave() {
        isLeaving = true;
    }

    /** Takes over who may do what. */
    public void access(Access newAccess) {
        access = newAccess;
        hosts = new Hosts(newAccess.names);
    }

    /** Takes the figures of a second. */
    public void add(Sample sample) {
        history.add(sample);
    }

    // For everybody.

    private Answer healthy() {
        long silent = watchdog.silentSeconds();
        return silent == 0
                ? Answer.text(200, "OK")
                : Answer.text(503, "a loop of the proxy has not answered for " + silent + " s");
    }

    private Answer ready() {
        ProxyHealth health = health();
        return Answer.text(health.ready() ? 200 : 503, health.toString());
    }

    private ProxyHealth health() {
        return isLeaving ? ProxyHealth.down("the program is about to end") : proxy.health();
    }

    private Answer metrics(Request request) throws IOException {
        ExpositionFormatWriter writer = formats.findWriter(request.accept());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.write(out, observers.metrics.scrape());
        return new Answer(200, writer.getContentType(), out.toString(StandardCharsets.UTF_8));
    }

    private static HttpRoute.Handler always(Answer answer) {
        return request -> answer;
    }

    /** Read once, ahead: later there may be no descriptor left to read it with. */
    private static Answer resource(String name, String type) {
        try (InputStream in = Objects.requireNonNull(HttpEndpoints.class.getResourceAsStream(name), name)) {
            return new Answer(200, type + "; charset=utf-8", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // For operators.

    private HttpRoute.Handler withHost(HttpRoute.Handler handler) {
        return request -> hosts.contain(request.host())
                ? handler.answer(request)
                : Answer.text(421, "this server is not known by that name; see the option http-hosts");
    }

    private HttpRoute forOperators(String method, HttpRoute.Handler handler) {
        return new HttpRoute(
                method,
                false,
                withHost(request -> access.allowed.contains(request.from())
                        ? handler.answer(request)
                        : Answer.text(403, "this address is not allowed")));
    }

    private Answer stats(Request request) {
        String filter = request.parameters().getOrDefault("filter", "");
        return Answer.json(document.text(health(), access.token != null, filter));
    }

    private HttpRoute.Handler withToken(HttpRoute.Handler handler) {
        return request -> {
            String expected = access.token;
            String given = request.authorization();
            if (expected == null) {
                return Answer.text(403, "no token is configured");
            }
            boolean same = given != null && MessageDigest.isEqual(utf8("Bearer " + expected), utf8(given));
            return same ? handler.answer(request) : Answer.text(401, "wrong token");
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Answer closeClient(Request request) {
        String id = request.form().getOrDefault("id", "");
        if (!id.matches("\\d{1,18}")) {
            return Answer.text(400, "expected id=NUMBER");
        }
        boolean closed = proxy.closeClient(Long.parseLong(id), "closed by an operator");
        log.atInfo().addKeyValue("client", id).log("Operator: close client {}: {}", id, closed ? "done" : "not there");
        return closed ? Answer.text(200, "Client " + id + " is closed.") : Answer.text(404, "No client " + id + '.');
    }

    private Answer drainPool(Request request) {
        Map<String, String> form = request.form();
        String user = form.getOrDefault("user", "");
        String vhost = form.getOrDefault("vhost", "");
        int connections = proxy.drainPool(user, vhost);
        log.atInfo()
                .addKeyValue("user", user)
                .addKeyValue("vhost", vhost)
                .log("Operator: drain pool of {} in {}: {} connection(s)", user, vhost, connections);
        return connections > 0
                ? Answer.text(200, connections + " connection(s) are being replaced.")
                : Answer.text(404, "No such pool, or nothing to replace.");
    }

    private Answer pause(boolean isPaused) {
        if (isPaused) {
            proxy.pause();
        } else {
            proxy.resume();
        }
        log.info("Operator: {}", isPaused ? "pause" : "resume");
        return Answer.text(200, isPaused ? "New leases wait." : "Leases are made again.");
    }

    @Override
    public void close() {
        watchdog.close();
        server.close();
    }
}
