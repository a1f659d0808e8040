package io.amqproxy.impl.pool;

import io.amqproxy.testkit.FuzzInput;
import java.time.Duration;

/**
 * Any octets from a broker of AMQP 1.0 on one connection, from its first one on or where clients use it, beside a
 * client that uses another one: that notices nothing, and the clients of the odd one hear of its end, and leave
 * nothing.
 */
public final class Upstream10Fuzz {

    private static final long MOST_MEMORY = 4 * 1024 * 1024;

    private final Rig10 rig = new Rig10(options -> {
        options.readBuffer = 256 * 1024;
        options.credentialTtl = Duration.ofDays(10);
    });

    private final TestClient10 neighbour;
    private int sent;

    private Upstream10Fuzz() {
        TestClient10 first = TestClient10.connect(rig.rig);
        neighbour = first.write(TestClient10.handshake("other", "n", 65_536))
                .begin(0)
                .sender(0, 0, "n")
                .run();
    }

    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput input = new FuzzInput(data);
        new Upstream10Fuzz().run(input.flag(), input);
    }

    private void run(boolean isOpen, FuzzInput input) {
        rig.broker.isDeaf = !isOpen;
        int before = rig.broker.connections.size();
        TestClient10 client = TestClient10.connect(rig.rig);
        client.write(TestClient10.handshake("guest", "c", 512))
                .begin(0)
                .sender(0, 0, "q")
                .receiver(0, 1, "q");
        client.credit(0, 1, 0, 100).run();
        client.transfer(0, 0, 0, true, "m").transfer(0, 0, 1, false, "m").run();
        client.deaf = true;
        BrokerConnection10 odd = rig.broker.connections.get(before);
        odd.isDeaf = true;
        rig.broker.isDeaf = false;
        Pieces10.send(input, odd::send, rig.rig, this::beat);
        beat();
        client.vanish();
        odd.cut();
        rig.rig.pass(Duration.ofMinutes(2));
        beat();
        if (rig.rig.loop.chunks.usedBytes() > MOST_MEMORY) {
            throw new AssertionError(rig.rig.loop.chunks.usedBytes() + " octets are held");
        }
    }

    private void beat() {
        int before = neighbour.all(0x15).size();
        neighbour.transfer(0, 0, sent++, false, "m").run();
        if (neighbour.ended || neighbour.all(0x15).size() != before + 1) {
            throw new AssertionError("the neighbour notices something: " + neighbour.heard);
        }
    }
}
