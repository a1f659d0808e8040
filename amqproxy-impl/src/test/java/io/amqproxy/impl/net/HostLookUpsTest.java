package io.amqproxy.impl.net;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Without threads: what blocks is a task that was not run yet. */
class HostLookUpsTest {

    private static final int MAX_WAITING = 1024;

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<String> told = new ArrayList<>();
    private final HostLookUps lookUps = new HostLookUps(tasks::add, HostLookUpsTest::addressesOf);

    private static InetAddress[] addressesOf(String host) throws UnknownHostException {
        return switch (host) {
            case "unknown" -> throw new UnknownHostException(host);
            case "bad" -> throw new IllegalStateException("on purpose");
            default -> new InetAddress[] {InetAddress.getLoopbackAddress()};
        };
    }

    private final class Told implements HostLookUps.Asker {
        private final String name;

        Told(String name) {
            this.name = name;
        }

        @Override
        public void onBegun() {
            told.add(name + " begun");
        }

        @Override
        public void onAddresses(List<InetAddress> addresses) {
            told.add(name + " has " + addresses.size());
        }

        @Override
        public void onFailed(String why) {
            told.add(name + ": " + why);
        }
    }

    private void ask(String host, String name) {
        lookUps.ask(host, new Told(name));
    }

    @Test
    void whoAsksForANameThatIsLookedUpSharesItsAnswer() {
        ask("slow", "a");
        ask("slow", "b");
        ask("other", "c");
        assertThat(tasks).as("a thread for each name").hasSize(2);

        tasks.remove().run();
        assertThat(told).containsExactly("a begun", "b begun", "a has 1", "b has 1");
    }

    @Test
    void whoAsksWhileTheLookUpBlocksIsToldThatItHasBegun() {
        AtomicReference<HostLookUps> asked = new AtomicReference<>(lookUps);
        HostLookUps blocking = new HostLookUps(tasks::add, host -> {
            requireNonNull(asked.get())
                    .ask("slow", new Told("late")); // As another thread would, while this one blocks.
            return new InetAddress[0];
        });
        asked.set(blocking);
        blocking.ask("slow", new Told("a"));
        tasks.remove().run();

        assertThat(told).containsExactly("a begun", "late begun", "a has 0", "late has 0");
        assertThat(tasks).isEmpty();
    }

    @Test
    void aNameIsLookedUpAnewForWhoAsksAfterTheAnswer() {
        ask("host", "a");
        tasks.remove().run();
        ask("host", "b");
        assertThat(tasks).hasSize(1);
    }

    @Test
    void allThatHaveAskedHearOfAFailure() {
        ask("unknown", "a");
        ask("unknown", "b");
        tasks.remove().run();
        ask("bad", "c");
        assertThatThrownBy(() -> tasks.remove().run()).hasMessage("on purpose");

        assertThat(told)
                .containsExactly(
                        "a begun",
                        "b begun",
                        "a: unknown host unknown",
                        "b: unknown host unknown",
                        "c begun",
                        "c: the look-up of bad failed: java.lang.IllegalStateException: on purpose");
    }

    @Test
    void soManyWaitAndNoMore() {
        for (int i = 0; i < MAX_WAITING; i++) {
            ask("slow", "a");
        }
        assertThatThrownBy(() -> ask("other", "b")).isInstanceOf(RejectedExecutionException.class);
        tasks.remove().run();
        ask("other", "b");
        assertThat(tasks).hasSize(1);
    }

    @Test
    void whoseTaskFindsNoRoomLeavesNothing() {
        List<Runnable> room = new ArrayList<>();
        HostLookUps full = new HostLookUps(
                task -> {
                    if (room.isEmpty()) {
                        room.add(task);
                        throw new RejectedExecutionException();
                    }
                    tasks.add(task);
                },
                HostLookUpsTest::addressesOf);
        assertThatThrownBy(() -> full.ask("host", new Told("a"))).isInstanceOf(RejectedExecutionException.class);
        full.ask("host", new Told("b"));
        tasks.remove().run();
        assertThat(told).containsExactly("b begun", "b has 1");
    }
}
