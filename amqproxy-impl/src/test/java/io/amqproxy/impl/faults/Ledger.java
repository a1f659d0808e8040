package io.amqproxy.impl.faults;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What publishers sent and what consumers got, and what of it must not be.
 *
 * <p>Each queue has one publisher, who numbers its messages. Where it cannot know what became of a message it sends the
 * same number again, in a new session: a channel of its own, on which numbers only grow. So each message is named by
 * its queue, session and number, and each of these names is sent once.
 *
 * <p>All methods may be called from any thread.
 */
final class Ledger {

    /** Violations kept; there may be one for each message. */
    private static final int KEPT = 20;

    /** Sessions of a queue that are known; far more than there can be messages under way of. */
    private static final int SESSIONS = 50_000;

    private final Map<String, Account> accounts = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private long violationCount;
    private long publishedCount;
    private long confirmedCount;
    private long consumedCount;
    private long redeliveredCount;
    private long repeatedCount;

    /** A message's name, as it stands in its body. */
    record Name(String queue, int session, int number) {

        static Name of(String text) {
            String[] parts = text.split("/", -1);
            return new Name(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        }

        @Override
        public String toString() {
            return queue + '/' + session + '/' + number;
        }
    }

    private static final class Account {
        final Map<Integer, Session> sessions = new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Session> eldest) {
                return size() > SESSIONS;
            }
        };
        final BitSet confirmed = new BitSet();
        final BitSet consumed = new BitSet();
        int highest = -1;
    }

    private static final class Session {
        int lastSent = -1;
        int lastDelivered = -1;
        /** The broker died since; whether it still knows what it had delivered is not promised. */
        boolean flagsLost;
    }

    synchronized void published(Name name) {
        publishedCount++;
        Account account = account(name.queue);
        Session session = account.sessions.computeIfAbsent(name.session, key -> new Session());
        if (name.number <= session.lastSent) {
            throw new IllegalArgumentException(name + " is sent after " + session.lastSent);
        }
        session.lastSent = name.number;
        account.highest = Math.max(account.highest, name.number);
    }

    synchronized void confirmed(Name name) {
        confirmedCount++;
        account(name.queue).confirmed.set(name.number);
    }

    synchronized void consumed(String queue, Name name, boolean redelivered) {
        consumedCount++;
        Account account = account(queue);
        Session session = account.sessions.get(name.session);
        if (!queue.equals(name.queue) || session == null || name.number > session.lastSent) {
            violation(name + " was delivered from " + queue + ", where nobody sent it");
            return;
        }
        if (redelivered) {
            redeliveredCount++;
        } else if (name.number > session.lastDelivered) {
            session.lastDelivered = name.number;
        } else if (!session.flagsLost) {
            violation(name + " was delivered after " + session.lastDelivered + ", and is not marked as redelivered");
        }
        if (account.consumed.get(name.number)) {
            repeatedCount++;
        }
        account.consumed.set(name.number);
    }

    /** The broker died, and need not know any more what it had delivered from this queue. */
    synchronized void brokerDied(String queue) {
        account(queue).sessions.values().forEach(session -> session.flagsLost = true);
    }

    /** Octets of a message are not those that were sent. */
    synchronized void damaged(Name name) {
        violation(name + " has other octets than it was sent with");
    }

    /** The broker gave a message back, though its queue is there. */
    synchronized void returned(Name name) {
        violation(name + " was returned");
    }

    /** {@return whether all that was confirmed has been consumed} */
    synchronized boolean isSettled() {
        return missing() == 0;
    }

    /** {@return messages that were confirmed and not consumed} */
    synchronized int missing() {
        return accounts.values().stream()
                .mapToInt(account -> missing(account).cardinality())
                .sum();
    }

    /** {@return what must not be, in words; empty if all is well} */
    synchronized List<String> violations() {
        List<String> all = new ArrayList<>(violations);
        accounts.forEach((queue, account) -> {
            BitSet missing = missing(account);
            if (!missing.isEmpty()) {
                all.add("%s: %d messages were confirmed and never consumed, the first is number %d of %d"
                        .formatted(queue, missing.cardinality(), missing.nextSetBit(0), account.highest + 1));
            }
        });
        if (violationCount > violations.size()) {
            all.add(violationCount + " violations in all");
        }
        return all;
    }

    @Override
    public synchronized String toString() {
        return "%,d published, %,d confirmed, %,d consumed, of which %,d redelivered and %,d a second time; %d lost"
                .formatted(publishedCount, confirmedCount, consumedCount, redeliveredCount, repeatedCount, missing());
    }

    private static BitSet missing(Account account) {
        BitSet missing = (BitSet) account.confirmed.clone();
        missing.andNot(account.consumed);
        return missing;
    }

    private Account account(String queue) {
        return accounts.computeIfAbsent(queue, key -> new Account());
    }

    private void violation(String text) {
        violationCount++;
        if (violations.size() < KEPT) {
            violations.add(text);
        }
    }
}
