package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.DefaultSignals;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program as a process of its own, with what it writes. One that says nothing more is ended after a while. */
final class RunningProgram implements AutoCloseable {

    private static final long LIMIT_MINUTES = 10;
    private static final Pattern LISTENING = Pattern.compile(".*Proxy listening on 127\\.0\\.0\\.1:(\\d+).*");

    private final Process process;
    private final BufferedReader reader;
    private final List<String> output = new ArrayList<>();

    private RunningProgram(Process process) {
        this.process = process;
        this.reader = process.inputReader(StandardCharsets.UTF_8);
        CompletableFuture.delayedExecutor(LIMIT_MINUTES, TimeUnit.MINUTES).execute(process::destroyForcibly);
    }

    /** Starts it on free ports. */
    static RunningProgram start(String... arguments) throws IOException {
        return start(new ProcessBuilder(command(arguments)).redirectErrorStream(true));
    }

    static RunningProgram start(ProcessBuilder builder) throws IOException {
        Map<String, String> environment = builder.environment();
        Options.ALL.forEach(option -> environment.keySet().removeAll(option.environment()));
        environment.remove("JOURNAL_STREAM");
        builder.command(DefaultSignals.command(builder.command()));
        return new RunningProgram(builder.start());
    }

    static List<String> command(String... arguments) {
        // The test class path holds a logback-test.xml, which would come first.
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=",
                "-classpath",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** {@return the port that it listens on, once it says so} */
    int port() throws IOException {
        return Integer.parseInt(awaitLine(LISTENING).group(1));
    }

    Matcher awaitLine(String pattern) throws IOException {
        return awaitLine(Pattern.compile(".*" + pattern + ".*"));
    }

    private Matcher awaitLine(Pattern pattern) throws IOException {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            output.add(line);
            Matcher matcher = pattern.matcher(line);
            if (matcher.matches()) {
                return matcher;
            }
        }
        throw new AssertionError("The program ended without a line like " + pattern + ": " + output);
    }

    /** Reads on until there is a text, which need not end its line. */
    void awaitText(String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            int next = reader.read();
            if (next < 0) {
                throw new AssertionError("The program ended without " + text + ": " + output + read);
            }
            read.append((char) next);
        }
    }

    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    Process process() {
        return process;
    }

    int exitStatus() throws IOException, InterruptedException {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            output.add(line);
        }
        return process.waitFor();
    }

    List<String> output() {
        return output;
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
