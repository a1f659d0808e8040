package io.amqproxy.program;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.LimitInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamInfo;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A line for each thing that an operator has to know and the library does not log itself: refused clients, connections
 * to the broker that were lost, messages that may be lost with them, limits that are reached. Lines of the same kind
 * are at least ten seconds apart, where a kind is a cause and a user; the next one tells how many there were, and comes
 * when they are over. Each line has its facts as fields besides, for logs in JSON. Any thread may call.
 */
final class OperatorLog implements ProxyListener {

    private static final Logger log = LoggerFactory.getLogger(OperatorLog.class);
    /** Said of nobody, as most clients speak it. */
    private static final String OLDER = "AMQP 0-9-1";

    private static final long APART = TimeUnit.SECONDS.toNanos(10);
    /** Of sums that come each ten seconds none is left out for having come a moment early. */
    private static final long APART_SUMS = APART / 2;
    /** After that time a count is no news any more. */
    private static final long LONG = TimeUnit.MINUTES.toNanos(1);

    /**
     * So many kinds have lines of their own within that time; those beyond are told together with others of their sort,
     * such as "refused", and never with those of another sort.
     */
    static final int MOST_NAMED = 100;

    private static final int MAX_NAME = 64;
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    /** So many clients that were refused are remembered until their end is told. */
    private static final int MOST_REFUSED = 1024;

    private static final class Kind {
        private long toldAt;
        private long apart;
        private long untold;
        /** Tells of the newest of those that were not told, and how many there are. */
        private LongConsumer rest = count -> {};
    }

    private final LongSupplier clock;
    /** Those that were told longest ago first. */
    private final Map<String, Kind> kinds = new LinkedHashMap<>();

    private final Set<Long> refused = new LinkedHashSet<>();

    OperatorLog(LongSupplier clock) {
        this.clock = clock;
    }

    /**
     * Writes a line, now or when one is due again.
     *
     * @param sort of line, of which the code knows few
     * @param of what tells kinds of a sort apart, which peers may choose
     * @param line is given how many there were
     */
    private void tell(String sort, String of, LongConsumer line) {
        tell(sort, of, 1, APART, line);
    }

    /** The same for something that counts for so many. */
    private synchronized void tell(String sort, String of, long amount, long apart, LongConsumer line) {
        long now = clock.getAsLong();
        forget(now);
        String name = sort + '\n' + of;
        String known = kinds.containsKey(name) || kinds.size() < MOST_NAMED ? name : sort;
        Kind kind = kinds.computeIfAbsent(known, unknown -> new Kind());
        boolean isNew = kind.apart == 0;
        kind.apart = apart;
        kind.untold += amount;
        kind.rest = line;
        if (isNew || now - kind.toldAt >= apart) {
            kinds.remove(known);
            kinds.put(known, kind);
            tellRest(kind, now);
        }
    }

    private static void tellRest(Kind kind, long now) {
        long count = kind.untold;
        kind.untold = 0;
        kind.toldAt = now;
        kind.rest.accept(count);
        kind.rest = nothing -> {};
    }

    /** Tells of what came since the last line of its kind, where that is ten seconds ago: to be called now and then. */
    synchronized void tellRest() {
        long now = clock.getAsLong();
        for (Kind kind : kinds.values()) {
            if (kind.untold > 0 && now - kind.toldAt >= kind.apart) {
                tellRest(kind, now);
            }
        }
    }

    /** A flood of names that never come again keeps nobody from being named for long. */
    private void forget(long now) {
        kinds.values().removeIf(kind -> {
            long age = now - kind.toldAt;
            return age >= APART && (kind.untold == 0 || age >= LONG);
        });
    }

    /** A user's own line for each vhost: of three users that are refused each is named. */
    private static String of(ClientInfo client) {
        return ' ' + cut(client.user()) + ' ' + cut(client.vhost());
    }

    private static String of(UpstreamInfo upstream) {
        return ' ' + cut(upstream.user()) + ' ' + cut(upstream.vhost());
    }

    private static String cut(@Nullable String name) {
        return name == null ? "" : name.substring(0, Math.min(name.length(), MAX_NAME));
    }

    /** One code stands for many causes, whose texts differ by more than numbers. */
    private static String causeOf(CloseReason reason) {
        return reason.code() + " " + NUMBER.matcher(cut(reason.text())).replaceAll("0");
    }

    /** {@return a connection to the broker, and whose it is} */
    private static String which(UpstreamInfo upstream) {
        String vhost = upstream.vhost() == null ? "" : ", vhost " + plain(upstream.vhost());
        String route = upstream.route() == null ? "" : ", route " + upstream.route();
        return "connection " + upstream.id() + " to " + upstream.endpoint() + " (user " + plain(upstream.user()) + vhost
                + route + ')';
    }

