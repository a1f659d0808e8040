package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The same as {@link MessagesInPartsTest} for AMQP 1.0. */
class MessagesInParts10Test {

    private static final int LINKS = 16;
    private static final String PART = "p".repeat(5_000);
    private static final String HALF = "h".repeat(15_000);

    private final Rig10 rig = new Rig10(options -> {
        options.countsLeft = true;
        options.maxIncompleteBytes = 1024 * 1024;
        options.maxBufferBytes = 4 * 1024 * 1024;
    });

    private final List<TestClient10> senders = new ArrayList<>();

    private void flood(int clients) {
        for (int i = 0; i < clients; i++) {
            TestClient10 sender = TestClient10.open(rig.rig, "flood" + i).begin(0);
            senders.add(sender);
            for (int link = 0; link < LINKS; link++) {
                sender.sender(0, link, "q");
            }
            sender.run();
            for (int link = 0; link < LINKS; link++) {
                sender.part(0, link, link, false, true, PART);
            }
            sender.run();
            assertThat(rig.rig.loop.chunks.isFull()).as("client %d", i).isFalse();
        }
    }

    private TestClient10 neighbour() {
        return TestClient10.open(rig.rig, "neighbour")
                .begin(0)
                .sender(0, 0, "q")
                .run();
    }

    @Test
    void whatPartsOfDeliveriesTakeIsCountedWithTheMemoryThatHoldsIt() {
        TestClient10 neighbour = neighbour();
        flood(100);

        neighbour.transfer(0, 0, 0, true, "small").run();
        assertThat(rig.broker.taken).containsExactly("small");

        rig.rig.pass(Duration.ofSeconds(30));
        neighbour
                .part(0, 0, 1, false, true, HALF)
                .run()
                .part(0, 0, 1, false, false, HALF)
                .run();
        assertThat(rig.broker.taken).containsExactly("small", HALF + HALF);
    }

    @Test
    void whoHasGoneLeavesNothing() {
        flood(40);
        senders.forEach(TestClient10::vanish);
        rig.rig.run();
        rig.rig.pass(Duration.ofMinutes(5));
        assertThat(rig.rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void whatIsCompleteWaitsAsAWholeForTheWindowOfTheBroker() {
        rig.broker.window = 2;
        TestClient10 sender = neighbour();
        rig.broker.window = 1; // From now on it grants no more by itself.
        sender.transfer(0, 0, 0, false, "first")
                .run()
                .part(0, 0, 1, false, true, HALF)
                .run();
        sender.part(0, 0, 1, false, false, HALF)
                .transfer(0, 0, 2, false, "last")
                .run();
        assertThat(rig.broker.taken).containsExactly("first");

        rig.session().window(10);
        rig.rig.run();
        assertThat(rig.broker.taken).containsExactly("first", HALF + HALF, "last");
        assertThat(sender.all(0x15)).hasSize(3);
    }
}
