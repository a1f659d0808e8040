package io.amqproxy.impl.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteCoalescerTest {

    private final List<String> forwarded = new ArrayList<>();
    private final WriteCoalescer.Sink first = (in, from, to) -> forwarded.add("first " + from + '-' + to);
    private final WriteCoalescer.Sink second = (in, from, to) -> forwarded.add("second " + from + '-' + to);
    private final ByteBuffer buffer = ByteBuffer.allocate(0);
    private final WriteCoalescer coalescer = new WriteCoalescer();

    @Test
    void neighboursOfOneSinkAreForwardedAtOnceAndOnlyOnce() {
        coalescer.add(first, buffer, 2, 5);
        coalescer.add(first, buffer, 5, 9);
        assertThat(forwarded).isEmpty();

        coalescer.flush();
        coalescer.flush();

        assertThat(forwarded).containsExactly("first 2-9");
    }

    @Test
    void whatHasAGapOrGoesElsewhereIsForwardedInOrder() {
        coalescer.add(first, buffer, 0, 5);
        coalescer.add(first, buffer, 6, 9);
        coalescer.add(second, buffer, 9, 12);
        coalescer.add(first, buffer, 12, 13);
        coalescer.flush();

        assertThat(forwarded).containsExactly("first 0-5", "first 6-9", "second 9-12", "first 12-13");
    }

    @Test
    void whatFollowsAFlushBeginsAnew() {
        coalescer.add(first, buffer, 0, 5);
        coalescer.flush();
        coalescer.add(first, buffer, 5, 7);
        coalescer.flush();

        assertThat(forwarded).containsExactly("first 0-5", "first 5-7");
    }
}
