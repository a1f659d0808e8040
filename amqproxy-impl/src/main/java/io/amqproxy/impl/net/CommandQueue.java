package io.amqproxy.impl.net;

import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What other threads ask of a loop, in order. Once the loop has ended it is dropped, and whoever waits is told. */
final class CommandQueue {

    /** A command that leaves something behind if nobody does it. */
    interface Obligation extends Runnable {

        /** It is not done any more, as the loop has ended; called by any thread. */
        void drop();
    }

    private record Question<T>(Callable<T> question, CompletableFuture<T> answer) implements Obligation {

        @Override
        public void run() {
            try {
                answer.complete(question.call());
            } catch (Exception | Error failure) {
                answer.completeExceptionally(failure);
            }
        }

        @Override
        public void drop() {
            answer.completeExceptionally(new IllegalStateException("the loop has ended"));
        }
    }

    private final Runnable wakeUp;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isWakening = new AtomicBoolean();
    private volatile boolean ended;

    /** @param wakeUp makes the loop come and look, called by any thread */
    CommandQueue(Runnable wakeUp) {
        this.wakeUp = wakeUp;
    }

    /** For any thread. */
    void add(Runnable command) {
        commands.add(command);
        if (isWakening.compareAndSet(false, true)) {
            wakeUp.run();
        }
        if (ended) {
            drop();
        }
    }

    /** For any thread; the answer fails where the loop has ended before it. */
    <T> CompletableFuture<T> ask(Callable<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        add(new Question<>(question, answer));
        return answer;
    }

    /** The loop is about to look: who comes from now on wakes it again. */
    void onAwake() {
        isWakening.set(false);
    }

    boolean isEmpty() {
        return commands.isEmpty();
    }

    /** {@return the next one, taken out, or null} */
    @Nullable
    Runnable next() {
        return commands.poll();
    }

    /** The loop has ended. */
    void end() {
        ended = true;
        drop();
    }

    /** For any thread. */
    boolean hasEnded() {
        return ended;
    }

    private void drop() {
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            if (command instanceof Obligation obligation) {
                obligation.drop();
            }
        }
    }
}