    /** {@return a client as far as it is known} */
    private static String who(ClientInfo client) {
        return who(
                client, OLDER.equals(client.protocol()) || client.protocol() == null ? "" : ", " + client.protocol());
    }

    private static String who(ClientInfo client, String protocol) {
        String user = client.user() == null ? "" : ", user " + plain(client.user());
        String vhost = client.vhost() == null ? "" : ", vhost " + plain(client.vhost());
        String name = client.name() == null ? "" : ", name " + plain(client.name());
        String route = client.route() == null ? "" : ", route " + client.route();
        return "Client " + client.id() + " at " + where(client) + user + vhost + route + name + protocol;
    }

    /** A name that a peer chose: no longer than a line bears, and without what would begin another one. */
    private static String plain(String name) {
        return name.substring(0, Math.min(name.length(), MAX_NAME)).replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    }

    private static String times(long count) {
        return count == 1 ? "" : " (" + count + " since the last line like this)";
    }

    @Override
    public void clientConnected(ClientInfo client) {
        log.debug("Client {} connected from {}", client.id(), where(client));
    }

    @Override
    public void clientAuthenticated(ClientInfo client) {
        if (log.isDebugEnabled()) {
            log.debug("{} opened its connection", who(client));
        }
    }

    @Override
    public void clientRefused(ClientInfo client, CloseReason reason) {
        expectEnd(client);
        tell("refused", "client_refused", client, reason);
    }

    /**
     * Clients that leave, or vanish, are no news; those that the proxy or the broker ends are, but for those that were
     * told of as they were refused.
     */
    @Override
    public void clientDisconnected(ClientInfo client, CloseReason reason) {
        if (log.isDebugEnabled()) {
            log.debug("{} left: {} ({})", who(client), words(reason), reason.initiator());
        }
        boolean isOwnEnd = reason.initiator() == Initiator.CLIENT || reason.initiator() == Initiator.NETWORK;
        if (refused.remove(client.id()) || isOwnEnd) {
            return;
        }
        if (client.vhost() != null) {
            tell("closed", "client_closed", client, reason);
        } else {
            String what = client.user() == null ? "closed before log-in" : "closed before its connection was open";
            tell(what, "client_closed", client, reason);
        }
    }

    /** The end of this client is no news: it was told of. */
    private void expectEnd(ClientInfo client) {
        if (refused.add(client.id()) && refused.size() > MOST_REFUSED) {
            refused.remove(refused.iterator().next()); // Its end was told long ago, or never is.
        }
    }

    /** The wrong port, or the wrong setting: each kind of stranger is named. */
    @Override
    public void foreignProtocol(ClientInfo client, String protocol) {
        expectEnd(client);
        tell(
                "foreign",
                protocol,
                count -> describe(log.atWarn(), "foreign_protocol", client, protocol)
                        .addKeyValue("count", count)
                        .log(
                                "{} does not speak what this port does, but: {}{}",
                                who(client, ""),
                                protocol,
                                times(count)));
    }

    private void tell(String what, String event, ClientInfo client, CloseReason reason) {
        String whatByWhom = what + byWhom(reason.initiator());
        tell(
                whatByWhom,
                causeOf(reason) + of(client),
                count -> describe(event, client, count)
                        .addKeyValue("code", reason.code())
                        .addKeyValue("cause", reason.cause())
                        .addKeyValue("initiator", reason.initiator())
                        .log("{} {}: {}{}", who(client), whatByWhom, words(reason), times(count)));
    }

    private static String byWhom(Initiator initiator) {
        return switch (initiator) {
            case PROXY -> " by the proxy";
            case BROKER -> " by the broker";
            default -> "";
        };
    }

    private static LoggingEventBuilder describe(String event, ClientInfo client, long count) {
        return describe(event, client).addKeyValue("count", count);
    }

    private static LoggingEventBuilder describe(String event, ClientInfo client) {
        return describe(log.atWarn(), event, client, client.protocol());
    }

    private static LoggingEventBuilder describe(
            LoggingEventBuilder line, String event, ClientInfo client, @Nullable String protocol) {
        return describeAs(line, event, client, protocol)
                .addKeyValue("user", client.user())
                .addKeyValue("vhost", client.vhost())
                .addKeyValue("route", client.route());
    }

    /** But for whose it is. */
    private static LoggingEventBuilder describeAs(
            LoggingEventBuilder line, String event, ClientInfo client, @Nullable String protocol) {
        return line.addKeyValue("event", event)
                .addKeyValue("client", client.id())
                .addKeyValue("address", where(client))
                .addKeyValue("protocol", protocol)
                .addKeyValue("name", client.name())
                .addKeyValue("product", client.product());
    }

