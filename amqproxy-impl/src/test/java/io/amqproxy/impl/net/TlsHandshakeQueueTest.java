package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.limit.AddressKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which client's handshake goes on next, where there are more than the threads can do. */
class TlsHandshakeQueueTest {

    private static final AddressKey FLOOD = new AddressKey(4, 1);
    private static final AddressKey GOOD = new AddressKey(4, 2);

    private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
    private final TlsHandshakeQueue queue = new TlsHandshakeQueue(threads::add, 2, 100);
    private final List<String> done = new ArrayList<>();
    private final List<String> dropped = new ArrayList<>();

    private Runnable add(AddressKey from, String name) {
        return queue.of(from).execute(() -> done.add(name), () -> dropped.add(name));
    }

    private void work() {
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
    }

    @Test
    void addressesTakeTurns() {
        for (int i = 0; i < 50; i++) {
            add(FLOOD, "flood " + i);
        }
        add(GOOD, "good");
        assertThat(threads).as("two threads").hasSize(2);
        work();

        assertThat(done).hasSize(51);
        assertThat(done.indexOf("good")).isLessThan(2);
    }

    @Test
    void ofOneAddressTheNewestGoesFirst() {
        add(FLOOD, "first");
        add(FLOOD, "second");
        add(FLOOD, "third");
        work();

        assertThat(done).containsExactly("third", "second", "first");
    }

    @Test
    void whatIsWithdrawnIsNotDone() {
        add(FLOOD, "stays");
        Runnable withdrawn = add(FLOOD, "goes");
        withdrawn.run();
        withdrawn.run();
        work();

        assertThat(done).containsExactly("stays");
        assertThat(dropped).isEmpty();
        assertThat(queue.size()).isZero();
    }

    @Test
    void whereTooManyWaitTheOldestOfTheAddressWithTheMostGivesWay() {
        add(GOOD, "good");
        for (int i = 0; i < 102; i++) {
            add(FLOOD, "flood " + i);
        }
        assertThat(dropped).containsExactly("flood 0", "flood 1", "flood 2");
        assertThat(queue.size()).isEqualTo(100);
        work();
        assertThat(done).hasSize(100).contains("good");
    }

    @Test
    void aTaskThatFailsCostsNoThread() {
        queue.of(FLOOD)
                .execute(
                        () -> {
                            throw new OutOfMemoryError("on purpose");
                        },
                        () -> {});
        work();
        add(GOOD, "next");
        work();
        assertThat(done).containsExactly("next");
    }
}
