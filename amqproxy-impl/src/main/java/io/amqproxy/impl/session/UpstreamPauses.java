package io.amqproxy.impl.session;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom on a connection to the broker: clients for room, where the broker takes less than they send, and
 * the connection for a client that reads less than the broker sends.
 */
final class UpstreamPauses {

    private final UpstreamSession session;
    private final ArrayDeque<ClientPauses> waitingForRoom = new ArrayDeque<>();
    private @Nullable ClientSession slowReader;

    UpstreamPauses(UpstreamSession session) {
        this.session = session;
    }

    /** Whether the broker is not read for a client's sake. */
    boolean isUnread() {
        return slowReader != null;
    }

    void tellWhenThereIsRoom(ClientPauses client) {
        waitingForRoom.add(client);
    }

    void onSent() {
        if (!waitingForRoom.isEmpty() && session.out().size() <= Settings.UPSTREAM_HIGH_WATER / 2) {
            wakeWaiting();
        }
    }

    private void wakeWaiting() {
        for (int i = waitingForRoom.size(); i > 0; i--) {
            waitingForRoom.remove().onRoom();
        }
    }

    /**
     * A client leaves too much unread. Where it alone uses the session the session is left unread too, so that TCP
     * tells the broker; otherwise the client is closed, for the others' sake.
     */
    void onSlowReader(ClientSession client) {
        if (session.owner().isOwned()) {
            slowReader = client;
            client.pauses().catchUpFor(this);
        } else if (client.out().size() > mostBacklog(client.loop())) {
            client.onBacklog();
        }
    }

    private static long mostBacklog(LoopContext loop) {
        int most = loop.settings.maxClientBacklog();
        return loop.chunks.isFull() ? Math.min(most, Settings.OWNED_BACKLOG) : most;
    }

    void onReaderCaughtUp(ClientSession client) {
        if (slowReader == client) {
            slowReader = null;
            session.readAgain();
        }
    }

    /** The session is over: nobody waits any more. */
    void end() {
        slowReader = null;
        wakeWaiting();
    }
}
