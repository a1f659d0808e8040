package io.amqproxy.impl;

import io.amqproxy.internal.LogText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a URI of an upstream says. */
record EndpointUri(String host, int port, boolean tls) {

    private static final Logger log = LoggerFactory.getLogger(EndpointUri.class);
    private static final int AMQP_PORT = 5672;
    private static final int AMQPS_PORT = 5671;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_PORT_DIGITS = 5;
    private static final String RESERVED = "/ ? # @";

    private static final Pattern FORM =
            Pattern.compile("(?i)(?<scheme>amqps?)://(?:(?<user>[^/?#]*)@)?(?<place>[^/?#@]*)"
                    + "(?<path>[^?#]*)(?:\\?(?<query>[^#]*))?(?:#(?<fragment>.*))?");
    /** An IPv6 address in brackets, or whatever may be a name to a resolver. */
    private static final Pattern PLACE = Pattern.compile(
            "(?<host>\\[[0-9a-fA-F:.]+(?:%[\\w.~-]+)?]|[^\\s\\p{Cntrl}:\\[\\]%\\\\\"<>^`{|}]+)(?::(?<port>[0-9]*))?");

    private static final Map<String, String> SETTINGS = Map.of(
            "heartbeat", "heartbeat",
            "connection_timeout", "connectTimeout",
            "channel_max", "maxChannelsPerConnection",
            "cacertfile", "upstreamTls",
            "certfile", "upstreamTls",
            "keyfile", "upstreamTls",
            "password", "upstreamTls",
            "verify", "upstreamTls",
            "server_name_indication", "upstreamTls",
            "auth_mechanism", "none, as each client chooses its own");
    private static final int MAX_ENDPOINTS = 100;

    /** Reads those that belong together. */
    static List<EndpointUri> parse(List<String> uris) {
        List<EndpointUri> all = new ArrayList<>();
        for (String uri : uris) {
            EndpointUri next = parse(uri);
            for (EndpointUri other : all) {
                if (other.host.equalsIgnoreCase(next.host) && other.port == next.port) {
                    throw new IllegalArgumentException("the upstream " + next + " was given twice");
                }
            }
            if (!all.isEmpty() && next.tls != all.get(0).tls) {
                throw new IllegalArgumentException("the upstreams " + all.get(0) + " and " + next
                        + " have to be both amqps or both amqp: fail-over must not send passwords in the clear");
            }
            all.add(next);
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("there has to be an upstream");
        }
        if (all.size() > MAX_ENDPOINTS) {
            throw new IllegalArgumentException("there may be at most " + MAX_ENDPOINTS + " upstreams: " + all.size());
        }
        return List.copyOf(all);
    }

    /**
     * Not by {@link java.net.URI}, to which names are hosts of the web: resolvers take others too, like
     * {@code rabbit_mq}. No message quotes what was given, which may hold a password.
     */
    private static EndpointUri parse(String uri) {
        Matcher parts = FORM.matcher(uri);
        if (!parts.matches()) {
            throw new IllegalArgumentException("the upstream has to be amqp or amqps, as in amqp://host:5672");
        }
        refuseParameters(parts.group("query"), parts.group("fragment"));
        Matcher place = PLACE.matcher(parts.group("place"));
        if (!place.matches()) {
            throw new IllegalArgumentException("the upstream needs a host and a port, as in amqp://host:5672 or"
                    + " amqp://[::1]:5672; in user and password " + RESERVED + " have to be percent-encoded");
        }
        String host = place.group("host").replaceAll("[\\[\\]]", "");
        boolean tls = parts.group("scheme").length() == "amqps".length();
        if (parts.group("user") != null || parts.group("path").length() > 1) {
            log.warn(
                    "User, password and path of the upstream {} are ignored: each client logs in with its own",
                    LogText.of(host));
        }
        return new EndpointUri(host, port(place.group("port"), tls ? AMQPS_PORT : AMQP_PORT), tls);
    }

    private static int port(@Nullable String given, int usual) {
        if (given == null || given.isEmpty()) {
            return usual;
        }
        int port = given.length() > MAX_PORT_DIGITS ? 0 : Integer.parseInt(given);
        if (port == 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("the upstream's port has to be one of 1 to " + MAX_PORT);
        }
        return port;
    }

    /** Those that clients read there (RabbitMQ's page on URI query parameters) are settings of the whole proxy. */
    private static void refuseParameters(@Nullable String query, @Nullable String fragment) {
        if (fragment != null) {
            throw new IllegalArgumentException("the upstream may have nothing behind a #");
        }
        if (query == null || query.isEmpty()) {
            return;
        }
        for (String parameter : query.split("&", -1)) {
            String name = parameter.split("=", 2)[0];
            String instead = SETTINGS.get(name);
            throw new IllegalArgumentException(
                    instead == null
                            ? "the upstream may have no parameters behind a ?"
                            : "the upstream's parameter " + name + " is not read; it is a setting: " + instead);
        }
    }

    @Override
    public String toString() {
        return host + ':' + port;
    }
}
