package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.testkit.Await;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class EventLoopTest {

    /** As a client that is on its way there, whose socket would stay open. */
    @Test
    void whatALoopThatHasEndedDoesNotDoAnyMoreIsDropped() throws Exception {
        EventLoop loop = newLoop();
        loop.start();
        CompletableFuture<String> outcome = new CompletableFuture<>();
        loop.stop();
        loop.execute(obligation(outcome));
        assertThat(outcome.get(30, TimeUnit.SECONDS)).isIn("done", "dropped");
        assertThat(loop.join(30_000)).isTrue();

        CompletableFuture<String> late = new CompletableFuture<>();
        loop.execute(obligation(late));
        assertThat(late).isCompletedWithValue("dropped");
    }

    /** Of the three the second costs its turn, as what makes room for memory fails too. */
    @Test
    void anErrorAtTheEndOfATurnMakesNothingBeDoneTwiceOrNotAtAll() throws Exception {
        EventLoop loop = newLoop();
        loop.onNoMemory(() -> {
            throw new StackOverflowError("on purpose");
        });
        List<String> done = new ArrayList<>();
        loop.execute(() -> {
            loop.atEndOfTurn(() -> done.add("first"));
            loop.atEndOfTurn(() -> {
                throw new OutOfMemoryError("on purpose");
            });
            loop.atEndOfTurn(() -> done.add("third"));
        });
        loop.start();
        Await.until(
                "the last of the three is done",
                () -> loop.ask(() -> done.contains("third")).get(30, TimeUnit.SECONDS));
        loop.stop();
        assertThat(loop.join(30_000)).isTrue();

        assertThat(done).containsExactly("first", "third");
    }

    @Test
    void whatThrowsAtTheEndOfATurnOrWhenItSettlesIsWitnessedAndCostsNobodyElse() throws Exception {
        EventLoop loop = newLoop();
        AtomicInteger reliefs = new AtomicInteger();
        AtomicInteger faults = new AtomicInteger();
        AtomicInteger turns = new AtomicInteger();
        loop.onNoMemory(reliefs::incrementAndGet);
        loop.context().atTurnEnd(() -> {
            if (turns.get() == 0) {
                throw new OutOfMemoryError("on purpose");
            }
        });
        loop.context().atTurnEnd(turns::incrementAndGet);
        loop.context().putOff(new LoopContext.TurnWork() {
            @Override
            public void onTurn() {
                throw new OutOfMemoryError("on purpose");
            }

            @Override
            public void onFault(RuntimeException fault) {
                faults.incrementAndGet();
            }
        });
        loop.start();
        loop.ask(() -> "a turn").get(30, TimeUnit.SECONDS);
        loop.stop();
        assertThat(loop.join(30_000)).isTrue();

        assertThat(turns).hasPositiveValue();
        assertThat(faults).hasValue(1);
        assertThat(reliefs).hasValue(2);
    }

    private static EventLoop newLoop() throws IOException {
        Settings settings = new Settings.Draft(new MultiplexedPolicy()).build(1);
        return new EventLoop(new LoopContext(settings, new ProxyListener() {}), Thread::new);
    }

    private static CommandQueue.Obligation obligation(CompletableFuture<String> outcome) {
        return new CommandQueue.Obligation() {
            @Override
            public void run() {
                outcome.complete("done");
            }

            @Override
            public void drop() {
                outcome.complete("dropped");
            }
        };
    }
}
