package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.amqproxy.impl.amqp091.codec.CodecFuzz;
import io.amqproxy.impl.amqp091.codec.ProxyHeaderFuzz;
import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.codec.Codec10Fuzz;
import io.amqproxy.testkit.Fuzzer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Fuzzing: each build replays the inputs that are kept and fuzzes a little from there. By hand, with these properties:
 *
 * <ul>
 *   <li>{@code fuzz.target}: one target instead of all
 *   <li>{@code fuzz.seconds}: for how long each is fuzzed
 *   <li>{@code fuzz.keep}: what was found and covers more is put to the inputs that are kept
 *   <li>{@code fuzz.seeds}: the {@link FuzzSeeds} are written anew, after they or a target's form have changed
 *   <li>{@code fuzz.input}: a file that is replayed alone; with {@code fuzz.tell} the target says what it does
 * </ul>
 */
@Timeout(value = 1, unit = TimeUnit.DAYS) // By hand they run for hours.
@Tag("fuzz")
class FuzzTest {

    /** The targets, and how often each is run in a build. */
    enum Target {
        CODEC(CodecFuzz.class, 300_000),
        PROXY_HEADER(ProxyHeaderFuzz.class, 300_000),
        LOGIN(LoginFuzz.class, 2_000),
        FRAMES(FramesFuzz.class, 2_000),
        CLIENT(ClientFuzz.class, 2_000),
        UPSTREAM(UpstreamFuzz.class, 2_000),
        CODEC_10(Codec10Fuzz.class, 300_000),
        CLIENT_10(Client10Fuzz.class, 2_000),
        UPSTREAM_10(Upstream10Fuzz.class, 2_000);

        private final Class<?> type;
        private final long runs;

        Target(Class<?> type, long runs) {
            this.type = type;
            this.runs = runs;
        }

        Fuzzer fuzzer() {
            return new Fuzzer(
                    type,
                    List.of(
                            ScriptedBroker.class,
                            BrokerChannel.class,
                            BrokerInbox.class,
                            BrokerDeliveries.class,
                            UnscriptedAnswers.class,
                            Neighbourhood.class,
                            Neighbours.class,
                            CheckedClient.class,
                            TestClient.class,
                            ScriptedBroker10.class,
                            Stream10.class,
                            Wire10.class,
                            TestClient10.class));
        }

        boolean isWanted() {
            return System.getProperty("fuzz.target", name()).equalsIgnoreCase(name());
        }
    }

    private static final Duration LONGEST = Duration.ofSeconds(6);
    private static final Logger PROXY = (Logger) LoggerFactory.getLogger("io.amqproxy.impl");
    private static final Level BEFORE = PROXY.getLevel();

    @BeforeAll
    static void theBrokersOffencesAreNoNews() {
        PROXY.setLevel(Level.ERROR);
    }

    @AfterAll
    static void logAsBefore() {
        PROXY.setLevel(BEFORE);
    }

    @ParameterizedTest
    @EnumSource
    void theSeedsAreAmongTheInputsThatAreKept(Target target) throws IOException {
        for (Map.Entry<String, byte[]> seed : FuzzSeeds.of(target.type).entrySet()) {
            Path file = target.fuzzer().corpus().resolve("seed-" + seed.getKey());
            if (Boolean.getBoolean("fuzz.seeds")) {
                Files.createDirectories(file.getParent());
                Files.write(file, seed.getValue());
            }
            assertThat(file).hasBinaryContent(seed.getValue());
        }
    }

    @ParameterizedTest
    @EnumSource
    void noInputThatIsKeptFails(Target target) throws IOException {
        Fuzzer fuzzer = target.fuzzer();
        String only = System.getProperty("fuzz.input");
        List<String> failures = new ArrayList<>();
        assumeThat(target.isWanted()).isTrue();
        for (Path input : only == null ? fuzzer.inputs() : List.of(Path.of(only))) {
            byte[] octets = Files.readAllBytes(input);
            try {
                fuzzer.replay(octets);
            } catch (Throwable failure) {
                failures.add(input + ": " + org.assertj.core.util.Throwables.getStackTrace(failure));
            }
        }

        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void noInputThatAFuzzerComesUpWithFails(Target target) {
        Integer seconds = Integer.getInteger("fuzz.seconds");
        assumeThat(target.isWanted() && System.getProperty("fuzz.input") == null)
                .isTrue();
        if (seconds == null) {
            target.fuzzer().fuzz(target.runs, LONGEST);
        } else {
            target.fuzzer().fuzz(-1, Duration.ofSeconds(seconds));
        }
        if (Boolean.getBoolean("fuzz.keep")) {
            target.fuzzer().keep();
        }
    }
}
