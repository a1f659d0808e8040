package io.amqproxy.impl.detection;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Identity;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.UserQuota;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.SpokenProtocol;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection until its first octets tell which protocol it speaks; the session of that protocol goes on in
 * its place. Octets that no protocol knows are the matter of the newest one that the broker speaks, which answers them
 * as brokers do.
 */
public final class ProtocolDetector extends InboundSession {

    private static final Logger log = LoggerFactory.getLogger(ProtocolDetector.class);

    private final List<Protocol> protocols;
    private final PoolGateway gateway;
    private final ClientInfo info;
    private Identity identity = Identity.NONE;
    private long deadline;
    /** Whether nobody knows yet how the broker answers what the client speaks. */
    private boolean isWaiting;

    private @Nullable InboundSession successor;
    private @Nullable Runnable onEnd;

    /** @param protocols at least one */
    public ProtocolDetector(LoopContext loop, PoolGateway gateway, List<Protocol> protocols, ClientInfo client) {
        super(loop);
        this.gateway = gateway;
        this.protocols = protocols;
        this.info = client;
    }

    @Override
    public ClientInfo info() {
        return info;
    }

    @Override
    public long id() {
        return info.id();
    }

    @Override
    public ClientProperties properties() {
        return ClientProperties.NONE;
    }

    @Override
    public @Nullable Session successor() {
        return successor;
    }

    @Override
    public void identifiedBy(Identity newIdentity) {
        identity = newIdentity;
    }

    @Override
    public void onEnd(Runnable action) {
        onEnd = action;
    }

    @Override
    public @Nullable SpokenProtocol protocol() {
        return null;
    }

    @Override
    public int heartbeatSeconds() {
        return 0;
    }

    @Override
    public boolean isInHandshake() {
        return !isEnded();
    }

    @Override
    public boolean isProved() {
        return false;
    }

    /** What comes before the protocol is known is some session's first frame. */
    @Override
    public int mostToRead(int waiting) {
        return Settings.HANDSHAKE_FRAME_MAX - waiting;
    }

    @Override
    public boolean isOpen() {
        return false;
    }

    @Override
    public boolean isOver() {
        return isEnded();
    }

    @Override
    public boolean isPaused() {
        return isWaiting;
    }

    @Override
    protected void onAttached() {
        loop.events.clientConnected(info);
        deadline = loop.now + loop.settings.handshakeTimeout();
        wakeAt(deadline);
    }

    @Override
    protected void onReceive(ByteBuffer in) {
        for (Protocol protocol : protocols) {
            switch (protocol.recognise(in)) {
                case YES -> {
                    handOver(protocol);
                    return;
                }
                case UNDECIDED -> {
                    return;
                }
                case NO -> {}
            }
        }
        if (!mustWait()) {
            handOver(fallback());
        }
    }

    /** Which protocol is the newest is known once the broker has been asked for all of them. */
    private boolean mustWait() {
        isWaiting = protocols.stream().anyMatch(protocol -> protocol.whenIntroduced(loop, this::goOn));
        return isWaiting;
    }

    private void goOn() {
        isWaiting = false;
        if (!isEnded()) {
            link().resume();
        }
    }

    /** Brokers answer what they do not know with the newest protocol that they speak. */
    private Protocol fallback() {
        Protocol newest = protocols.get(0);
        for (Protocol protocol : protocols) {
            if (protocol.isSpoken(loop)) {
                newest = protocol;
            }
        }
        return newest;
    }

    private void handOver(Protocol protocol) {
        InboundSession session = protocol.newClient(loop, gateway, info);
        session.identifiedBy(identity);
        if (onEnd != null) {
            session.onEnd(onEnd);
            onEnd = null;
        }
        session.takeOver(link(), deadline);
        successor = session;
        leave();
    }

    @Override
    protected void onDeadline() {
        ended(CloseCause.byProxy(Kind.FORCED, "handshake timeout"));
        abort(); // Nothing that it has sent can be lost.
    }

    @Override
    protected void onSilence() {}

    @Override
    protected void onDisconnected(String why) {
        ended(CloseCause.byNetwork(why));
    }

    private void ended(CloseCause reason) {
        loop.events.clientDisconnected(info, reason.toReason());
        Runnable action = onEnd;
        onEnd = null;
        if (action != null) {
            action.run();
        }
    }

    @Override
    public void close(CloseCause reason) {
        if (!isEnded()) {
            loop.events.clientRefused(info, reason.toReason());
            ended(reason);
            finish();
        }
    }

    @Override
    protected void giveWay(CloseCause why) {
        if (!isEnded()) {
            loop.events.clientRefused(info, why.toReason());
            ended(why);
        }
        abort();
    }

    @Override
    public void shed(long octets) {
        close(CloseCause.byProxy(Kind.RESOURCE, "memory is short: " + octets + " octets"));
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "{} failed and is closed", this, fault);
        if (!isEnded()) {
            ended(CloseCause.byNetwork("internal error"));
        }
        abort();
    }

    // Nothing of it is in any pool.

    @Override
    public void onRoute(@Nullable String name) {}

    @Override
    public void setWaitingForLease(boolean waiting) {}

    @Override
    public void share(UserQuota allowance, Runnable onLeft) {}

    @Override
    public void onBlocked(@Nullable String why) {}

    @Override
    public void onSecretRefused(String text) {}

    @Override
    public void onSecretTaken() {}

    @Override
    public void onUpstreamLost(CloseCause lost) {}

    @Override
    public void onLeft() {}

    @Override
    public void onAuthenticated(NegotiatedLimits upstream) {}

    @Override
    public void onOpened(String vhost, NegotiatedLimits offer) {}

    @Override
    public void onRefused(CloseCause refusal) {}
}
