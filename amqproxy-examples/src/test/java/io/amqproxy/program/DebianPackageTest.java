package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.Ports;
import io.amqproxy.testkit.Processes;
import io.amqproxy.testkit.Requirements;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Debian package, as the build has left it, on this machine: in a root of its own, which sees the machine's files,
 * and whose changes are gone with it.
 */
@Timeout(600)
@Tag("broker")
@Tag("process")
class DebianPackageTest {

    private static final Path PACKAGE = Path.of("target", "amqproxy.deb").toAbsolutePath();
    private static final Duration LIMIT = Duration.ofMinutes(15);

    @TempDir
    private Path directory;

    @BeforeEach
    void findPackage() {
        Requirements.check(Files.exists(PACKAGE), "target/amqproxy.deb, which the phase package makes");
        Requirements.check(run("dpkg-deb", "--version").exitCode() == 0, "dpkg");
    }

    private static Processes.Output run(String... command) {
        return Processes.run(new ProcessBuilder(command), LIMIT);
    }

    private static String textOf(String... command) {
        Processes.Output output = run(command);
        assertThat(output.exitCode()).as(output.text() + output.errors()).isZero();
        return output.text();
    }

    @Test
    void itHasWhatAnAdministratorLooksFor() {
        assertThat(textOf("dpkg-deb", "--contents", PACKAGE.toString()))
                .containsPattern("-rwxr-xr-x root/root .* \\./usr/bin/amqproxy\n")
                .containsPattern("-rw-r----- root/root .* \\./etc/amqproxy/amqproxy.ini\n")
                .contains(
                        "./usr/share/amqproxy/amqproxy.jar\n",
                        "./usr/share/amqproxy/amqproxy.options\n",
                        "./usr/lib/systemd/system/amqproxy.service\n",
                        "./usr/lib/systemd/system/amqproxy@.service\n",
                        "./usr/lib/systemd/system/amqproxy.socket\n",
                        "./usr/share/man/man1/amqproxy.1.gz\n",
                        "./usr/share/doc/amqproxy/copyright\n");
        assertThat(textOf("dpkg-deb", "--field", PACKAGE.toString()))
                .containsPattern("(?m)^Package: amqproxy$")
                .containsPattern("(?m)^Version: \\d+\\.\\d+\\.\\d+(~SNAPSHOT)?$")
                .containsPattern("(?m)^Architecture: all$");
    }

    @Test
    void itIsInstalledStartedUpgradedRemovedAndPurged() throws Exception {
        Assumptions.assumeTrue(textOf("id", "-u").equals("0\n"), "Only root can install packages");
        Processes.Output tried = inOverlay("nothing.sh");
        Assumptions.assumeTrue(tried.exitCode() == 0, "No root of its own can be made here: " + tried.errors());

        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            Processes.Output output = inOverlay(
                    "package.sh",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    Integer.toString(broker.port()),
                    Integer.toString(Ports.free()),
                    Integer.toString(Ports.free()));
            assertThat(output.exitCode()).as(output.text() + output.errors()).isZero();
            assertThat(output.text().lines())
                    .contains(
                            "installed",
                            "amqproxy: the configuration is valid",
                            "ready",
                            "ended with 0",
                            "upgraded, and the configuration is as it was",
                            "removed, and the configuration is there",
                            "purged");
        }
    }

    /** Runs a script in a root of its own, whose processes end with it. */
    private Processes.Output inOverlay(String script, String... arguments) {
        ProcessBuilder builder = new ProcessBuilder("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh");
        builder.command().add(script("overlay.sh").toString());
        builder.command()
                .addAll(List.of(
                        directory.toString(), PACKAGE.toString(), script(script).toString()));
        builder.command().addAll(List.of(arguments));
        return Processes.run(builder, LIMIT);
    }

    private static Path script(String name) {
        return Path.of("src/test/resources/io/amqproxy/program", name).toAbsolutePath();
    }
}
