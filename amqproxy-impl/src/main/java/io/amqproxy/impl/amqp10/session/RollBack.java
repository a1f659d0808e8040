package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.CompositeType;
import org.jspecify.annotations.Nullable;

/**
 * Rolls back what a client has left of transactions, before its session ends, at brokers that would keep that as long
 * as the connection lasts, which others use. The end waits for the answers: where it overtakes one, messages that were
 * accepted in the transaction stay in it.
 */
final class RollBack {

    private final Amqp10Connection connection;
    private final int channel;
    private final SentDeliveries sent;
    private final SessionLinks links;
    private final OpenTransactions open = new OpenTransactions();
    /** The coordinator that what is left is rolled back by, or null. */
    private @Nullable BrokerLink asked;

    private int first;
    private int behind;
    private int unanswered;

    RollBack(Amqp10Connection connection, int channel, SentDeliveries sent, SessionLinks links) {
        this.connection = connection;
        this.channel = channel;
        this.sent = sent;
        this.links = links;
    }

    OpenTransactions transactions() {
        return open;
    }

    /**
     * Says what can be said now.
     *
     * @return whether all is said and answered
     */
    boolean isDone() {
        if (open.isAny() && !connection.brokerOpen().keepsTransactions()) {
            open.forget();
        }
        if (open.isAny()) {
            send(links.coordinator());
        }
        return !open.isAny() && unanswered == 0;
    }

    private void send(@Nullable BrokerLink coordinator) {
        if (coordinator == null) {
            open.forget();
            return;
        }
        asked = coordinator;
        while (open.isAny()
                && coordinator.credit() > 0
                && coordinator.state() == BrokerLink.State.ATTACHED
                && sent.hasWindow()) {
            int id = sent.sendOwn(
                    coordinator, connection.composer().begin(channel, CompositeType.TRANSFER), open.rollBack());
            first = unanswered == 0 ? id : first;
            behind = id + 1;
            unanswered++;
        }
    }

    /**
     * The broker says what becomes of deliveries.
     *
     * @return whether there was one of these among them
     */
    boolean onOutcome(int firstSaid, int lastSaid) {
        if (unanswered == 0 || lastSaid - firstSaid < 0) {
            return false;
        }
        int from = firstSaid - first > 0 ? firstSaid : first;
        int to = lastSaid - behind >= 0 ? behind : lastSaid + 1;
        if (to - from <= 0) {
            return false;
        }
        unanswered = Math.max(0, unanswered - (to - from));
        return true;
    }

    /**
     * The broker has detached a link: if it was the coordinator that was asked, that answers nothing more. Where it was
     * the client's the proxy's own is asked for the rest.
     */
    void onDetached(BrokerLink link) {
        if (link != asked) {
            return;
        }
        asked = null;
        unanswered = 0;
        if (!link.hasClient()) {
            open.forget();
        }
    }
}
