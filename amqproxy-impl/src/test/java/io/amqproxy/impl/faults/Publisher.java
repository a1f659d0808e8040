package io.amqproxy.impl.faults;

import io.amqproxy.impl.faults.Ledger.Name;
import io.amqproxy.testkit.Login;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Publishes numbered messages of which the broker says that it has them, and those again of which it does not know what
 * became of them.
 */
abstract class Publisher extends Worker {

    private static final int LARGE = 300_000;
    private static final int SMALL = 300;

    private final RandomGenerator random;
    private final TreeSet<Integer> unknown = new TreeSet<>();
    private int session;
    private int next;

    Publisher(Login login, String queue, Ledger ledger, RandomGenerator random) {
        super(login, queue, ledger);
        this.random = random;
    }

    void beginSession() {
        session++;
    }

    /** The number to send next; new ones only come after all that are sent again. */
    int nextNumber() {
        Integer again = unknown.pollFirst();
        return again == null ? next++ : again;
    }

    boolean hasUnknown() {
        return !unknown.isEmpty();
    }

    void unknown(int number) {
        unknown.add(number);
    }

    Name name(int number) {
        return new Name(queue, session, number);
    }

    /** The octets of a message, which is published now. */
    byte[] body(Name name) {
        ledger.published(name);
        return Body.of(name, random.nextInt(random.nextInt(50) == 0 ? LARGE : SMALL));
    }

    @Override
    boolean isDone() {
        return isFinishing() && unknown.isEmpty();
    }
}
