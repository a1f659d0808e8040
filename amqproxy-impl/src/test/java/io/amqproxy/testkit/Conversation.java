package io.amqproxy.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a child process prints until its end. A line that begins with {@code ?} asks for something; once that is done
 * the process gets a line of input.
 */
final class Conversation {

    private static final String QUESTION = "? ";

    private Conversation() {}

    /**
     * Runs the process.
     *
     * @param limit how long it may take, what it asks for included; it is ended then
     * @param helper does what the process asks for
     * @return what it printed, questions included
     * @throws AssertionError if it does not end well
     */
    static List<String> with(ProcessBuilder builder, Duration limit, Consumer<String> helper) {
        List<String> lines = new ArrayList<>();
        try {
            Process process = builder.redirectErrorStream(true).start();
            CompletableFuture<Void> end = CompletableFuture.runAsync(
                    process::destroyForcibly,
                    CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS));
            try (BufferedReader out = new BufferedReader(
                            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                    OutputStream in = process.getOutputStream()) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    lines.add(line);
                    if (line.startsWith(QUESTION)) {
                        helper.accept(line.substring(QUESTION.length()));
                        in.write('\n');
                        in.flush();
                    }
                }
                process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            } finally {
                end.cancel(false);
                Processes.end(process.toHandle());
            }
            if (process.exitValue() != 0) {
                throw new AssertionError("%s: exit code %d%n%s"
                        .formatted(builder.command(), process.exitValue(), String.join(System.lineSeparator(), lines)));
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
