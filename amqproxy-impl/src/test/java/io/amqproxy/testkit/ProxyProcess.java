package io.amqproxy.testkit;

import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyStats;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A proxy in a process of its own, which can be killed. It ends by itself if this JVM vanishes, as its standard input
 * ends then.
 */
public final class ProxyProcess implements AutoCloseable {

    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration GRACE = Duration.ofSeconds(2);
    /** Threads that come with the first look-ups, up to a number, and go when there are none for a while. */
    private static final String RESOLVER = "-resolver";

    private static final String READY = "ready";
    private static final String COUNT = "count";

    private final int port;
    private final List<Integer> brokerPorts;
    private Process process;
    private Writer questions;
    private BufferedReader answers;

    private ProxyProcess(int port, List<Integer> brokerPorts) {
        this.port = port;
        this.brokerPorts = List.copyOf(brokerPorts);
        launch();
    }

    /** Starts a proxy in front of brokers on this machine, and waits until it listens. */
    public static ProxyProcess before(Integer... brokerPorts) {
        return new ProxyProcess(Ports.free(), List.of(brokerPorts));
    }

    public int port() {
        return port;
    }

    /** Kills the process at once; {@link #startAgain()} starts another one at the same port. */
    public void kill() {
        Processes.end(process.toHandle());
    }

    /** Has the proxy drain and end, and waits for that. */
    public void drain() {
        Processes.endByInput(process);
    }

    public void startAgain() {
        launch();
    }

    /** {@return what the process holds just now} */
    public Count count() {
        try {
            questions.write(COUNT + "\n");
            questions.flush();
            String[] parts = answers.readLine().split(" ", -1);
            try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
                return new Count(
                        Integer.parseInt(parts[0]),
                        Integer.parseInt(parts[1]),
                        Integer.parseInt(parts[2]),
                        Integer.parseInt(parts[3]),
                        Long.parseLong(parts[4]),
                        (int) descriptors.count());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a proxy holds.
     *
     * @param clients clients that are connected
     * @param upstreams connections to brokers
     * @param leased channels that clients have
     * @param threads threads of the process, those apart that look names up
     * @param heap octets of the heap that are reachable
     * @param descriptors open file descriptors
     */
    public record Count(int clients, int upstreams, int leased, int threads, long heap, int descriptors) {}

    @Override
    public void close() {
        Processes.end(process.toHandle());
    }

    private void launch() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                ProxyProcess.class.getName(),
                Integer.toString(port)));
        brokerPorts.forEach(broker -> command.add(Integer.toString(broker)));
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.to(new File("target", "proxy-process.log")))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        questions = process.outputWriter(StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
        try {
            String line = answers.readLine();
            if (!READY.equals(line)) {
                throw new IllegalStateException("The proxy said " + line + " as it started");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The process: answers each line of its input with what it holds, and drains when the input ends. */
    public static void main(String[] arguments) throws Exception {
        List<String> brokers = Stream.of(arguments)
                .skip(1)
                .map(port -> "amqp://127.0.0.1:" + port)
                .toList();
        String[] more = brokers.subList(1, brokers.size()).toArray(String[]::new);
        try (AmqProxy proxy = AmqProxy.builder()
                        .upstream(brokers.get(0), more)
                        .listen(Integer.parseInt(arguments[0]))
                        .heartbeat(HEARTBEAT)
                        .idleTimeout(IDLE)
                        .start();
                BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println(READY);
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                System.out.println(describe(proxy.stats()));
            }
            proxy.drain(GRACE);
        }
    }

    private static String describe(ProxyStats stats) {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return "%d %d %d %d %d"
                .formatted(
                        stats.clients(),
                        stats.upstreams(),
                        stats.channelsLeased(),
                        Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> !thread.getName().contains(RESOLVER))
                                .count(),
                        runtime.totalMemory() - runtime.freeMemory());
    }
}
