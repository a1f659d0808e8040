package io.amqproxy.impl.faults;

import io.amqproxy.impl.faults.Ledger.Name;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.Tracker;
import org.apache.qpid.protonj2.client.exceptions.ClientException;

/** Sends unsettled messages by AMQP 1.0; each connection's only link is a session of its own. */
final class LinkPublisher extends Publisher {

    private static final int WINDOW = 50;
    private static final long PAUSE_MILLIS = 2;

    /** Messages of a connection, so that there are many of those or few. */
    private final int most;

    private final Deque<Sent> outstanding = new ArrayDeque<>();

    private record Sent(Name name, Tracker tracker) {}

    LinkPublisher(Login login, String queue, Ledger ledger, RandomGenerator random, int most) {
        super(login, queue, ledger, random);
        this.most = most;
    }

    @Override
    void work() throws IOException, InterruptedException {
        int number = -1;
        try (Connection connection = Links.connect(login())) {
            Sender sender = connection.openSender(Links.address(queue));
            beginSession();
            for (int i = 0; i < most && !isDone(); i++) {
                number = nextNumber();
                Name name = name(number);
                Message<byte[]> message = Message.create(body(name)).durable(true);
                outstanding.add(new Sent(name, sender.send(message)));
                number = -1;
                if (outstanding.size() == WINDOW) {
                    awaitOutcome();
                }
                Thread.sleep(PAUSE_MILLIS); // Its pace.
            }
            while (!outstanding.isEmpty()) {
                awaitOutcome();
            }
        } catch (ClientException failure) {
            throw new IOException(failure);
        } finally {
            if (number >= 0) {
                unknown(number);
            }
            outstanding.forEach(sent -> unknown(sent.name().number()));
            outstanding.clear();
        }
    }

    /** The oldest one's; what is not accepted goes out again in the next session. */
    private void awaitOutcome() throws ClientException, IOException {
        Sent oldest = outstanding.element();
        oldest.tracker().awaitSettlement(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        if (oldest.tracker().remoteState() == null
                || !oldest.tracker().remoteState().isAccepted()) {
            throw new IOException(oldest.name() + " is " + oldest.tracker().remoteState());
        }
        ledger.confirmed(oldest.name());
        outstanding.remove();
    }
}
