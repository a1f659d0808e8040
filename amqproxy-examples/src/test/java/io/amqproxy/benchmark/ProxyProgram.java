package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.amqproxy.testkit.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the proxy under test is started: the project's program in a JVM of its own, with its own defaults.
 *
 * @param classPath where the program is
 * @param jvmArguments of its JVM
 * @param arguments of the program, besides where to listen and the broker
 */
record ProxyProgram(String classPath, List<String> jvmArguments, List<String> arguments) {

    private static final String MAIN = "io.amqproxy.program.Main";
    private static final String LOOPS = "--loops";
    /** By default. */
    private static final int PROCESSORS_PER_LOOP = 2;

    /** The program on the class path of this one. */
    static ProxyProgram ofThisClassPath() {
        // The class path of tests holds another configuration of the log, which would come first.
        return new ProxyProgram(
                System.getProperty("java.class.path"), List.of("-Dlogback.configurationFile="), List.of());
    }

    static ProxyProgram of(String classPath) {
        String options = System.getProperty("amqproxy.options");
        return new ProxyProgram(classPath, options == null ? List.of() : List.of("@" + options), List.of());
    }

    ProxyProgram with(List<String> moreJvmArguments, List<String> moreArguments) {
        return new ProxyProgram(
                classPath,
                joined(jvmArguments, moreJvmArguments.toArray(new String[0])),
                joined(arguments, moreArguments.toArray(new String[0])));
    }

    /**
     * The same with so many loops, whatever it had before, if the program lets one choose; otherwise by the number of
     * processors that it sees.
     */
    ProxyProgram withLoops(int loops) throws IOException {
        if (!hasOption(LOOPS)) {
            return new ProxyProgram(
                    classPath,
                    joined(jvmArguments, "-XX:ActiveProcessorCount=" + PROCESSORS_PER_LOOP * loops),
                    arguments);
        }
        List<String> others = new ArrayList<>(arguments);
        int place = others.indexOf(LOOPS);
        if (place >= 0) {
            others.subList(place, place + 2).clear();
        }
        return new ProxyProgram(classPath, jvmArguments, joined(others, LOOPS, Integer.toString(loops)));
    }

    /** With one loop, as HAProxy has one thread, if the program lets one choose. */
    ProxyProgram withOneLoop() throws IOException {
        return arguments.contains(LOOPS) ? this : withLoops(1);
    }

    private boolean hasOption(String option) throws IOException {
        List<String> command = Child.java(jvmArguments, "-cp", classPath, MAIN, "--help");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (InputStream output = process.getInputStream()) {
            return new String(output.readAllBytes(), UTF_8).contains(option);
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * The same with an archive of its classes, which it writes to this file; empty where it makes none, as it is no jar
     * or knows no archives.
     */
    Optional<ProxyProgram> withArchive(Path archive) throws IOException {
        if (!Files.isRegularFile(Path.of(classPath)) || !hasOption("--archive")) {
            return Optional.empty();
        }
        List<String> command = Child.java(List.of(), "-cp", classPath, MAIN, "--archive", archive.toString());
        Process process = new ProcessBuilder(command).inheritIO().start();
        process.onExit().join();
        return process.exitValue() == 0
                ? Optional.of(with(List.of("-XX:SharedArchiveFile=" + archive), List.of()))
                : Optional.empty();
    }

    private static List<String> joined(List<String> first, String... more) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(more));
        return all;
    }

    Started start(InetSocketAddress broker) throws IOException {
        return start("amqp", broker);
    }

    /** In front of a broker with TLS, whose certificate it does not look at. */
    Started startBeginningTls(InetSocketAddress broker) throws IOException {
        return with(List.of(), List.of("--upstream-tls-insecure", "yes")).start("amqps", broker);
    }

    /** With a second port for clients with TLS; the address is that one. */
    Started startEndingTls(Path certificate, Path key, InetSocketAddress broker) throws IOException {
        int port = Ports.free();
        List<String> tls = List.of(
                "--tls-listen", "127.0.0.1:" + port,
                "--tls-certificate", certificate.toString(),
                "--tls-key", key.toString());
        return Started.await(with(List.of(), tls).start("amqp", broker).child(), port);
    }

    private Started start(String scheme, InetSocketAddress broker) throws IOException {
        int port = Ports.free();
        List<String> command = Child.java(jvmArguments, "-cp", classPath, MAIN, "-p", Integer.toString(port));
        // Beside another proxy the usual port is taken.
        command.addAll(List.of("--http-port", "0"));
        command.addAll(arguments);
        command.add(scheme + "://" + broker.getAddress().getHostAddress() + ":" + broker.getPort());
        return Started.await(Child.start("The proxy", command, true), port);
    }
}
