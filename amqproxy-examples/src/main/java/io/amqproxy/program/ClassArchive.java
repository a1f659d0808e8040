package io.amqproxy.program;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Makes an archive of the classes that the program needs for its start and its clients, those of Java included (CDS),
 * which a later JVM maps instead of loading each of them. The program runs once to tell which they are, in a JVM of its
 * own and on ports that nobody knows; another JVM writes the archive then. What serves HTTP is not in it, as all of an
 * archive is resident, and that comes with the first who asks.
 */
final class ClassArchive {

    private static final long PATIENCE_SECONDS = 120;
    private static final String LISTENING = "HTTP listening on ";
    /** Errors only; there are classes that cannot be archived, each of which would have its line. */
    private static final List<String> QUIET = List.of("-Xlog:disable", "-Xlog:all=error:stderr");
    /** A large heap has other pointers, and other collectors do not archive what is in it. */
    private static final List<String> HEAP = List.of("-Xmx256m", "-XX:+UseG1GC");

    private final Path file;

    /** @param file where it is to be; what is there before stays if none can be made */
    ClassArchive(Path file) {
        this.file = file.toAbsolutePath();
    }

    /** @throws IOException if there is none; the message says why */
    void make() throws IOException, InterruptedException {
        Path jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
        if (!Files.isRegularFile(jar)) {
            throw new IOException("only a program that runs from its jar has one");
        }
        Path directory = file.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new IOException("there is no directory for " + file);
        }
        Path classes = Files.createTempFile("amqproxy-", ".classes");
        Path fresh = Files.createTempFile(directory, file.getFileName() + ".", ".new");
        try {
            Files.delete(fresh); // The JVM does not write over a file.
            listClasses(jar, classes);
            List<String> dump = java("-Xshare:dump", "-XX:SharedClassListFile=" + classes);
            dump.addAll(List.of("-XX:SharedArchiveFile=" + fresh, "-classpath", jar.toString()));
            run(dump, (line, jvm) -> {});
            if (!Files.isRegularFile(fresh)) {
                throw new IOException("the JVM made none");
            }
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(classes);
            Files.deleteIfExists(fresh);
        }
    }

    private static List<String> java(String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(QUIET);
        command.addAll(HEAP);
        command.addAll(List.of(options));
        return command;
    }

    /** The first clients, which the program serves itself, were there when it listens. */
    private static void listClasses(Path jar, Path classes) throws IOException, InterruptedException {
        List<String> command = java("-Xshare:auto", "-XX:DumpLoadedClassList=" + classes);
        command.addAll(List.of("-classpath", jar.toString(), Main.class.getName()));
        command.addAll(List.of("--listen=127.0.0.1", "--port=0", "--http-port=0", "amqp://127.0.0.1:1"));
        run(command, (line, program) -> {
            if (line.contains(LISTENING)) {
                program.toHandle().destroy(); // The process itself would close what is still to be read.
            }
        });
    }

    /** Is told of each line of a process. */
    private interface Lines {
        void on(String line, Process process);
    }

    private static void run(List<String> command, Lines lines) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Set<String> environment = builder.environment().keySet();
        environment.removeAll(Set.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
        Options.ALL.forEach(option -> environment.removeAll(option.environment()));
        Process process = builder.start();
        Thread end = new Thread(process::destroyForcibly, "end-of-archive");
        Runtime.getRuntime().addShutdownHook(end);
        Thread patience = new Thread(() -> endLate(process), "archive-patience");
        patience.setDaemon(true);
        patience.start();
        String last = "";
        try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                last = line;
                lines.on(line, process);
            }
            int status = process.waitFor();
            if (status != ExitStatus.OK) {
                throw new IOException("Java ended with status " + status + ": " + last);
            }
        } finally {
            process.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }

    private static void endLate(Process process) {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
