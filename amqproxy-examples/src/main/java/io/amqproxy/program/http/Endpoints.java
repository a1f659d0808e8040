package io.amqproxy.program.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.amqproxy.AmqProxy;
import io.amqproxy.program.Networks;
import io.amqproxy.program.Pulse.Sample;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the program answers over HTTP. Probes and metrics are for everybody who can connect; the status page is for the
 * allowed networks only, and its buttons ask for the token besides. The token comes in a header, which a foreign page
 * in an operator's browser cannot send.
 */
public final class Endpoints implements AutoCloseable {

    /**
     * Who may do what.
     *
     * @param allowed networks that see the status page
     * @param token what the buttons ask for; null for no buttons
     */
    public record Access(Networks allowed, @Nullable String token) {

        /** The token is a secret. */
        @Override
        public String toString() {
            return "Access[token " + (token == null ? "none" : "set") + ']';
        }
    }

    private record Answer(int status, String type, String body) {

        static Answer text(int status, String text) {
            return new Answer(status, "text/plain; charset=utf-8", text + '\n');
        }
    }

    private interface Handler {
        Answer answer(HttpExchange exchange) throws IOException;
    }

    private static final Logger log = LoggerFactory.getLogger(Endpoints.class);
    private static final int THREADS = 4;
    private static final int MAX_WAITING = 64;
    private static final int MAX_FORM = 4096;
    private static final Map<String, String> LIMITS = Map.of(
            "sun.net.httpserver.maxReqTime", "10",
            "sun.net.httpserver.maxRspTime", "10",
            "jdk.httpserver.maxConnections", "256");

    private final AmqProxy proxy;
    private final Observers observers;
    private final History history = new History();
    private final StatusPage page;
    private final ExpositionFormats formats = ExpositionFormats.init();
    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private volatile Access access;

    private Endpoints(HttpServer server, AmqProxy proxy, Observers observers, Access access) {
        this.server = server;
        this.proxy = proxy;
        this.observers = observers;
        this.access = access;
        this.page = new StatusPage(proxy, observers.watch, history, observers.version);
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "http");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Listens.
     *
     * @param observers what the proxy was started with
     * @param proxy the running proxy
     * @param address where to listen; port 0 takes a free one
     * @param access who may do what
     * @return the endpoints
     * @throws IOException if the address cannot be listened on
     */
    public static Endpoints start(Observers observers, AmqProxy proxy, InetSocketAddress address, Access access)
            throws IOException {
        LIMITS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        Endpoints endpoints = new Endpoints(HttpServer.create(address, 0), proxy, observers, access);
        observers.onStarted(proxy);
        endpoints.run();
        return endpoints;
    }

    private void run() {
        handle("/healthz", "GET", exchange -> Answer.text(200, "OK"));
        handle("/readyz", "GET", exchange -> ready());
        handle("/metrics", "GET", this::metrics);
        handle("/", "GET", forOperators(exchange -> html(page.whole(hasButtons()))));
        handle("/live", "GET", forOperators(exchange -> html(page.live(hasButtons()))));
        handle("/status.css", "GET", exchange -> resource("status.css", "text/css"));
        handle("/status.js", "GET", exchange -> resource("status.js", "text/javascript"));
        handle("/close-client", "POST", forOperators(withToken(this::closeClient)));
        handle("/drain-pool", "POST", forOperators(withToken(this::drainPool)));
        handle("/pause", "POST", forOperators(withToken(exchange -> pause(true))));
        handle("/resume", "POST", forOperators(withToken(exchange -> pause(false))));
        server.setExecutor(threads);
        server.start();
    }

    /** {@return where it listens} */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Takes over who may do what. */
    public void access(Access newAccess) {
        access = newAccess;
    }

    /** Takes the figures of a second. */
    public void add(Sample sample) {
        history.add(sample);
    }

    // One request.

    private void handle(String path, String method, Handler handler) {
        server.createContext(path, exchange -> {
            try (exchange) {
                Answer answer;
                if (!exchange.getRequestURI().getPath().equals(path)) {
                    answer = Answer.text(404, "not found");
                } else if (!isMethod(exchange, method)) {
                    exchange.getResponseHeaders().set("Allow", method);
                    answer = Answer.text(405, "use " + method);
                } else {
                    answer = handler.answer(exchange);
                }
                send(exchange, answer);
            } catch (IllegalStateException e) {
                send(exchange, Answer.text(503, "the proxy does not answer"));
            } catch (RuntimeException e) {
                log.warn("A request for {} failed", path, e);
                send(exchange, Answer.text(500, "failed; see the log"));
            }
        });
    }

    private static boolean isMethod(HttpExchange exchange, String method) {
        String asked = exchange.getRequestMethod();
        return asked.equals(method) || (asked.equals("HEAD") && method.equals("GET"));
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", answer.type);
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:;"
                        + " form-action 'none'; base-uri 'none'; frame-ancestors 'none'");
        byte[] body = utf8(answer.body);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(answer.status, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    // For everybody.

    private Answer ready() {
        String problem = observers.watch.whyNotReady();
        return problem == null ? Answer.text(200, "ready") : Answer.text(503, "not ready: " + problem);
    }

    private Answer metrics(HttpExchange exchange) throws IOException {
        ExpositionFormatWriter writer =
                formats.findWriter(exchange.getRequestHeaders().getFirst("Accept"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.write(out, observers.metrics.scrape());
        return new Answer(200, writer.getContentType(), out.toString(StandardCharsets.UTF_8));
    }

    private static Answer resource(String name, String type) throws IOException {
        try (InputStream in = Objects.requireNonNull(Endpoints.class.getResourceAsStream(name), name)) {
            return new Answer(200, type + "; charset=utf-8", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    // For operators.

    private Handler forOperators(Handler handler) {
        return exchange -> access.allowed.contain(exchange.getRemoteAddress().getAddress())
                ? handler.answer(exchange)
                : Answer.text(403, "this address is not allowed");
    }

    private boolean hasButtons() {
        return access.token != null;
    }

    private static Answer html(String text) {
        return new Answer(200, "text/html; charset=utf-8", text);
    }

    private Handler withToken(Handler handler) {
        return exchange -> {
            String expected = access.token;
            String given = exchange.getRequestHeaders().getFirst("Authorization");
            if (expected == null) {
                return Answer.text(403, "no token is configured");
            }
            boolean same = given != null && MessageDigest.isEqual(utf8("Bearer " + expected), utf8(given));
            return same ? handler.answer(exchange) : Answer.text(401, "wrong token");
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Answer closeClient(HttpExchange exchange) throws IOException {
        String id = form(exchange).getOrDefault("id", "");
        if (!id.matches("\\d{1,18}")) {
            return Answer.text(400, "expected id=NUMBER");
        }
        boolean closed = proxy.closeClient(Long.parseLong(id), "closed by an operator");
        log.atInfo().addKeyValue("client", id).log("Operator: close client {}: {}", id, closed ? "done" : "not there");
        return closed ? Answer.text(200, "Client " + id + " is closed.") : Answer.text(404, "No client " + id + '.');
    }

    private Answer drainPool(HttpExchange exchange) throws IOException {
        Map<String, String> form = form(exchange);
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

    private static Map<String, String> form(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_FORM);
        Map<String, String> form = new TreeMap<>();
        for (String pair : new String(body, StandardCharsets.UTF_8).split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                form.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
        return form;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