    @Override
    public void clientSlowed(ClientInfo client, Duration time) {
        long millis = Math.max(1, time.toMillis());
        tell(
                "slowed",
                of(client),
                millis,
                APART_SUMS,
                sum -> describe("client_slowed", client)
                        .addKeyValue("milliseconds", sum)
                        .log(
                                "{} is not read for {} ms{}: its user has sent more than it may in a second"
                                        + " (messages-per-second, bytes-per-second)",
                                who(client),
                                sum,
                                sum == millis ? "" : ", with others of its user since the last line like this"));
    }

    @Override
    public void clientBehind(ClientInfo client, String effect) {
        tell(
                "behind",
                effect + of(client),
                count -> describe("client_behind", client, count)
                        .log("{} reads too slowly: {}{}", who(client), effect, times(count)));
    }

    @Override
    public void clientKeptApart(ClientInfo client, String reason) {
        tell(
                "kept apart",
                of(client),
                count -> describe("client_kept_apart", client, count)
                        .log("{} is kept apart from others for 10 minutes: {}{}", who(client), reason, times(count)));
    }

    @Override
    public void publishersHeldBack(UpstreamInfo upstream, String reason) {
        tellOfPublishers("held back", "publishers_held_back", upstream, "are held back: " + reason);
    }

    @Override
    public void publishersReleased(UpstreamInfo upstream, Duration time) {
        tellOfPublishers("released", "publishers_released", upstream, "go on after " + time.toMillis() + " ms");
    }

    private void tellOfPublishers(String sort, String event, UpstreamInfo upstream, String what) {
        tell(
                sort,
                of(upstream),
                count -> describe(log.atInfo(), event, upstream)
                        .addKeyValue("count", count)
                        .log("Publishers on {} {}{}", which(upstream), what, times(count)));
    }

    @Override
    public void loginsBlocked(ClientInfo client, Duration time) {
        tell(
                "blocked",
                of(client),
                count -> describe("logins_blocked", client, count)
                        .log(
                                "{}: its log-ins are refused for {} ms, as too many have failed (failed-logins){}",
                                who(client),
                                time.toMillis(),
                                times(count)));
    }

    @Override
    public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        if (reason.initiator() == Initiator.PROXY) {
            return;
        }
        tell(
                "lost",
                causeOf(reason) + of(upstream),
                count -> describe(log.atWarn(), "upstream_lost", upstream)
                        .addKeyValue("code", reason.code())
                        .addKeyValue("count", count)
                        .log("The {} was lost: {}{}", which(upstream), words(reason), times(count)));
    }

    private static LoggingEventBuilder describe(LoggingEventBuilder line, String event, UpstreamInfo upstream) {
        return line.addKeyValue("event", event)
                .addKeyValue("upstream", upstream.id())
                .addKeyValue("endpoint", upstream.endpoint())
                .addKeyValue("user", upstream.user())
                .addKeyValue("vhost", upstream.vhost())
                .addKeyValue("route", upstream.route());
    }

    @Override
    public void limitReached(LimitInfo limit) {
        tell(
                "limit",
                limit.limit() + ' ' + cut(limit.user()) + ' ' + cut(limit.vhost()) + ' ' + limit.route(),
                count -> describe(limit)
                        .addKeyValue("count", count)
                        .log(
                                "The limit {} is reached: {}{}{}",
                                limit.limit(),
                                limit.effect(),
                                limit.client() != null || limit.route() == null ? "" : " (route " + limit.route() + ')',
                                times(count)));
    }

    private static LoggingEventBuilder describe(LimitInfo limit) {
        ClientInfo client = limit.client();
        LoggingEventBuilder line = client == null
                ? log.atWarn().addKeyValue("event", "limit_reached")
                : describeAs(log.atWarn(), "limit_reached", client, client.protocol());
        return line.addKeyValue("limit", limit.limit())
                .addKeyValue("user", limit.user())
                .addKeyValue("vhost", limit.vhost())
                .addKeyValue("route", limit.route());
    }

    private static String where(ClientInfo client) {
        InetSocketAddress address = client.address();
        return address.getAddress().getHostAddress() + ':' + address.getPort();
    }

    private static String words(CloseReason reason) {
        return reason.code() == 0 ? reason.text() : reason.code() + " " + reason.text();
    }

    @Override
    public void publishesLost(UpstreamInfo upstream, long messages) {
        String of = of(upstream);
        tell(
                "publishes lost",
                of,
                messages,
                APART,
                lost -> describe(log.atWarn(), "publishes_lost", upstream)
                        .addKeyValue("messages", lost)
                        .log(
                                "Up to {} message(s) without confirms were lost with {}{}",
                                lost,
                                which(upstream),
                                lost == messages ? "" : " and others since the last line like this"));
    }
}
