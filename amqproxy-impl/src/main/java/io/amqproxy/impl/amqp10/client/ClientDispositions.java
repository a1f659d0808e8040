package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.pool.spi.FaultJudge;

/** What client and broker tell each other over one session of what became of deliveries (part 2, section 2.7.6). */
final class ClientDispositions {

    private final SessionHost session;
    private final ClientLinks links;
    private final TransactionGuard transactions;
    private final Detaching detaching;

    ClientDispositions(SessionHost session, ClientLinks links, TransactionGuard transactions, Detaching detaching) {
        this.session = session;
        this.links = links;
        this.transactions = transactions;
        this.detaching = detaching;
    }

    /** The client says what became of deliveries, or that it knows. */
    void byClient(Performative disposition) throws AmqpError {
        int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
        int last = disposition.uint(Performative.DISPOSITION_LAST, first);
        if (last - first < 0) {
            throw AmqpError.session(
                    AmqpError.INVALID_FIELD,
                    "disposition whose last, " + Integer.toUnsignedString(last) + ", comes before its first, "
                            + Integer.toUnsignedString(first));
        }
        UpstreamSession bound = session.upstream();
        if (bound == null) {
            return;
        }
        if (disposition.bool(Performative.DISPOSITION_ROLE)) {
            settle(first, last, disposition, bound);
        } else {
            bound.settleSent(first, last, disposition);
        }
    }

    private void settle(int first, int last, Performative disposition, UpstreamSession bound) throws AmqpError {
        try {
            transactions.check(disposition, first, last, bound);
        } catch (AmqpError offence) {
            BrokerLink link = bound.settlement().linkOf(first, last);
            ClientLink entry = link == null ? null : links.of(link);
            if (offence.scope() != AmqpError.Scope.LINK || entry == null) {
                throw offence;
            }
            if (entry.isLive()) {
                detaching.byProxy(entry, bound, offence);
            }
            return;
        }
        bound.settle(first, last, disposition);
    }

    /** The broker says what became of deliveries of the client, by the client's numbers. */
    void onOutcome(int first, int last, Performative disposition) {
        FaultJudge judge = session.session().judge();
        if (judge == null || !JudgedOutcome.isJudged(disposition)) {
            passOn(true, first, last, disposition);
            return;
        }
        UpstreamSession bound = session.upstream();
        for (int id = first; id - last <= 0 && bound != null; id++) {
            if (!JudgedOutcome.tell(session, bound, links, judge, id, disposition)) {
                passOn(true, id, id, disposition);
            }
            bound = session.upstream();
        }
    }

    /** The broker settles deliveries that the client got, by the client's numbers. */
    void onSettled(int first, int last, Performative disposition) {
        passOn(false, first, last, disposition);
    }

    private void passOn(boolean role, int first, int last, Performative disposition) {
        if (session.upstream() == null) {
            return; // What was said before of these cost the session.
        }
        session.write(session.composer(CompositeType.DISPOSITION)
                .bool(role)
                .uint(first)
                .uint(last)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE));
    }
}
