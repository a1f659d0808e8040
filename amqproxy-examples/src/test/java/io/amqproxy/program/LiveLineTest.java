package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.EndpointStats;
import io.amqproxy.LoopStats;
import io.amqproxy.PoolStats;
import io.amqproxy.ProxyStats;
import io.amqproxy.program.common.StatsSampler.Sample;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiveLineTest {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final LiveLine line = new LiveLine(new PrintStream(written, true, StandardCharsets.UTF_8));

    @ParameterizedTest
    @ValueSource(ints = {2, 20, 60, 80, 200})
    void itIsNeverWiderThanTheTerminal(int columns) {
        line.width(columns);

        line.show(sample(123_456_789));

        assertThat(text()).startsWith("c").hasSizeLessThan(columns);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1000})
    void whatFitsIsWhole(int columns) {
        line.width(columns);

        line.show(sample(7));

        assertThat(text()).isEqualTo("clients 7 | upstreams 7 | channels 7 leased, 7 idle | messages/s 0 in, 0 out");
        // Where the width is not known, the terminal cuts it off.
        assertThat(written.toString(StandardCharsets.UTF_8))
                .contains("\033[?7l")
                .endsWith("\033[?7h");
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8).replaceAll("\\033\\[\\??[0-9]*[a-zA-Z]|\r", "");
    }

    private static Sample sample(int figure) {
        return new Sample(
                1,
                new Figures(
                        figure, figure, figure, figure, figure, figure, figure, figure, figure, figure, figure, figure,
                        figure, figure, figure, figure, figure, 0, 0, null, false, List.of(), List.of(), List.of()));
    }

    private record Figures(
            int clients,
            int upstreams,
            int maxTotalConnections,
            int poolsWaiting,
            long connectionsGivenUp,
            int channelsLeased,
            int channelsIdle,
            long clientsTotal,
            long upstreamsTotal,
            long leasesTotal,
            long published,
            long delivered,
            long bytesIn,
            long bytesOut,
            long bufferBytes,
            long maxBufferBytes,
            long acquireTimeouts,
            long eventsDropped,
            long tlsHandshakesFailed,
            @Nullable Instant certificateNotAfter,
            boolean paused,
            List<EndpointStats> endpoints,
            List<LoopStats> loops,
            List<PoolStats> pools)
            implements ProxyStats {}
}
