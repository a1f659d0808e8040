package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.broker.Amqp091Profile;
import io.amqproxy.impl.amqp091.broker.Tune;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.FieldTable;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ProtocolHeader;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.ConnectionName;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Product;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Settings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client's part of opening a connection (AMQP 0-9-1, section 2.2.4): what is said to the broker, and as whom. */
final class UpstreamHandshake {

    private static final int NO_LIMIT_OF_CHANNELS = 0xFFFF;

    private static final Map<String, Boolean> CAPABILITIES = Map.of(
            "authentication_failure_close", true,
            "basic.nack", true,
            "connection.blocked", true,
            "consumer_cancel_notify", true,
            "exchange_exchange_bindings", true,
            "publisher_confirms", true);

    private static final Map<String, Object> BARE = Map.of("capabilities", CAPABILITIES);

    private final UpstreamSession session;
    private final LoopContext loop;
    private final Amqp091Context context;
    private boolean startOkSent;
    private String purpose = "";
    private ClientProperties introducedAs = ClientProperties.NONE;
    /** The client that it is for, null where it is for many. */
    private @Nullable ClientInfo openedBy;

    private Tune tune = new Tune(1, Settings.FRAME_MAX, 0);
    private boolean answersCrossingClose = true;
    /** How long it has taken, without the time for which no vhost was asked for, when the present part began. */
    private long took;

    private long since;

    UpstreamHandshake(UpstreamSession session, LoopContext loop) {
        this.session = session;
        this.loop = loop;
        this.context = Amqp091Context.of(loop);
        this.since = loop.now;
    }

    /** What {@link Amqp091Profile#answersCrossingClose} says of this broker. */
    boolean answersCrossingClose() {
        return answersCrossingClose;
    }

    void introduceAs(ClientProperties ofClient, ClientInfo client) {
        introducedAs = ofClient;
        openedBy = client;
    }

    @Nullable
    InetSocketAddress clientAddress() {
        return openedBy == null ? null : openedBy.address();
    }

    ClientProperties introducedAs() {
        return introducedAs;
    }

    void usedFor(String newPurpose) {
        purpose = newPurpose;
    }

    /** The link is up. Where the broker's mechanisms are known {@code start-ok} goes in one flight with the header. */
    void begin() {
        ProtocolHeader.write(session.out());
        if (context.introduction().isKnown()) {
            startOk(context.introduction().profile());
        }
    }

    void onStart(ArgumentReader start) throws AmqpException {
        Amqp091Profile profile = Amqp091Profile.read(start);
        answersCrossingClose = profile.answersCrossingClose();
        context.introduction().onProfile(profile);
        if (!startOkSent) {
            startOk(profile);
        }
    }

    /**
     * Credentials come first: what does not fit beside them is left out, and they are not sent if they are too long.
     */
    private void startOk(Amqp091Profile profile) {
        startOkSent = true;
        Credentials credentials = session.sayCredentials();
        int most = profile.frameMaxBeforeTune();
        write(properties(credentials.user()), credentials, profile);
        if (context.frames().payload() > most) {
            context.frames().forget();
            write(BARE, credentials, profile);
        }
        if (context.frames().payload() > most) {
            context.frames().forget();
            session.fail(Refusal.ofSize(credentials, most));
        } else {
            context.frames().toAndForget(session.out());
        }
    }

    private void write(Map<String, Object> properties, Credentials credentials, Amqp091Profile profile) {
        String mechanism = profile.mechanismFor(credentials);
        byte[] response = credentials.response(mechanism);
        context.frames()
                .method(0, Method.CONNECTION_START_OK)
                .table(properties)
                .shortString(mechanism)
                .longString(response)
                .shortString("en_US");
        Arrays.fill(response, (byte) 0);
    }

    private Map<String, Object> said() {
        return introducedAs.equals(ClientProperties.NONE)
                ? new LinkedHashMap<>()
                : new LinkedHashMap<>(FieldTable.read(introducedAs.octets(), 0));
    }

    private Map<String, Object> properties(String user) {
        Map<String, Object> properties = said();
        if (properties.isEmpty()) {
            String vhost = session.vhost();
            String place = vhost == null ? "" : " in " + vhost + ", " + purpose;
            properties.put("product", Product.NAME);
            properties.put("version", Product.VERSION);
            properties.put("platform", "Java");
            properties.put(
                    "connection_name", Product.NAME + " " + session.id() + " on " + loop.host + ": " + user + place);
        } else {
            properties.put("proxy", Product.NAME_AND_VERSION + " on " + loop.host);
        }
        String name = name(user);
        if (name != null) {
            properties.put("connection_name", name);
        }
        properties.put("capabilities", CAPABILITIES);
        return properties;
    }

    /** What it is called at the broker, where the settings say so. */
    private @Nullable String name(String user) {
        ConnectionName wanted = loop.settings.connectionName();
        return wanted == null
                ? null
                : wanted.of(
                        new ConnectionName.Subject(session.id(), loop.host, user, session.vhost(), purpose, openedBy));
    }

    /** The broker accepts the credentials; returns the limits that are agreed to */
    Tune onTune(ArgumentReader offer) throws AmqpException {
        int channelMax = offer.shortInt();
        long frameMax = offer.longInt() & 0xFFFF_FFFFL;
        int heartbeat = offer.shortInt();
        int wanted = loop.settings.heartbeatSeconds();
        tune = new Tune(
                channelMax == 0 ? NO_LIMIT_OF_CHANNELS : channelMax,
                (int) Math.min(frameMax == 0 ? Settings.FRAME_MAX : frameMax, Settings.FRAME_MAX),
                heartbeat == 0 || wanted == 0 ? Math.max(heartbeat, wanted) : Math.min(heartbeat, wanted));
        took = loop.now - since;
        return tune;
    }

    /** {@code tune-ok} and {@code open} always go together; returns the limits as they are told */
    Tune open(String vhost, int quickestHeartbeat) {
        tune = tune.beatingWithin(quickestHeartbeat);
        since = loop.now;
        context.frames()
                .method(0, Method.CONNECTION_TUNE_OK)
                .shortInt(tune.channelMax())
                .longInt(tune.frameMax())
                .shortInt(tune.heartbeatSeconds())
                .to(session.out());
        context.frames()
                .method(0, Method.CONNECTION_OPEN)
                .shortString(vhost)
                .shortString("")
                .octet(0)
                .to(session.out());
        return tune;
    }

    Duration took() {
        return Duration.ofNanos(took + loop.now - since);
    }
}
