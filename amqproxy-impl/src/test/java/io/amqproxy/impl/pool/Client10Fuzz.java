package io.amqproxy.impl.pool;

import io.amqproxy.testkit.FuzzInput;
import java.time.Duration;

/**
 * Any octets from a client of AMQP 1.0, from its first one on or with a session and links, beside a neighbour on the
 * same connection to the broker: that gets nothing for which some broker would close the connection, the neighbour
 * notices nothing, and nothing is left of the client.
 */
public final class Client10Fuzz {

    /** What a broker that reads messages takes. */
    private static final String MESSAGE = "\0Su\u00a0\u0001m";

    private static final long MOST_MEMORY = 4 * 1024 * 1024;

    private final Rig10 rig = new Rig10(options -> {
        options.maxConnections = 1;
        options.maxIncompleteBytes = 64 * 1024;
        options.maxMessageSize = 32 * 1024;
        options.readBuffer = 256 * 1024;
        options.credentialTtl = Duration.ofDays(10);
    });

    private final TestClient10 neighbour;
    private int sent;

    private Client10Fuzz(int mode) {
        rig.broker.mindsCredit = false;
        rig.broker.product = (mode & 2) != 0 ? "apache-activemq-artemis" : (mode & 4) != 0 ? "Qpid" : "scripted";
        rig.broker.answers = (mode & 8) == 0;
        neighbour = TestClient10.open(rig.rig, "neighbour")
                .begin(0)
                .sender(0, 0, "n")
                .run();
    }

    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput input = new FuzzInput(data);
        int mode = input.octet();
        new Client10Fuzz(mode).run((mode & 1) != 0, input);
    }

    private void run(boolean isOpen, FuzzInput input) {
        TestClient10 client = TestClient10.connect(rig.rig);
        if (isOpen) {
            client.write(TestClient10.handshake("guest", "fuzz", 65_536))
                    .begin(0)
                    .sender(0, 0, "q");
            client.receiver(0, 1, "q").credit(0, 1, 0, 100).run();
        }
        client.deaf = true;
        Pieces10.send(input, client::write, rig.rig, this::beat);
        beat();
        client.vanish();
        beat();
        rig.rig.pass(Duration.ofMinutes(2));
        beat();
        check(rig.broker.sessions() == 1, "sessions of the client are left: " + rig.broker.sessions());
        check(rig.rig.loop.chunks.usedBytes() < MOST_MEMORY, rig.rig.loop.chunks.usedBytes() + " octets are held");
    }

    private void beat() {
        boolean answered = rig.broker.answers;
        rig.broker.answers = true;
        int before = neighbour.all(0x15).size();
        neighbour.transfer(0, 0, sent++, false, MESSAGE).run();
        rig.broker.answers = answered;
        check(!neighbour.ended && neighbour.all(0x18).isEmpty(), "the neighbour is closed");
        check(neighbour.all(0x15).size() == before + 1, "the neighbour hears nothing");
        neighbour.heard.clear();
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
