package io.amqproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Child processes: run to their end, or ended. */
public final class Processes {

    private static final Duration END_LIMIT = Duration.ofMinutes(2);

    private Processes() {}

    /**
     * Runs a program to its end, without input.
     *
     * @throws UncheckedIOException if it cannot be started
     * @throws IllegalStateException if it has not ended within the limit; it has been ended then
     */
    public static Output run(ProcessBuilder builder, Duration limit) {
        Path directory = TempFiles.createDirectory("run");
        Path output = directory.resolve("output");
        Path errors = directory.resolve("errors");
        try {
            Process process = builder.redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            process.getOutputStream().close();
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("Not done within %d s: %s%n%s%s"
                            .formatted(
                                    limit.toSeconds(),
                                    String.join(" ", builder.command()),
                                    text(output),
                                    text(errors)));
                }
            } finally {
                end(process.toHandle());
            }
            return new Output(process.exitValue(), text(output), text(errors));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            TempFiles.delete(directory);
        }
    }

    /** Whether a program exists and ends well within the limit. */
    static boolean succeeds(ProcessBuilder builder, Duration limit) {
        try {
            return run(builder, limit).exitCode() == 0;
        } catch (UncheckedIOException | IllegalStateException e) {
            return false; // There is no such program, or it hangs.
        }
    }

    /** Whether a command exists and ends well. */
    static boolean succeeds(String... command) {
        return succeeds(new ProcessBuilder(command), END_LIMIT);
    }

    /** Ends a process and all it has started, at once, and waits until they are gone. */
    static void end(ProcessHandle process) {
        List<ProcessHandle> family =
                Stream.concat(Stream.of(process), process.descendants()).toList();
        family.forEach(ProcessHandle::destroyForcibly);
        // Not by onExit(), which looks for processes other than children less and less often.
        Await.until("the end of " + family, END_LIMIT, () -> family.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** Sends a signal, like {@code STOP}. */
    static void signal(ProcessHandle process, String signal) {
        Output output = run(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())), END_LIMIT);
        if (output.exitCode() != 0) {
            throw new IllegalStateException(output.errors());
        }
    }

    /** Ends a child process that ends itself, and all it has started, when its standard input ends. */
    static void endByInput(Process process) {
        try {
            process.getOutputStream().close();
            process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end(process.toHandle());
        }
    }

    /** Unlike {@code readString}, does not mind bytes that are not UTF-8. */
    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    /** What a program left behind. */
    public record Output(int exitCode, String text, String errors) {}
}
