package io.amqproxy.impl.amqp10.upstream;

import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.ProtocolId;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Product;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamIdentity;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's part of opening a connection (part 5, section 5.3, and part 2, section 2.4.1): what is said to the broker.
 */
final class UpstreamHandshake10 {

    private static final int MILLIS = 1000;

    private final UpstreamConnection connection;
    private final UpstreamIdentity identity;
    private final LoopContext loop;
    private boolean initSent;
    private @Nullable String openedFor;

    UpstreamHandshake10(UpstreamConnection connection, UpstreamIdentity identity, LoopContext loop) {
        this.connection = connection;
        this.identity = identity;
        this.loop = loop;
    }

    /** For which hostname the connection was opened, or null. */
    @Nullable
    String openedFor() {
        return openedFor;
    }

    /**
     * The link is up. Where the broker's mechanisms are known the log-in goes in one flight with the header, and the
     * open too where its hostname is (not null).
     */
    void begin(Credentials credentials, @Nullable String hostname) {
        ProtocolId.SASL.write(connection.out());
        if (Amqp10Context.of(loop).greeting().isKnown()) {
            init(credentials, hostname);
        }
    }

    void onMechanisms(Credentials credentials, @Nullable String hostname) {
        if (!initSent) {
            init(credentials, hostname);
        }
    }

    private void init(Credentials credentials, @Nullable String hostname) {
        initSent = true;
        boolean isAnonymous = credentials.mechanism().equals("ANONYMOUS");
        byte[] response = isAnonymous ? new byte[0] : credentials.response("PLAIN");
        composer(CompositeType.SASL_INIT)
                .symbol(isAnonymous ? "ANONYMOUS" : "PLAIN")
                .binary(response)
                .toAndForget(connection.out());
        Arrays.fill(response, (byte) 0);
        if (hostname != null) {
            open(hostname);
        }
    }

    void open(String hostname) {
        openedFor = hostname;
        ProtocolId.AMQP.write(connection.out());
        FrameComposer open = composer(CompositeType.OPEN).string(containerId());
        open.string(hostname.isEmpty() ? null : hostname)
                .uint(Settings.FRAME_MAX)
                .ushort(0xFFFF);
        int heartbeat = connection.heartbeatSeconds();
        if (heartbeat > 0) {
            open.uint(2 * heartbeat * MILLIS);
        } else {
            open.none();
        }
        open.none(4).map(properties(hostname)).to(connection.out());
    }

    /** One that no other connection has: brokers refuse the second one, or take its links for those of the first. */
    private String containerId() {
        ClientProperties introducedAs = identity.introducedAs();
        return introducedAs.equals(ClientProperties.NONE)
                ? Product.NAME
                        + '-'
                        + identity.id()
                        + '-'
                        + Amqp10Context.of(loop).mark()
                        + '-'
                        + loop.host
                : introducedAs.text();
    }

    private Map<String, Object> properties(String hostname) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("product", Product.NAME);
        properties.put("version", Product.VERSION);
        properties.put("platform", "Java");
        String place = hostname.isEmpty() ? "" : " at " + hostname;
        String name = identity.name(hostname);
        properties.put(
                "connection_name",
                name == null
                        ? Product.NAME + ' ' + identity.id() + " on " + loop.host + ": " + identity.user() + place
                                + ", " + identity.purpose()
                        : name);
        return properties;
    }

    private FrameComposer composer(CompositeType type) {
        return Amqp10Context.of(loop).composer().begin(0, type);
    }
}
