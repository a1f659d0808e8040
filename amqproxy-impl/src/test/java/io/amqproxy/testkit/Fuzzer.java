package io.amqproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Coverage-guided fuzzing by Jazzer of a class with a method {@code fuzzerTestOneInput(byte[])}. It runs in a JVM of
 * its own: Jazzer's agent instruments whatever is loaded, for one target in each JVM, and the other tests are to see
 * neither.
 */
public final class Fuzzer {

    /** Where the inputs are kept that each build replays, a directory for each target. */
    private static final Path CORPUS = Path.of("src", "test", "resources", "fuzz");

    private static final Path RESULTS = Path.of("target", "fuzz");
    private static final String SANITIZERS = "com.code_intelligence.jazzer.sanitizers.";

    /** What looks for attacks on other things than protocols, and would fill the inputs with them. */
    private static final List<String> UNRELATED = List.of(
            "ExpressionLanguageInjection",
            "FilePathTraversal",
            "LdapInjection",
            "NamingContextLookup",
            "ReflectiveCall",
            "RegexInjection",
            "ServerSideRequestForgery",
            "SqlInjection",
            "XPathInjection",
            "XmlParserSsrfGuidance");

    private static final Duration AFTER_TIME = Duration.ofMinutes(5);

    private final Class<?> target;
    private final List<Class<?>> unguided;

    /**
     * @param target what is fuzzed
     * @param unguided classes of the tests whose branches and comparisons are of no interest
     */
    public Fuzzer(Class<?> target, List<Class<?>> unguided) {
        this.target = target;
        this.unguided = List.copyOf(unguided);
    }

    /** {@return the directory of the inputs that are kept} */
    public Path corpus() {
        return CORPUS.resolve(target.getSimpleName());
    }

    /** {@return the directory of what is found, which is not kept} */
    private Path results() {
        return RESULTS.resolve(target.getSimpleName());
    }

    /** {@return the inputs that are kept} */
    public List<Path> inputs() {
        try (Stream<Path> files = Files.list(corpus())) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the target one input, in this JVM and without Jazzer. */
    public void replay(byte[] input) throws Throwable {
        try {
            target.getMethod("fuzzerTestOneInput", byte[].class).invoke(null, (Object) input);
        } catch (InvocationTargetException failure) {
            throw failure.getTargetException();
        }
    }

    /**
     * Fuzzes, beginning with the inputs that are kept, for so many runs (-1: any number) and no longer than this.
     *
     * @throws AssertionError with what Jazzer says, if an input makes the target fail; it is in {@code target/fuzz}
     */
    public void fuzz(long runs, Duration longest) {
        try {
            Path found = results().resolve(runs < 0 ? "corpus" : "short");
            if (runs >= 0 && Files.exists(found)) {
                TempFiles.delete(found); // Each build begins with the same inputs.
            }
            Files.createDirectories(found);
            Path log = results().resolve("log");
            // A few runs are over before the second compiler has earned what it costs.
            List<String> command = command(runs < 0 ? "-XX:+TieredCompilation" : "-XX:TieredStopAtLevel=1");
            command.add("-runs=" + runs);
            command.add("-max_total_time=" + longest.toSeconds());
            command.add(found.toString());
            command.add(corpus().toString());
            int exitCode = run(command, log, longest.plus(AFTER_TIME));
            if (exitCode != 0) {
                throw new AssertionError(target.getSimpleName() + " failed; see " + log + ":\n" + endOf(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds those inputs to the ones that are kept that cover what none of them does. */
    public void keep() {
        try {
            List<String> command = command("-XX:TieredStopAtLevel=1");
            command.add("-merge=1");
            command.add(corpus().toString());
            command.add(Files.createDirectories(results().resolve("corpus")).toString());
            Path log = results().resolve("merge.log");
            if (run(command, log, Duration.ofHours(1)) != 0) {
                throw new AssertionError("see " + log + ":\n" + endOf(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> command(String compilation) {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                compilation,
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "-Dlogback.configurationFile=fuzz-logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=io.amqproxy.impl.**",
                "--instrumentation_excludes="
                        + unguided.stream().map(one -> one.getName() + "**").collect(Collectors.joining(":")),
                "--disabled_hooks=" + UNRELATED.stream().map(SANITIZERS::concat).collect(Collectors.joining(":")),
                "--reproducer_path=" + results(),
                "-artifact_prefix=" + results() + "/",
                // Of the system it has the most that the process which started it ever took; -Xmx is the bound.
                "-rss_limit_mb=0",
                "-max_len=1000",
                "-seed=1"));
    }

    private static int run(List<String> command, Path log, Duration limit) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(limit.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)) {
                throw new IllegalStateException("Jazzer has not ended: " + log);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            Processes.end(process.toHandle());
        }
    }

    /** From the failure on, or the last lines. */
    private static String endOf(Path log) throws IOException {
        List<String> lines = new String(Files.readAllBytes(log), java.nio.charset.StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("INFO") && !line.startsWith("#"))
                .toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }
}
