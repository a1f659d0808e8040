package io.amqproxy.impl;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a URI of an upstream says. */
record EndpointUri(String host, int port, boolean tls) {

    private static final Logger log = LoggerFactory.getLogger(EndpointUri.class);
    private static final int AMQP_PORT = 5672;
    private static final int AMQPS_PORT = 5671;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_ENDPOINTS = 100;

    /** Reads those that belong together. */
    static List<EndpointUri> parse(String first, String... more) {
        List<EndpointUri> all = new ArrayList<>();
        all.add(parse(first));
        for (String uri : more) {
            EndpointUri next = parse(uri);
            for (EndpointUri other : all) {
                if (other.host.equalsIgnoreCase(next.host) && other.port == next.port) {
                    throw new IllegalArgumentException("the upstream " + next + " was given twice");
                }
            }
            if (next.tls != all.get(0).tls) {
                throw new IllegalArgumentException("the upstreams " + all.get(0) + " and " + next
                        + " have to be both amqps or both amqp: fail-over must not send passwords in the clear");
            }
            all.add(next);
        }
        if (all.size() > MAX_ENDPOINTS) {
            throw new IllegalArgumentException("there may be at most " + MAX_ENDPOINTS + " upstreams: " + all.size());
        }
        return List.copyOf(all);
    }

    private static EndpointUri parse(String uri) {
        URI parsed;
        try {
            parsed = new URI(uri);
        } catch (URISyntaxException e) {
            // Neither the URI nor the exception's text: both may hold a password.
            throw new IllegalArgumentException("the upstream is not a valid URI (at index " + e.getIndex() + ")");
        }
        boolean tls = "amqps".equals(parsed.getScheme());
        if (!tls && !"amqp".equals(parsed.getScheme())) {
            throw new IllegalArgumentException("the upstream's scheme has to be amqp or amqps, as in amqp://host:5672");
        }
        if (parsed.getHost() == null || parsed.getPort() > MAX_PORT) {
            throw new IllegalArgumentException("the upstream needs a host and a valid port, as in amqp://host:5672");
        }
        String path = parsed.getPath();
        if (parsed.getUserInfo() != null || (path != null && path.length() > 1)) {
            log.warn(
                    "User, password and path of the upstream {} are ignored: each client logs in with its own",
                    parsed.getHost());
        }
        int usual = tls ? AMQPS_PORT : AMQP_PORT;
        return new EndpointUri(
                parsed.getHost().replaceAll("[\\[\\]]", ""), parsed.getPort() < 0 ? usual : parsed.getPort(), tls);
    }

    @Override
    public String toString() {
        return host + ':' + port;
    }
}
