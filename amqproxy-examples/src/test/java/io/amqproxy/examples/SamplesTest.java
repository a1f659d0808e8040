package io.amqproxy.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.EmbeddedBroker;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All samples of the documents and of the API's Javadoc are compiled and run, as they are but for names and ports. */
@Timeout(300)
@Tag("broker")
class SamplesTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern IN_MARKDOWN = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
    private static final Pattern IN_JAVADOC = Pattern.compile("(?s)<pre>\\{@code\\n(.*?)\\n *\\* }</pre>");

    private static final String FRAME = """
            import io.amqproxy.*;
            import io.amqproxy.LeaseRequest.Purpose;
            import io.amqproxy.faults.*;
            import io.amqproxy.testing.*;
            import io.amqproxy.trace.*;
            import static io.amqproxy.trace.TraceMatcher.published;
            import java.nio.file.*;
            import java.time.*;
            import java.util.*;
            import java.util.concurrent.*;

            public final class Sample extends io.amqproxy.examples.SampleSurroundings {
                public Sample(io.amqproxy.testkit.EmbeddedBroker broker, Path directory) {
                    super(broker, directory);
                }

                @Override
                protected void sample() throws Exception {
            %s
                }
            }
            """;

    @TempDir
    private static Path files;

    @AutoClose
    private static EmbeddedBroker broker;

    @TempDir
    private Path directory;

    /**
     * A sample.
     *
     * @param where its file, and which one it is there
     * @param text as a reader sees it
     */
    private record Found(String where, String text) {

        /** With addresses of this machine, files that exist, and something for what it leaves out. */
        String runnable() {
            return text.replaceAll("\"amqp://broker(\\.example)?\"", "plain()")
                    .replaceAll("\"amqps://broker(\\.example)?\"", "secure()")
                    .replaceAll("listen\\(5673\\)", "listen(0)")
                    .replaceAll("\"(127\\.0\\.0\\.1|0\\.0\\.0\\.0)\", 567[13]", "\"127.0.0.1\", 0")
                    .replace("Path.of(", "file(")
                    .replaceAll("(?m)^\\s+\\.\\.\\.$", "talk();");
        }

        @Override
        public String toString() {
            return where;
        }
    }

    @BeforeAll
    static void start() {
        broker = SampleSurroundings.startBroker(files);
    }

    private static List<Found> samples() throws IOException {
        List<Found> found = new ArrayList<>();
        List<Path> documents = List.of(
                ROOT.resolve("README.md"),
                ROOT.resolve("amqproxy-api/GUIDE.md"),
                ROOT.resolve("amqproxy-api/TESTING.md"),
                ROOT.resolve("amqproxy-impl/BEHAVIOUR.md"),
                ROOT.resolve("amqproxy-impl/AMQP10.md"),
                ROOT.resolve("amqproxy-examples/PROGRAM.md"));
        for (Path document : documents) {
            found.addAll(in(document, IN_MARKDOWN));
        }
        try (Stream<Path> sources = Files.walk(ROOT.resolve("amqproxy-api/src/main/java"))) {
            for (Path source : sources.filter(Files::isRegularFile).sorted().toList()) {
                found.addAll(in(source, IN_JAVADOC));
            }
        }
        return found;
    }

    private static List<Found> in(Path file, Pattern pattern) throws IOException {
        List<String> texts = pattern.matcher(Files.readString(file))
                .results()
                .map((MatchResult match) -> match.group(1).replaceAll("(?m)^ *\\* ?", ""))
                .toList();
        List<Found> found = new ArrayList<>();
        for (String text : texts) {
            found.add(new Found(ROOT.relativize(file) + " " + (found.size() + 1), text));
        }
        return found;
    }

    @Test
    void thereAreSamples() throws IOException {
        assertThat(samples()).hasSizeGreaterThanOrEqualTo(9);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void aSampleCompilesAndRuns(Found sample) throws Exception {
        Path source = directory.resolve("Sample.java");
        Files.writeString(source, FRAME.formatted(sample.runnable()));
        StringWriter said = new StringWriter();
        boolean compiles = ToolProvider.getSystemJavaCompiler()
                .getTask(
                        said,
                        null,
                        null,
                        List.of("-proc:none", "-classpath", System.getProperty("java.class.path")),
                        null,
                        ToolProvider.getSystemJavaCompiler()
                                .getStandardFileManager(null, null, null)
                                .getJavaFileObjects(source))
                .call();
        assertThat(compiles).as(said.toString()).isTrue();

        URL[] classes = {directory.toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(classes, SamplesTest.class.getClassLoader())) {
            loader.setDefaultAssertionStatus(true);
            SampleSurroundings surroundings = (SampleSurroundings) loader.loadClass("Sample")
                    .getConstructor(EmbeddedBroker.class, Path.class)
                    .newInstance(broker, files);
            surroundings.run(sample.text().contains("builder."));
            boolean talks = sample.runnable().contains("talk();")
                    || sample.text().contains("builder.")
                    || sample.text().contains("orders.")
                    || sample.text().contains("warehouse.");
            assertThat(surroundings.hasTalked()).isEqualTo(talks);
        } catch (InvocationTargetException failure) {
            throw new AssertionError(sample.where(), failure.getCause());
        }
    }
}
