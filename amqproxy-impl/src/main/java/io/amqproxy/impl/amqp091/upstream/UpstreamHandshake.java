package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.broker.Amqp091Profile;
import io.amqproxy.impl.amqp091.broker.Tune;
import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.FieldTable;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ProtocolHeader;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Product;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.UpstreamIdentity;
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

    private final Amqp091Connection session;
    private final UpstreamIdentity identity;
    private final UpstreamSecret secret;
    private final LoopContext loop;
    private final Amqp091Context context;
    private boolean startOkSent;
    private Tune tune = new Tune(1, Settings.FRAME_MAX, 0);
    private boolean answersCrossingClose = true;
    /** How long it has taken, without the time for which no vhost was asked for, when the present part began. */
    private long took;

    private long since;

    UpstreamHandshake(Amqp091Connection session, UpstreamIdentity identity, UpstreamSecret secret) {
        this.session = session;
        this.identity = identity;
        this.secret = secret;
        this.loop = session.loop();
        this.context = Amqp091Context.of(loop);
        this.since = loop.now;
    }

    /** What {@link Amqp091Profile#answersCrossingClose} says of this broker. */
    boolean answersCrossingClose() {
        return answersCrossingClose;
    }

    /**
     * The link is up. Where the broker's mechanisms are known {@code start-ok} goes in one flight with the header.
     *
     * @return why it cannot log in, or null
     */
    @Nullable
    CloseCause begin() {
        ProtocolHeader.write(session.out());
        return context.greeting().isKnown() ? startOk(context.greeting().profile()) : null;
    }

    /**
     * The broker introduces itself.
     *
     * @return why it cannot be logged in there, or null
     */
    @Nullable
    CloseCause onStart(ArgumentReader start) throws AmqpException {
        Amqp091Profile profile = Amqp091Profile.read(start);
        answersCrossingClose = profile.answersCrossingClose();
        context.greeting().onProfile(profile);
        return startOkSent ? null : startOk(profile);
    }

    /**
     * Credentials come first: what does not fit beside them is left out, and they are not sent if they are too long.
     */
    private @Nullable CloseCause startOk(Amqp091Profile profile) {
        startOkSent = true;
        Credentials credentials = secret.say();
        int most = profile.frameMaxBeforeTune();
        write(properties(), credentials, profile);
        if (context.frames().payload() > most) {
            context.frames().forget();
            write(BARE, credentials, profile);
        }
        if (context.frames().payload() > most) {
            context.frames().forget();
            return Refusal.ofSize(credentials, most);
        }
        context.frames().toAndForget(session.out());
        return null;
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
        ClientProperties introducedAs = identity.introducedAs();
        return introducedAs.equals(ClientProperties.NONE)
                ? new LinkedHashMap<>()
                : new LinkedHashMap<>(FieldTable.read(introducedAs.octets(), 0));
    }

    private Map<String, Object> properties() {
        String vhost = identity.vhost();
        Map<String, Object> properties = said();
        if (properties.isEmpty()) {
            String place = vhost == null ? "" : " in " + vhost + ", " + identity.purpose();
            properties.put("product", Product.NAME);
            properties.put("version", Product.VERSION);
            properties.put("platform", "Java");
            properties.put(
                    "connection_name",
                    Product.NAME + " " + identity.id() + " on " + loop.host + ": " + identity.user() + place);
        } else {
            properties.put("proxy", Product.NAME_AND_VERSION + " on " + loop.host);
        }
        String name = identity.name(vhost);
        if (name != null) {
            properties.put("connection_name", name);
        }
        properties.put("capabilities", CAPABILITIES);
        return properties;
    }

    /**
     * The broker accepts the credentials.
     *
     * @return the limits that are agreed to
     */
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

    /**
     * {@code tune-ok} and {@code open} always go together.
     *
     * @return the limits as they are told
     */
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
