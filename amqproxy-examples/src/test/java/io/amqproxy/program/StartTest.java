package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the JVM loads until the program listens, each class of which takes time. */
@Timeout(300)
@Tag("process")
class StartTest {

    private static final Pattern LATER =
            Pattern.compile("io\\.prometheus\\..*|io\\.netty\\..*|java\\.lang\\.management\\..*|.*\\.ProcessBuilder");

    @TempDir
    Path directory;

    /** Each table of options has one lambda that sets them all, and a few that read values or routes. */
    @Test
    void whatIsNotNeededToListenIsNotLoadedForIt() throws Exception {
        Path classes = directory.resolve("classes");
        List<String> command = new ArrayList<>(RunningProgram.command("-p", "0", "-b", "off", "amqp://127.0.0.1:1"));
        command.add(1, "-Xlog:class+load:file=" + classes);
        try (RunningProgram program = RunningProgram.start(new ProcessBuilder(command).redirectErrorStream(true))) {
            program.port();
            program.signal("TERM");
            assertThat(program.exitStatus()).isZero();
        }

        List<String> loaded = names(classes);
        assertThat(loaded).contains(Program.class.getName());
        assertThat(loaded).noneMatch(name -> LATER.matcher(name).matches());
        assertThat(loaded.stream().filter(name -> name.contains("Options$$Lambda")))
                .hasSizeLessThan(10);
    }

    private static List<String> names(Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .map(line -> line.replaceFirst("^(\\[[^]]*])+ *", "").split(" ", 2)[0])
                .toList();
    }
}
