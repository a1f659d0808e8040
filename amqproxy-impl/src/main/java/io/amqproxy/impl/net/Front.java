package io.amqproxy.impl.net;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.pool.Tenants;
import io.amqproxy.impl.session.ClientChannel;
import io.amqproxy.impl.session.ClientSession;
import io.amqproxy.impl.session.Credentials;
import io.amqproxy.impl.session.Ending;
import io.amqproxy.impl.session.Gateway;
import io.amqproxy.impl.session.Timers;
import io.amqproxy.impl.wire.ReplyCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clients of one loop. The first loop accepts them all; once a client has shown its credentials it moves, with its
 * socket, to the loop that keeps the pools of those credentials.
 */
public final class Front implements Gateway, Loop.Ready, Timers.Timed {

    /** What all loops of a proxy share. */
    public static final class Shared {
        final AtomicLong clientIds = new AtomicLong();
        public final AtomicInteger clients = new AtomicInteger();
        final List<Front> fronts = new ArrayList<>();

        public long accepted() {
            return clientIds.get();
        }
    }

    private static final Logger log = LoggerFactory.getLogger(Front.class);
    private static final int ACCEPTS_PER_TURN = 64;
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    private final Loop loop;
    private final Tenants tenants;
    private final Shared shared;
    private final Map<Long, SocketLink> links = new HashMap<>();
    private final Timers.Timer pause = new Timers.Timer(this);
    private @Nullable ListeningPort port;
    private @Nullable ServerSocketChannel server;
    private @Nullable SelectionKey accepting;

    public Front(Loop loop, Tenants tenants, Shared shared) {
        this.loop = loop;
        this.tenants = tenants;
        this.shared = shared;
        shared.fronts.add(this);
    }

    // Accepting.

    /** Accepts clients on this port from now on, on a socket that was made before or on a new one. */
    public void accept(ListeningPort listeningPort, ServerSocketChannel listening) throws IOException {
        port = listeningPort;
        server = listening;
        accepting = listening.register(loop.selector(), SelectionKey.OP_ACCEPT, this);
    }

    /** The broker is down: clients are refused as it would refuse them, before they have sent anything. */
    public void refuse() {
        if (port != null) {
            closeServer();
        }
    }

    /** The broker is back. */
    public void acceptAgain() {
        ListeningPort ours = port;
        if (ours == null || server != null) {
            return;
        }
        try {
            accept(ours, ours.listen());
        } catch (IOException failure) {
            log.warn("{} cannot be listened on again: {}", ours.address(), failure.getMessage());
            loop.context().timers.set(pause, loop.context().now + PAUSE);
        }
    }

    /** No client is accepted any more. */
    public void stopAccepting() {
        ListeningPort ours = port;
        port = null;
        closeServer();
        if (ours != null) {
            try {
                ours.close();
            } catch (IOException e) {
                log.debug("Giving up the port failed", e);
            }
        }
    }

    private void closeServer() {
        ServerSocketChannel bound = server;
        server = null;
        loop.context().timers.cancel(pause);
        if (bound != null) {
            try {
                bound.close();
            } catch (IOException e) {
                log.debug("Closing the listening socket failed", e);
            }
        }
    }

    @Override
    public void onReady(SelectionKey key) throws IOException {
        ServerSocketChannel bound = server;
        for (int i = 0; bound != null && i < ACCEPTS_PER_TURN; i++) {
            SocketChannel channel = bound.accept();
            if (channel == null) {
                return;
            }
            welcome(channel);
        }
    }

    private void welcome(SocketChannel channel) {
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            InetSocketAddress address = (InetSocketAddress) channel.getRemoteAddress();
            long id = shared.clientIds.incrementAndGet();
            if (shared.clients.get() >= loop.context().settings.maxClients()) {
                loop.context()
                        .events
                        .clientRefused(
                                new ClientInfo(id, address, null, null),
                                Ending.byProxy(ReplyCode.RESOURCE_ERROR, "too many clients")
                                        .toReason());
                channel.close();
                return;
            }
            ClientSession session = new ClientSession(loop.context(), this, id, address);
            SocketLink link = new SocketLink(loop, channel, session);
            shared.clients.incrementAndGet();
            session.onEnd(shared.clients::decrementAndGet);
            keep(id, link);
            link.acknowledgeQuickly();
            link.open();
        } catch (IOException failure) {
            log.debug("A client was gone before it was welcomed", failure);
            try {
                channel.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private void keep(long id, SocketLink link) {
        links.put(id, link);
        link.onClosed(() -> links.remove(id, link));
    }

    /** Out of file descriptors, most likely: those that wait are accepted a little later. */
    @Override
    public void onFailure(IOException failure) {
        log.warn("Clients cannot be accepted: {}", failure.getMessage());
        SelectionKey key = accepting;
        if (key != null && key.isValid()) {
            key.interestOps(0);
            loop.context().timers.set(pause, loop.context().now + PAUSE);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        log.error("Accepting a client failed", fault);
    }

    @Override
    public void onTime() {
        acceptAgain();
        SelectionKey key = accepting;
        if (key != null && key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    // Clients.

    public List<ClientInfo> clients() {
        List<ClientInfo> infos = new ArrayList<>();
        for (SocketLink link : links.values()) {
            if (link.session() instanceof ClientSession client && !client.isOver()) {
                infos.add(client.info());
            }
        }
        return infos;
    }

    /** Connections that are not closed yet, those that linger included. */
    public int connections() {
        return links.size();
    }

    public boolean closeClient(long id, String reason) {
        SocketLink link = links.get(id);
        if (link == null || !(link.session() instanceof ClientSession client) || client.isOver()) {
            return false;
        }
        client.close(Ending.byProxy(ReplyCode.CONNECTION_FORCED, reason));
        return true;
    }

    public void closeAll(String reason) {
        for (Long id : List.copyOf(links.keySet())) {
            closeClient(id, reason);
        }
    }

    // The gateway.

    @Override
    public void authenticate(ClientSession client, Credentials credentials) {
        Front home = shared.fronts.get(Math.floorMod(credentials.hashCode() * 0x9E3779B9, shared.fronts.size()));
        if (home == this) {
            tenants.authenticate(client, credentials);
        } else {
            // The session is in the midst of taking bytes, and connection.start may not be written yet.
            loop.atEndOfTurn(() -> moveTo(home, client, credentials));
        }
    }

    private void moveTo(Front home, ClientSession client, Credentials credentials) {
        SocketLink link = links.get(client.id());
        byte[] bytes = link == null ? null : link.detach();
        if (link == null || bytes == null) {
            client.close(new Ending(
                    CloseReason.Initiator.PROXY, ReplyCode.INTERNAL_ERROR.code(), "INTERNAL_ERROR - try again", 0));
            return;
        }
        links.remove(client.id());
        client.leave();
        home.loop.execute(() -> home.adopt(link, client, bytes, credentials));
    }

    private void adopt(SocketLink link, ClientSession client, byte[] bytes, Credentials credentials) {
        client.moveTo(loop.context(), this);
        keep(client.id(), link);
        try {
            link.attachTo(loop, bytes);
            tenants.authenticate(client, credentials);
        } catch (IOException failure) {
            link.onFailure(failure);
        }
    }

    @Override
    public void open(ClientSession client, String vhost) {
        tenants.open(client, vhost);
    }

    @Override
    public boolean leave(ClientSession client) {
        return tenants.leave(client);
    }

    @Override
    public boolean lease(ClientChannel channel, Purpose purpose) {
        return tenants.lease(channel, purpose);
    }

    @Override
    public void pin(ClientChannel channel) {
        tenants.pin(channel);
    }
}
