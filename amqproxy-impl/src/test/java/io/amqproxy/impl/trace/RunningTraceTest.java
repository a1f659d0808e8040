package io.amqproxy.impl.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.net.Taps;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceEvent;
import io.amqproxy.trace.TraceFilter;
import io.amqproxy.trace.TracedMessage;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A listener is told of all that it has room for, and whoever waits for that is told too. */
@Timeout(300)
class RunningTraceTest {

    private final AtomicInteger turns = new AtomicInteger();

    private final TraceHub hub = new TraceHub(Thread::new, new TraceHub.Loops() {
        @Override
        public void tap(Taps taps) {}

        @Override
        public void untap() {}

        @Override
        public void awaitTurns() {
            turns.incrementAndGet();
        }
    });

    private static TraceEvent event(byte[] body, long size) {
        ClientInfo client = ClientInfo.of(1, InetSocketAddress.createUnresolved("client", 1), "eve", "/");
        TracedMessage message = TracedMessage.of(Map.of(), body, size);
        return TraceEvent.of(Direction.FROM_CLIENT, client, 1, "basic.publish", Map.of(), message);
    }

    /** As of messages whose rest never came, and of tokens, of which nothing is kept. */
    @Test
    void eventsTakeWhatIsKeptOfTheirMessagesAndNotWhatIsSaidOfThem() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger told = new AtomicInteger();
        TraceFilter filter = TraceFilter.all().bodyLimit(1024 * 1024);
        try (Trace trace = hub.trace(filter, event -> {
            await(goOn);
            told.incrementAndGet();
        })) {
            for (int i = 0; i < 1000; i++) {
                hub.traces().get(0).offer(event(new byte[] {1}, 1024 * 1024), 0);
            }
            assertThat(trace.dropped()).isZero();
            for (int i = 0; i < 100; i++) {
                hub.traces().get(0).offer(event(new byte[1024 * 1024], 1024 * 1024), 0);
            }
            assertThat(trace.dropped()).isPositive();
            goOn.countDown();
            trace.flush();
            assertThat(told.get()).isEqualTo(1100 - (int) trace.dropped());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whoFlushesSeesAllThatWasSaidAlsoAfterTheEnd() {
        Recorder recorder = new Recorder();
        Trace trace = hub.trace(TraceFilter.all(), recorder);
        recorder.of(trace);
        for (int i = 1; i <= 2000; i++) {
            hub.traces().get(0).offer(event(new byte[0], 0), 0);
            if (i % 100 == 0) {
                recorder.flush();
                assertThat(recorder.events()).hasSize(i);
            }
        }
        assertThat(turns.get()).isEqualTo(20);
        trace.close();
        trace.flush();
        recorder.flush();
    }

    @Test
    void aListenerCannotWaitForItself() throws Exception {
        CompletableFuture<Trace> itself = new CompletableFuture<>();
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        try (Trace trace = hub.trace(TraceFilter.all(), event -> refused.complete(flushed(itself)))) {
            itself.complete(trace);
            hub.traces().get(0).offer(event(new byte[0], 0), 0);
            assertThat(refused.get(30, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> hub.traces().get(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static Throwable flushed(CompletableFuture<Trace> trace) {
        try {
            trace.get().flush();
        } catch (Exception refused) {
            return refused;
        }
        return new AssertionError("it was not refused");
    }
}
