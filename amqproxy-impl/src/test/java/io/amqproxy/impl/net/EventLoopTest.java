package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventLoopTest {

    /** As a client that is on its way there, whose socket would stay open. */
    @Test
    void whatALoopThatHasEndedDoesNotDoAnyMoreIsDropped() throws Exception {
        Settings settings = new Settings.Draft(new MultiplexedPolicy()).build(1);
        EventLoop loop = new EventLoop(new LoopContext(settings, new ProxyListener() {}), Thread::new);
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

    private static EventLoop.Obligation obligation(CompletableFuture<String> outcome) {
        return new EventLoop.Obligation() {
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
