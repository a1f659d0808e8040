package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The archive of classes that the program makes of itself. */
@Timeout(300)
@Tag("broker")
@Tag("process")
class ClassArchiveTest {

    @TempDir
    private Path directory;

    private record Ended(int status, String output) {}

    private Ended java(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theProgramIsLoadedFromTheArchiveThatItMade() throws Exception {
        ProgramJar.write(directory.resolve("program.jar"));
        String main = Main.class.getName();
        Files.writeString(directory.resolve("a.jsa"), "of long ago");

        Ended making = java("-classpath", "program.jar", main, "--archive", "a.jsa");

        assertThat(making).isEqualTo(new Ended(0, ""));
        assertThat(files()).containsExactly("a.jsa", "program.jar");
        Ended using = java(
                "-XX:SharedArchiveFile=a.jsa",
                "-Xlog:class+load",
                "-classpath",
                "program.jar",
                main,
                "--check",
                "amqp://a");
        assertThat(using.status).isZero();
        assertThat(using.output.lines().filter(line -> line.contains(' ' + main + ' ')))
                .singleElement()
                .asString()
                .contains("shared objects file");
    }

    @Test
    void whatHasNoJarHasNone() throws Exception {
        Ended making = java(
                RunningProgram.command("--archive", "a.jsa").stream().skip(1).toArray(String[]::new));

        assertThat(making)
                .isEqualTo(new Ended(
                        1, "amqproxy: no archive of classes: only a program that runs from its jar has one\n"));
        assertThat(files()).isEmpty();
    }
}
