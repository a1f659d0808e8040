package io.amqproxy.impl.amqp091.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.ClientFlow;
import io.amqproxy.impl.amqp091.channel.ClientFlow.Source;
import io.amqproxy.impl.amqp091.channel.SurplusBudget;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Leftover;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.InboundBackpressure;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client of AMQP 0-9-1 waits for, and whom it keeps waiting. */
final class ClientBackpressure extends InboundBackpressure
        implements ClientFlow, ReassemblyBudget.Sender, AnswerBudget.Client {

    /** Who is told what becomes of it. */
    interface Client {

        /** The client is held back on purpose for this reason, or no longer (null). */
        void onHeldBack(@Nullable String why);

        /** The client has read nothing for long, or next to nothing, and its upstream is needed by others. */
        void onUnread(boolean nothing);

        /** The broker is to prove that it has handled what may be returned. */
        void askForProof();
    }

    private final Client told;
    private boolean lastWord;
    private boolean deferred;
    private boolean secret;
    /** What it has asked for, and has to read; null while that is nothing. */
    private @Nullable AnswerBudget answers;

    private int consumers;
    /** Why publishers are held back, or null; and whether this client is, as it has begun to publish. */
    private @Nullable String alarm;

    private boolean heldBack;
    /** Octets of its incomplete messages. */
    private long incomplete;

    /** Whether it has left something unread, and since when. */
    private boolean behind;

    private long behindSince;
    /** Octets that it has read. */
    private long taken;

    private @Nullable SurplusBudget surplus;
    private @Nullable SlowReaderNotice notice;

    /** Null while it has left nothing that counts. */
    private @Nullable Leftover<ReassemblyBudget.Sender> leftover;

    /** Upstreams that are left unread until the client has read what it was sent; null while there were none. */
    private @Nullable List<Source> unread;

    ClientBackpressure(InboundSession session, Client told) {
        super(session);
        this.told = told;
    }

    boolean isWaiting() {
        return isForMemory() || isForAnswers() || isHeldUp();
    }

    /** Whether it waits for the pool, for the broker, or for its user's rate. */
    @Override
    public boolean isHeldUp() {
        return super.isHeldUp() || lastWord || deferred || secret || heldBack;
    }

    /** Its incomplete messages take so much more; {@return how much they take} */
    @Override
    public long addIncomplete(long octets) {
        incomplete += octets;
        return incomplete;
    }

    /** The session takes what it has left. */
    void takeLeft(ReassemblyBudget budget) {
        if (leftover != null) {
            budget.take(leftover);
        }
    }

    /** The session leaves so many octets. */
    void leave(ReassemblyBudget budget, int octets) {
        if (leftover == null && Leftover.counts(octets)) {
            leftover = new Leftover<>(this);
        }
        if (leftover != null) {
            budget.leave(leftover, octets);
        }
    }

    /** The client is gone, and holds up nobody. */
    @Override
    public void end() {
        super.end();
        lastWord = false;
        deferred = false;
        secret = false;
        if (answers != null) {
            answers.end();
        }
        alarm = null;
        heldBack = false;
        while (unread != null && !unread.isEmpty()) {
            unread.remove(unread.size() - 1).onReaderGone(this);
        }
    }

    /** Stops or goes on taking bytes, while the broker has something to say before a refusal of the proxy. */
    void forLastWord(boolean waiting) {
        boolean resumes = lastWord && !waiting;
        lastWord = waiting;
        if (resumes) {
            resume();
        }
    }

    /** Stops taking bytes while too much waits for an answer of the broker, or may take them again. */
    void forDeferred(boolean waiting) {
        deferred = waiting;
    }

    /** Stops or goes on taking bytes, while the broker is asked about a new secret. */
    void forSecret(boolean waiting) {
        boolean resumes = secret && !waiting;
        secret = waiting;
        if (resumes) {
            resume();
        }
    }

    /**
     * Stops taking bytes until the upstream has room again.
     *
     * @return whether it has none
     */
    boolean forRoomIfFull(Amqp091Connection upstream) {
        if (upstream.isFull() && !isForRoom() && client().isOpen()) {
            awaitRoom();
            upstream.backpressure().tellWhenThereIsRoom(this);
        }
        return isForRoom();
    }

    /** The same for what is no message, of which less waits: those who only acknowledge wait less for who publishes. */
    boolean forRoomIfOverfull(Amqp091Connection upstream) {
        return upstream.out().size() > 2 * Settings.UPSTREAM_HIGH_WATER && forRoomIfFull(upstream);
    }

    /** Holds the client back from its next publish on, of which it is told, as RabbitMQ does; or no longer (null). */
    void forAlarm(@Nullable String why) {
        alarm = why;
        if (why == null && heldBack) {
            heldBack = false;
            told.onHeldBack(null);
            resume();
        }
    }

    /**
     * Stops taking bytes at a publish while there is an alarm.
     *
     * @return whether there is
     */
    boolean holdsBack() {
        String why = alarm;
        if (why != null && !heldBack && client().isOpen()) {
            heldBack = true;
            told.onHeldBack(why);
        }
        return heldBack;
    }

    /**
     * Stops taking bytes until {@link ReassemblyBudget} has memory for more.
     *
     * @return whether it waits only now
     */
    @Override
    public boolean forMemory() {
        boolean begins = !isForMemory() && (client().isOpen() || client().isInHandshake());
        if (begins) {
            awaitMemory();
        }
        return begins;
    }

    @Override
    public void tellBehind(String effect) {
        SlowReaderNotice present = notice == null ? new SlowReaderNotice() : notice;
        notice = present;
        present.tell(client(), effect);
    }

    /** This upstream is left unread until the client has read what it was sent. */
    @Override
    public void catchUpFor(Source upstream) {
        List<Source> all = unread == null ? new ArrayList<>(1) : unread;
        unread = all;
        all.add(upstream);
    }

    /** The upstream is over, or read again. */
    @Override
    public void forget(Source upstream) {
        if (unread != null) {
            unread.remove(upstream);
        }
    }

    @Override
    public long unread() {
        return client().out().size();
    }

    @Override
    public long takenAt() {
        return client().takenAt();
    }

    @Override
    public long behindSince() {
        return behindSince;
    }

    @Override
    public InboundSession reader() {
        return client();
    }

    @Override
    public void onUnread(boolean nothing) {
        told.onUnread(nothing);
    }

    /** So many octets were taken. */
    void onWritten(long octets) {
        taken += octets;
    }

    @Override
    public long taken() {
        return taken;
    }

    @Override
    public SurplusBudget surplus() {
        SurplusBudget budget = surplus;
        if (budget == null) {
            budget = new SurplusBudget();
            surplus = budget;
        }
        return budget;
    }

    @Override
    public void flush() {
        client().flush();
    }

    /** It has so many more consumers, or fewer. */
    void countConsumers(int more) {
        consumers += more;
    }

    @Override
    public int consumers() {
        return consumers;
    }

    /**
     * It was sent something.
     *
     * @return whether it has not read so much that an upstream of its own waits for it
     */
    boolean fallsBehind() {
        onSaid();
        if (!behind) {
            behind = true;
            behindSince = client().loop().now;
        }
        return client().out().size() > Settings.OWNED_BACKLOG;
    }

    /** What the client has caused, and has to read before it may cause more. */
    AnswerBudget answers() {
        AnswerBudget present = answers == null ? new AnswerBudget(this) : answers;
        answers = present;
        return present;
    }

    /** Whether it is not read until it has read more itself, or the broker has said more. */
    boolean isForAnswers() {
        return answers != null && answers.isWaiting();
    }

    /** It was sent something, or may have been. */
    void onSaid() {
        if (answers != null || AnswerBudget.mayBeTooMuch(this)) {
            answers().onSaid();
        }
    }

    @Override
    public boolean isOpen() {
        return client().isOpen();
    }

    @Override
    public LoopContext loop() {
        return client().loop();
    }

    @Override
    public void askForProof() {
        told.askForProof();
    }

    @Override
    public void onAnswersRead() {
        client().readAgain();
    }

    void onSent() {
        behind &= !client().out().isEmpty();
        if (answers != null) {
            answers.goOnIfRead();
        }
        if (!behind && surplus != null) {
            surplus.onRoom();
        }
        if (unread != null) {
            goOnWith(unread);
        }
    }

    private void goOnWith(List<Source> waiting) {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            if (waiting.get(i).goesOnFor(this)) {
                waiting.remove(i);
            }
        }
        if (waiting.size() > 1) {
            waiting.add(waiting.remove(0)); // Each is the first to go on some time.
        }
    }

    @Override
    public void close(CloseCause why) {
        client().close(why);
    }

    @Override
    public ClientInfo info() {
        return client().info();
    }

    @Override
    public String toString() {
        return client().toString();
    }
}
