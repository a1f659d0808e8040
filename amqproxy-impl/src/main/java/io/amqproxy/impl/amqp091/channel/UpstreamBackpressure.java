package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.HoldBackNotice;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who waits for whom on a connection to the broker: clients for room, where the broker takes less than they send, and
 * the connection for a client that reads more slowly than the broker sends.
 *
 * <p>A connection that one client alone uses waits for it as long as it likes, so that TCP tells the broker. One that
 * is shared goes on for the others' sake while there is memory for what the client has not read, and waits for a moment
 * after that. Then it is in a hurry: what comes for the client goes back to its queue ({@link Surplus}). For what
 * cannot go back it waits on; a client that reads next to nothing for {@link Settings#UNREAD_TIMEOUT} meanwhile is
 * closed.
 */
public final class UpstreamBackpressure implements Timers.Timed, ClientFlow.Source {

    /** How often it is looked at whether a client has read anything. */
    private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(250);

    /** How long others wait for those who read too slowly, with pauses that are no longer than {@link #LATELY}. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long LATELY = TimeUnit.MILLISECONDS.toNanos(2_500);

    /** Who reads less than so much in {@link Settings#UNREAD_TIMEOUT} does not read. */
    private static final long LEAST_READ = 10 * 1024;

    private static final Logger log = LoggerFactory.getLogger(UpstreamBackpressure.class);

    private final Amqp091Connection session;
    private final ArrayDeque<ClientFlow> waitingForRoom = new ArrayDeque<>();
    private final HoldBackNotice notice;
    private final Timers.Timer timer = new Timers.Timer(this);
    private @Nullable ClientFlow slowReader;
    private boolean slowGivesBack;
    /** Since when others wait for a slow reader, at the earliest, and until when they did. */
    private long waitedSince;

    private long waitedUntil;
    /** Until when the broker was not read for a client's sake. */
    private long heldUpUntil;
    /** When the slow reader had last read enough to be one that reads, and what it had read then in all. */
    private long readAt;

    private long readThen;

    public UpstreamBackpressure(Amqp091Connection session) {
        this.session = session;
        this.notice = new HoldBackNotice(session.loop(), session);
        this.waitedUntil = session.now() - 2 * LATELY;
        this.waitedSince = waitedUntil;
        this.heldUpUntil = waitedUntil;
    }

    /** The broker says that it holds publishers back, and why, or that it no longer does (null). */
    public void onBlocked(@Nullable String why) {
        notice.onBlocked(why);
    }

    /** Whether listeners know that the broker holds back what clients publish. */
    boolean isHeldBack() {
        return notice.isOn();
    }

    /** Whether the broker is not read for a client's sake. */
    public boolean isUnread() {
        return slowReader != null;
    }

    /** Whether it is not, or was not just now, and may soon be held up by the same client again. */
    public boolean isHeldUpLately() {
        return slowReader != null || session.now() - heldUpUntil <= LATELY;
    }

    public void tellWhenThereIsRoom(ClientFlow client) {
        waitingForRoom.add(client);
        notice.onFull();
    }

    public void onSent() {
        if (!waitingForRoom.isEmpty() && session.out().size() <= Settings.UPSTREAM_HIGH_WATER / 2) {
            wakeWaiting();
        }
    }

    private void wakeWaiting() {
        notice.onRoom();
        for (int i = waitingForRoom.size(); i > 0; i--) {
            waitingForRoom.remove().onRoom();
        }
    }

    /**
     * A client has some octets unread.
     *
     * @param givesBack whether messages that come for it there can go back to the broker instead
     * @param isAmidMessage whether the rest of one has to follow
     */
    public void onBehind(ClientFlow client, boolean givesBack, boolean isAmidMessage) {
        if (client.unread() <= mostUnread()) {
            client.surplus().onRoom();
            return;
        }
        if (slowReader != null) {
            return;
        }
        if (session.now() - waitedUntil > LATELY) {
            waitedSince = session.now(); // Otherwise they have waited for another one just now.
        }
        if (isPatienceOver() && givesBack && (!isAmidMessage || reaches(client))) {
            waitedUntil = session.now();
            return;
        }
        slowReader = client;
        slowGivesBack = givesBack;
        long takenAt = client.takenAt();
        readAt = takenAt - client.behindSince() > 0 ? takenAt : client.behindSince();
        readThen = client.taken();
        client.catchUpFor(this);
        if (!session.owner().isForOneClient()) {
            client.tellBehind("others on its connection to the broker wait for it");
        }
        lookLater();
    }

    private boolean isPatienceOver() {
        return session.now() - waitedSince >= PATIENCE && !session.owner().isForOneClient();
    }

    /** Whether others have waited for slow readers for long enough, just now. */
    boolean isInHurry() {
        return session.now() - waitedUntil <= LATELY && isPatienceOver();
    }

    /** Whether others are not to wait for this client, which has more to read than it may have. */
    boolean isInHurryWith(ClientFlow client) {
        return session.now() - waitedUntil <= LATELY && client.unread() > mostUnread() && isPatienceOver();
    }

    /** Others would have waited again. */
    void onWithheld() {
        waitedUntil = session.now();
    }

    /** Whether the client may get the rest of what has begun to come for it. */
    private boolean reaches(ClientFlow client) {
        return client.surplus().reaches(client.unread(), Settings.OWNED_BACKLOG)
                || client.unread() <= mostUnread() + Settings.OWNED_BACKLOG;
    }

    /** How much a client may leave unread before the broker is no longer read. */
    long mostUnread() {
        LoopContext loop = session.loop();
        boolean isPlenty = !session.owner().isForOneClient() && !loop.chunks.isTight();
        return isPlenty ? Math.max(loop.settings.maxClientBacklog(), Settings.OWNED_BACKLOG) : Settings.OWNED_BACKLOG;
    }

    /**
     * The client has read something, or others need the connection too.
     *
     * @return whether the broker is read now
     */
    @Override
    public boolean goesOnFor(ClientFlow client) {
        if (slowReader == client && client.unread() <= mostUnread() - Settings.OWNED_BACKLOG / 2) {
            onReaderGone(client);
        }
        return slowReader != client;
    }

    /** Others need the connection too. */
    public void onShared() {
        ClientFlow client = slowReader;
        if (client != null && goesOnFor(client)) {
            client.forget(this);
        }
    }

    @Override
    public void onReaderGone(ClientFlow client) {
        if (slowReader == client) {
            stopWaiting();
            session.readAgain();
        }
    }

    private void stopWaiting() {
        slowReader = null;
        waitedUntil = session.now();
        heldUpUntil = waitedUntil;
        session.loop().timers.cancel(timer);
    }

    private void lookLater() {
        session.loop().timers.set(timer, session.now() + LOOK);
    }

    @Override
    public void onTime() {
        ClientFlow client = slowReader;
        if (client == null) {
            return;
        }
        long now = session.now();
        if (session.owner().isForOneClient()) {
            waitedSince = now;
        }
        if (client.taken() - readThen >= LEAST_READ) {
            readAt = client.takenAt();
            readThen = client.taken();
        }
        if (isPatienceOver() && slowGivesBack && reaches(client)) {
            client.forget(this);
            onReaderGone(client);
        } else if (now - lastSign() >= Settings.UNREAD_TIMEOUT) {
            session.owner().onUnread(client.reader());
            client.onUnread(now - client.takenAt() >= Settings.UNREAD_TIMEOUT);
        } else {
            client.flush(); // The selector tells late that a slow peer has read.
            lookLater();
        }
    }

    /** When the client has read something, or was not far behind, or nobody waited for it. */
    private long lastSign() {
        return readAt - waitedSince > 0 ? readAt : waitedSince;
    }

    @Override
    public void onFault(RuntimeException fault) {
        lookLater();
        session.loop().lines.error(log, "Looking after a slow reader of {} failed", session, fault);
    }

    /** The session is over: nobody waits any more. */
    public void end() {
        ClientFlow client = slowReader;
        if (client != null) {
            stopWaiting();
            client.forget(this);
        }
        notice.onOver();
        wakeWaiting();
    }
}
