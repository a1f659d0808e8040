package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What other threads ask of a loop. */
class CommandQueueTest {

    private final List<String> done = new ArrayList<>();
    private final CommandQueue commands = new CommandQueue(() -> done.add("woken"));

    private void runAll() {
        commands.onAwake();
        for (Runnable next = commands.next(); next != null; next = commands.next()) {
            next.run();
        }
    }

    private CommandQueue.Obligation obligation(String name) {
        return new CommandQueue.Obligation() {
            @Override
            public void run() {
                done.add(name + " done");
            }

            @Override
            public void drop() {
                done.add(name + " dropped");
            }
        };
    }

    @Test
    void commandsAreDoneInOrderAndTheLoopIsWokenOnceForAllThatComeBeforeItLooks() {
        commands.add(() -> done.add("first"));
        commands.add(() -> done.add("second"));
        runAll();
        commands.add(() -> done.add("third"));
        runAll();

        assertThat(done).containsExactly("woken", "first", "second", "woken", "third");
        assertThat(commands.isEmpty()).isTrue();
    }

    @Test
    void aQuestionIsAnsweredOrFailsAsItsAnswerDid() {
        CompletableFuture<String> answered = commands.ask(() -> "yes");
        CompletableFuture<String> failed = commands.ask(() -> {
            throw new IllegalStateException("no");
        });
        assertThat(answered).isNotDone();

        runAll();

        assertThat(answered).isCompletedWithValue("yes");
        assertThat(failed).isCompletedExceptionally();
    }

    @Test
    void whatIsNotDoneWhenTheLoopEndsIsDroppedAndSoIsWhatComesLater() {
        commands.add(obligation("before"));
        CompletableFuture<String> unanswered = commands.ask(() -> "late");
        done.clear();

        commands.end();
        commands.add(obligation("after"));

        assertThat(done).containsExactly("before dropped", "after dropped");
        assertThat(unanswered).isCompletedExceptionally();
        assertThat(commands.ask(() -> "later")).isCompletedExceptionally();
        assertThat(commands.hasEnded()).isTrue();
    }
}
