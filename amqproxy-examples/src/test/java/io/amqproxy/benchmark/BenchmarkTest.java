package io.amqproxy.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Goes once through all of the benchmark, with as little work as there can be. */
@Timeout(600)
@Tag("benchmark")
class BenchmarkTest {

    private static final Plan TINY = new Plan(1, 0.01, 0.01, 1, 10, 10, List.of(50));

    @Test
    void streamsHaveARowEach() throws IOException {
        assertThat(rows(StreamSection.ofAmqp091(), "128 B x10($|,)")).hasSize(4);
    }

    @Test
    void streamsOfAmqp10HaveARowForEachWork() throws IOException {
        assertThat(rows(StreamSection.ofAmqp10(), "1 KiB x10,")).hasSize(2);
    }

    @Test
    void deliveriesOfAmqp10HaveARow() throws IOException {
        assertThat(rows(StreamSection.ofAmqp10(), "deliver 1 KiB")).hasSize(1);
    }

    @Test
    void cyclesOfAmqp10HaveARowForEachFigure() throws IOException {
        assertThat(rows(CycleSection.ofAmqp10(), "x20, confirmed")).hasSize(5);
    }

    @Test
    void tlsHasARowForEachWorkAndSide() throws IOException {
        assumeTrue(HaProxy.find().isPresent(), "HAProxy is not installed");
        assertThat(rows(new TlsSection(), "publish 1 KiB x10")).hasSize(2);
    }

    @Test
    void cyclesHaveARowForEachFigure() throws IOException {
        assertThat(rows(CycleSection.ofAmqp091(), "x20, confirmed|at a time|/s$"))
                .hasSize(5 + 7 + 5);
    }

    @Test
    void theGainHasARowForEachRoundTripAndAChart(@TempDir Path directory) throws IOException {
        Path chart = directory.resolve("gain.svg");
        assertThat(rows(new GainSection(chart, List.of(0, 2)), "")).hasSize(2 * 2);
        assertThat(Files.readString(chart).split("<circle", -1)).hasSize(1 + 2 * 2 * 2);
    }

    @Test
    void idleConnectionsHaveARowForEachCount() throws IOException {
        assertThat(rows(IdleSection.ofAmqp091(), ""))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("| 50 |");
        assertThat(rows(IdleSection.ofAmqp10(), ""))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("| 50 |");
    }

    @Test
    void startAndFootprintHaveARowEach() throws IOException {
        assertThat(rows(new StartSection(), "")).hasSize(5);
    }

    @Test
    void garbageHasARowForEachWork() throws IOException {
        assertThat(rows(new GarbageSection(), "deliver 128 B x10|one at a time"))
                .hasSize(2);
    }

    @Test
    void scaleHasARowForEachNumberOfLoops() throws IOException {
        assertThat(rows(new ScaleSection(), "16 KiB x40")).hasSize(2);
    }

    /** The rows of all tables of a section, without their heads. Works that do not match are left out. */
    private static List<String> rows(Section section, String match) throws IOException {
        BenchmarkSetup setup = new BenchmarkSetup(
                TINY,
                Set.of(),
                Pattern.compile(match).asPredicate(),
                null,
                LoginScript.GUEST,
                ProxyProgram.ofThisClassPath(),
                new PrintStream(OutputStream.nullOutputStream(), true));
        assertThat(section.isChosen(setup)).isTrue();
        String[] lines = section.measure(setup).split("\n", -1);
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < lines.length; i++) {
            boolean isHead = i + 1 < lines.length && lines[i + 1].startsWith("|---");
            if (lines[i].startsWith("| ") && !isHead) {
                rows.add(lines[i]);
            }
        }
        return rows;
    }
}
