package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The bound of all buffers holds for all loops together. */
class MemoryBudgetTest {

    private static final int CHUNK = 64 * 1024;
    private static final long MOST = 16 * CHUNK;

    private final List<String> events = new ArrayList<>();
    private final ProxyListener listener = new ProxyListener() {
        @Override
        public void memoryShort(long bytes) {
            events.add("short " + bytes / CHUNK);
        }

        @Override
        public void memoryRelieved() {
            events.add("relieved");
        }
    };

    private final MemoryBudget budget = new MemoryBudget(MOST);
    private final Member one = new Member();
    private final Member other = new Member();

    /** A loop that holds bytes for somebody. */
    private final class Member {
        final LoopContext context = new LoopContext(settings(), listener);
        final List<Long> shed = new ArrayList<>();
        final MemoryWatch watch = new MemoryWatch(context, budget, this::shed);
        final List<Boolean> readersToo = new ArrayList<>();
        final List<ByteQueue> held = new ArrayList<>();
        int wakeUps;

        Member() {
            budget.join(() -> wakeUps++);
        }

        void hold(int chunks) {
            for (int i = 0; i < chunks; i++) {
                ByteQueue queue = new ByteQueue(context.chunks);
                queue.append(ByteBuffer.allocate(CHUNK), 0, CHUNK);
                held.add(queue);
            }
            watch.onTurnEnd();
        }

        void give(int chunks) {
            for (int i = 0; i < chunks; i++) {
                held.remove(0).clear();
            }
            watch.onTurnEnd();
        }

        void shed(long bytes, boolean those) {
            shed.add(bytes);
            readersToo.add(those);
        }

        void pass(long seconds) {
            context.now += TimeUnit.SECONDS.toNanos(seconds);
            context.timers.fire(context.now);
            watch.onTurnEnd();
        }
    }

    private static Settings settings() {
        Settings.Draft draft = new Settings.Draft(new MultiplexedPolicy());
        draft.maxIncompleteBytes = MOST;
        draft.maxBufferBytes = MOST;
        return draft.build(1);
    }

    @Test
    void oneLoopMayHaveAllOfIt() {
        one.hold(16);
        other.watch.onTurnEnd();
        assertThat(one.context.chunks.isFull()).isFalse();
        assertThat(other.context.chunks.isFull()).isFalse();
        assertThat(events).isEmpty();
    }

    @Test
    void whatAllHaveTogetherCounts() {
        one.hold(9);
        other.hold(8);
        one.watch.onTurnEnd();
        assertThat(other.context.chunks.isFull()).isTrue();
        assertThat(one.context.chunks.isFull()).isTrue();
        assertThat(budget.isShort()).isTrue();
        assertThat(events).as("it is told once").containsExactly("short 17");
    }

    @Test
    void whenThereIsMemoryAgainAllTakeATurnAndItIsToldOnce() {
        one.hold(9);
        other.hold(8);
        one.watch.onTurnEnd();
        one.give(2);
        assertThat(other.wakeUps).isZero();
        one.give(1);
        assertThat(other.wakeUps).isEqualTo(1);
        other.watch.onTurnEnd();
        assertThat(budget.isShort()).isFalse();
        assertThat(events).containsExactly("short 17", "relieved");
    }

    @Test
    void eachLoopClosesItsPartOfWhatIsTooMuch() {
        one.hold(15);
        other.hold(5);
        one.watch.onTurnEnd();
        one.pass(2);
        other.pass(2);
        long tooMuch = 6 * CHUNK;
        assertThat(one.shed).containsExactly(tooMuch * 15 / 20);
        assertThat(other.shed).containsExactly(tooMuch * 5 / 20);
    }

    @Test
    void whoReadsIsNotClosedBeforeMemoryHasBeenShortForTenSeconds() {
        one.hold(17);
        for (int second = 0; second < 11; second++) {
            one.pass(1);
        }
        assertThat(one.readersToo).hasSize(11);
        assertThat(one.readersToo.subList(0, 9)).containsOnly(false);
        assertThat(one.readersToo.subList(9, 11)).containsOnly(true);
    }
}
