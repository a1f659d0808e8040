package io.amqproxy.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that was started for the benchmark, and is ended with it, by its process id. */
final class Child implements AutoCloseable {

    private static final long END_SECONDS = 10;
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final String name;
    private final Process process;
    private final Path log;
    private final Thread hook;

    private Child(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        hook = new Thread(() -> process.destroyForcibly());
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Starts a program; what it writes to its standard error, and {@code log} wants of its output, goes to a file. */
    static Child start(String name, List<String> command, boolean outputToLog) throws IOException {
        Path log = Files.createTempFile("amqproxy-benchmark-", ".log");
        log.toFile().deleteOnExit();
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        if (outputToLog) {
            builder.redirectErrorStream(true).redirectOutput(log.toFile());
        }
        return new Child(name, builder.start(), log);
    }

    /** The command that starts a Java program as this one was started. */
    static List<String> java(List<String> jvmArguments, String... rest) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.addAll(List.of(rest));
        return command;
    }

    /**
     * Waits until the program listens.
     *
     * @return how long that took
     */
    long awaitPort(InetSocketAddress address) throws IOException {
        long begin = System.nanoTime();
        while (!listens(address)) {
            if (!process.isAlive() || System.nanoTime() - begin > START_NANOS) {
                throw new IOException(name + " does not listen. It said: " + logged());
            }
            pause();
        }
        return System.nanoTime() - begin;
    }

    private static boolean listens(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** For a moment, before one looks again. */
    static void pause() throws IOException {
        pause(1);
    }

    static void pause(long millis) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    Process process() {
        return process;
    }

    String logged() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(END_SECONDS, TimeUnit.SECONDS);
            }
            Runtime.getRuntime().removeShutdownHook(hook);
            Files.deleteIfExists(log);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IOException | IllegalStateException e) {
            // The log is in the directory for temporary files; or this program ends, and the hook does its part.
        }
    }
}
