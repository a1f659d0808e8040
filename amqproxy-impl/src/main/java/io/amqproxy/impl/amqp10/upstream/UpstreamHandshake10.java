package io.amqproxy.impl.amqp10.upstream;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.ProtocolId;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.ConnectionName;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Product;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.net.InetSocketAddress;
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
    private final LoopContext loop;
    private boolean initSent;
    private @Nullable String openedFor;
    private String purpose = "publish";
    private ClientProperties introducedAs = ClientProperties.NONE;
    /** The client that it is for, null where it is for many. */
    private @Nullable ClientInfo openedBy;

    UpstreamHandshake10(UpstreamConnection connection, LoopContext loop) {
        this.connection = connection;
        this.loop = loop;
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
        if (Amqp10Context.of(loop).introduction().isKnown()) {
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
            open(credentials.user(), hostname);
        }
    }

    void open(String user, String hostname) {
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
        open.none().none().none().none().map(properties(user, hostname)).to(connection.out());
    }

    /** One that no other connection has: brokers refuse the second one, or take its links for those of the first. */
    private String containerId() {
        return introducedAs.equals(ClientProperties.NONE)
                ? Product.NAME
                        + '-'
                        + connection.id()
                        + '-'
                        + Amqp10Context.of(loop).mark()
                        + '-'
                        + loop.host
                : introducedAs.text();
    }

    private Map<String, Object> properties(String user, String hostname) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("product", Product.NAME);
        properties.put("version", Product.VERSION);
        properties.put("platform", "Java");
        String place = hostname.isEmpty() ? "" : " at " + hostname;
        String name = name(user, hostname);
        properties.put(
                "connection_name",
                name == null
                        ? Product.NAME + ' ' + connection.id() + " on " + loop.host + ": " + user + place + ", "
                                + purpose
                        : name);
        return properties;
    }

    /** What it is called at the broker, where the settings say so. */
    private @Nullable String name(String user, String hostname) {
        ConnectionName wanted = loop.settings.connectionName();
        return wanted == null
                ? null
                : wanted.of(new ConnectionName.Subject(connection.id(), loop.host, user, hostname, purpose, openedBy));
    }

    private FrameComposer composer(CompositeType type) {
        return Amqp10Context.of(loop).composer().begin(0, type);
    }
}
