package io.amqproxy.program;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes an archive of the program's classes (CDS), which a later JVM maps instead of loading each of them. The program
 * runs once for it, in a JVM of its own and on ports that nobody knows, answers over HTTP, and ends; the JVM writes the
 * archive then.
 */
final class ClassArchive {

    private static final long PATIENCE_SECONDS = 120;
    private static final int ANSWER_MILLIS = 30_000;
    private static final List<String> PATHS = List.of("/healthz", "/readyz", "/metrics", "/", "/stats.json");
    private static final Pattern HTTP = Pattern.compile(".*HTTP listening on 127\\.0\\.0\\.1:(\\d+).*");

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
        Path fresh = Files.createTempFile(directory, file.getFileName() + ".", ".new");
        try {
            Files.delete(fresh); // The JVM does not write over a file.
            run(jar, fresh);
            if (!Files.isRegularFile(fresh)) {
                throw new IOException("the JVM made none");
            }
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static void run(Path jar, Path fresh) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx256m", // A large heap has other pointers, with which an archive is of no use to others.
                        "-Xlog:disable",
                        "-Xlog:all=error:stderr",
                        "-XX:ArchiveClassesAtExit=" + fresh,
                        "-classpath",
                        jar.toString(),
                        Main.class.getName(),
                        "--listen=127.0.0.1",
                        "--port=0",
                        "--http-port=0",
                        "amqp://127.0.0.1:1")
                .redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> Options.ALL.stream()
                .anyMatch(option -> option.environment().contains(name)));
        Process program = builder.start();
        Thread end = new Thread(program::destroyForcibly, "end-of-archive");
        Runtime.getRuntime().addShutdownHook(end);
        Thread watch = new Thread(() -> endLate(program), "archive-patience");
        watch.setDaemon(true);
        watch.start();
        try (BufferedReader said = program.inputReader(StandardCharsets.UTF_8)) {
            String last = use(program, said);
            int status = program.waitFor();
            if (status != ExitStatus.OK) {
                throw new IOException("the program ended with status " + status + ": " + last);
            }
        } finally {
            program.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }

    private static void endLate(Process program) {
        try {
            if (!program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                program.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks what may be asked of it, and has it end; returns the last line that it wrote. */
    private static String use(Process program, BufferedReader said) throws IOException {
        String last = "";
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            last = line;
            Matcher http = HTTP.matcher(line);
            if (http.matches()) {
                for (String path : PATHS) {
                    get(Integer.parseInt(http.group(1)), path);
                }
                program.toHandle().destroy(); // The other one closes what is still to be read.
            }
        }
        return last;
    }

    private static void get(int port, String path) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                InputStream in = socket.getInputStream();
                OutputStream out = socket.getOutputStream()) {
            socket.setSoTimeout(ANSWER_MILLIS);
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
