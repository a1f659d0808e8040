package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.AwaitedAnswers;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;

/**
 * How much a client may make the broker say before it has read what was said before. What it has caused and not read is
 * kept for it, or holds up the connection to the broker, and who shares that: so a client that leaves much unread is
 * not read itself, and what is still under way counts as unread, since nothing could stop it.
 */
final class AnswerBudget implements AwaitedAnswers.Reader {

    /**
     * Questions that the broker may have to answer at a time. RabbitMQ reads nothing more of a connection, whoever's it
     * is, while one of its channels has several hundred methods to handle.
     */
    static final int MOST_QUESTIONS = 64;

    /** What the client has that matters here. */
    interface Client {

        boolean isOpen();

        /** Octets that it was sent and has not taken. */
        long unread();

        /** How many consumers it has: of what comes for those it is not the cause alone. */
        int consumers();

        LoopContext loop();

        /** It waits from now on: what it has sent is to be proved. */
        void askForProof();

        /** It is read again. */
        void onAnswersRead();
    }

    private final Client client;
    private int questions;
    private int gets;
    private long returnable;
    /** What a message that is asked for is expected to take; unknown as yet. */
    private long expected = Settings.FRAME_MAX;

    private boolean waiting;
    /** What it may leave unread, twice of what lets it go on. */
    private long mayBeUnread;

    AnswerBudget(Client client) {
        this.client = client;
    }

    /** Whether the client is not read until it has read more itself, or the broker has said more. */
    boolean isWaiting() {
        return waiting;
    }

    void end() {
        waiting = false;
    }

    @Override
    public void await(int moreQuestions, int moreGets, long moreReturnable) {
        questions += moreQuestions;
        gets += moreGets;
        returnable += moreReturnable;
        if (waiting) {
            goOnIfRead();
        }
    }

    /** One that was much larger than those before is believed at once, a smaller one little by little. */
    @Override
    public void onGot(long octets) {
        expected = Math.max(octets, expected - expected / 4);
    }

    private long underWay() {
        return returnable + gets * expected;
    }

    /** How much may wait for who has caused all of it. */
    private long most() {
        return most(client);
    }

    private static long most(Client client) {
        return Math.min(Settings.OWNED_BACKLOG, 2L * client.loop().chunks.mostToRead());
    }

    /** Whether a client that has not asked for anything may have been sent too much all the same. */
    static boolean mayBeTooMuch(Client client) {
        return client.unread() > most(client);
    }

    /** How much the client may leave unread, deliveries included. */
    private long mostUnread() {
        LoopContext loop = client.loop();
        if (client.consumers() == 0) {
            return most();
        }
        boolean isPlenty = !loop.chunks.isTight();
        return Math.max(Settings.OWNED_BACKLOG, isPlenty ? loop.settings.maxClientBacklog() / 2 : 0);
    }

    /** Who has no consumers has caused all that it is sent. */
    void onSaid() {
        if (!waiting && client.consumers() == 0 && client.isOpen() && client.unread() > most()) {
            waiting = true;
            mayBeUnread = most();
        }
    }

    /**
     * The client is about to make the broker say more. One thing at a time may always be under way.
     *
     * @return whether it has to wait
     */
    boolean holds() {
        return holds(mostUnread());
    }

    /** The same for a method: what goes back to a queue, for example, comes again, whatever of it is unread. */
    boolean holdsMethod() {
        return holds(Math.min(Settings.OWNED_BACKLOG, mostUnread()));
    }

    private boolean holds(long unread) {
        if (!waiting && client.isOpen() && isTooMuch(unread, 1)) {
            waiting = true;
            mayBeUnread = unread;
            client.askForProof();
        }
        return waiting;
    }

    private boolean isTooMuch(long mostUnread, int part) {
        long unread = client.unread();
        long underWay = underWay();
        long ofAnswers = underWay + (client.consumers() == 0 ? unread : 0);
        return unread > mostUnread / part
                || questions >= MOST_QUESTIONS / part
                || (underWay > 0 && ofAnswers + expectedNext() > most() / part);
    }

    /** What is asked for next takes as much as those before. */
    private long expectedNext() {
        return gets > 0 ? expected : 0;
    }

    /** It has read something, or the broker has said something. */
    void goOnIfRead() {
        if (waiting && !isTooMuch(mayBeUnread, 2)) {
            waiting = false;
            client.onAnswersRead();
        }
    }
}
