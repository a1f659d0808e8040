package io.amqproxy.impl.pool.spi;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.ConnectionName;
import io.amqproxy.impl.core.LoopContext;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Who a connection to the broker is: its number, as whom and where it logs in, what for, and for which client. */
public final class UpstreamIdentity {

    private final LoopContext loop;
    private UpstreamInfo info;
    private @Nullable String vhost;
    private String purpose;
    private ClientProperties introducedAs = ClientProperties.NONE;
    /** The client that it is for, null where it is for many. */
    private @Nullable ClientInfo openedBy;

    /** @param purpose what it is for, until somebody knows better */
    public UpstreamIdentity(LoopContext loop, long id, String endpoint, String user, String purpose) {
        this.loop = loop;
        this.purpose = purpose;
        this.info = UpstreamInfo.of(id, endpoint, user, null).through(loop.route());
    }

    /** {@return what applications see of it} */
    public UpstreamInfo info() {
        return info;
    }

    public long id() {
        return info.id();
    }

    public String endpoint() {
        return info.endpoint();
    }

    public String user() {
        return info.user();
    }

    /** {@return the vhost that was asked for, or null} */
    public @Nullable String vhost() {
        return vhost;
    }

    /** This vhost is asked for. */
    public void in(String name) {
        vhost = name;
        info = UpstreamInfo.of(id(), endpoint(), user(), name).through(loop.route());
    }

    /** It is for one client, and introduces itself to the broker as that client does. */
    void introduceAs(ClientProperties ofClient, ClientInfo client) {
        introducedAs = ofClient;
        openedBy = client;
    }

    /** How it introduces itself; {@link ClientProperties#NONE} where it speaks for many. */
    public ClientProperties introducedAs() {
        return introducedAs;
    }

    @Nullable
    InetSocketAddress clientAddress() {
        return openedBy == null ? null : openedBy.address();
    }

    /** What it is for, as it tells the broker if it still can. */
    void usedFor(String newPurpose) {
        purpose = newPurpose;
    }

    public String purpose() {
        return purpose;
    }

    /**
     * {@return what it is called at the broker where the settings say so, otherwise null}
     *
     * @param likelyVhost the one that it is or will be in, as far as known
     */
    public @Nullable String name(@Nullable String likelyVhost) {
        ConnectionName wanted = loop.settings.connectionName();
        return wanted == null
                ? null
                : wanted.of(new ConnectionName.Subject(id(), loop.host, user(), likelyVhost, purpose, openedBy));
    }

    @Override
    public String toString() {
        return "upstream " + id() + " to " + endpoint();
    }
}
