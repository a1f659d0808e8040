package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.Authority;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line, as far as nothing is started. */
@Tag("process")
class MainTest {

    @TempDir
    private Path directory;

    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--no-such-option amqp://127.0.0.1",
                "-p 65536 amqp://127.0.0.1",
                "-p -1 amqp://127.0.0.1",
                "-p five amqp://127.0.0.1",
                "-p",
                "-p 1 --port 2 amqp://127.0.0.1",
                "--http-tokn=s3cret amqp://127.0.0.1",
                "--por 1 amqp://127.0.0.1",
                "--check=s3cret amqp://127.0.0.1",
                "-c",
                "-c no-such-file",
                "--term-client-close-timeout -1 amqp://127.0.0.1",
                "http://127.0.0.1",
                "amqp://127.0.0.1:99999",
                "--check amqp://127.0.0.1?heartbeat=5",
                "127.0.0.1",
                "http://somebody:s3cret@127.0.0.1",
                "-p amqp://somebody:s3cret@127.0.0.1",
                "amqp://127.0.0.1 amqp://somebody:s3cret@127.0.0.1",
                "amqp://127.0.0.1 -x=amqp://somebody:s3cret@127.0.0.1",
            })
    void wrongArgumentsGetOneLineAndStatus2(String arguments) throws Exception {
        int status = execute(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));

        assertThat(status).isEqualTo(2);
        assertThat(errors.toString()).hasLineCount(1).startsWith("amqproxy: ").doesNotContain("s3cret");
        assertThat(output.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "-h, --term-client-close-timeout",
        "--help, MAX_UPSTREAM_CHANNELS",
        "--help, Limits:",
        "--help, --acquire-timeout=<time>",
        "--help, --max-message-size=<size>",
        "--help, --max-connections=<number>",
        "--help, a number of seconds",
        "-v, amqproxy ",
        "--version, amqproxy "
    })
    void helpAndVersionAreTold(String argument, String expected) throws Exception {
        int status = execute(argument);

        assertThat(status).isZero();
        assertThat(output.toString()).contains(expected);
    }

    @Test
    void aValidConfigurationIsCheckedWithoutRunning() throws Exception {
        Path file =
                Files.writeString(directory.resolve("a.ini"), "upstream = amqp://broker.invalid\n[listen]\nport=1\n");

        int status = execute("--check", "--config", file.toString());

        assertThat(status).isZero();
        assertThat(output.toString()).isEqualTo("amqproxy: the configuration is valid\n");
    }

    @Test
    void eachProblemOfAConfigurationIsALine() throws Exception {
        Path file =
                Files.writeString(directory.resolve("b.ini"), "upstream = amqp://broker\ncolour = red\nloops = x\n");

        int status = execute("--check", "-c", file.toString());

        assertThat(status).isEqualTo(2);
        assertThat(errors.toString())
                .isEqualTo("amqproxy: " + file + " line 2: unknown key colour in [main]\n" + "amqproxy: " + file
                        + " line 3: loops: expected a number from 1 to 64\n");
    }

    @Test
    void aCheckReadsCertificatesAndKeysAndSaysWhichFileIsOfNoUse() throws Exception {
        Authority authority = Authority.named("test");
        Authority.Issued issued = authority.issue("localhost", "localhost");
        Path chain = issued.writeCertificate(directory.resolve("chain.pem"));
        Path key = issued.writeKey(directory.resolve("key.pem"));
        Path foreign = authority.issue("other", "other").writeKey(directory.resolve("other.pem"));
        Path nothing = Files.createFile(directory.resolve("nothing.pem"));
        Path missing = directory.resolve("missing.pem");

        assertThat(check("--tls-listen 127.0.0.1:5671 --tls-certificate", chain, key))
                .isEmpty();
        assertThat(check("--tls-listen 127.0.0.1:5671 --tls-certificate", chain, foreign))
                .isEqualTo("amqproxy: TLS at 127.0.0.1:5671 is not possible: the key in " + foreign
                        + " does not belong to the first certificate in " + chain);
        assertThat(check("--tls-listen 127.0.0.1:5671 --tls-certificate", nothing, key))
                .isEqualTo("amqproxy: TLS at 127.0.0.1:5671 is not possible: " + nothing + " has no certificate");
        assertThat(check("--tls-listen 127.0.0.1:5671 --tls-certificate", directory, key))
                .startsWith("amqproxy: TLS at 127.0.0.1:5671 is not possible: " + directory + " is no regular file");
        assertThat(check("--upstream-certificate", missing, key))
                .isEqualTo("amqproxy: TLS with the broker is not possible: " + missing + " cannot be read");
    }

    private String check(String option, Path chain, Path key) throws Exception {
        errors.getBuffer().setLength(0);
        String keyOption = option.contains("upstream") ? "--upstream-key" : "--tls-key";
        String[] options =
                (option + ' ' + chain + ' ' + keyOption + ' ' + key + " --check amqps://127.0.0.1").split(" ", -1);
        int status = execute(options);
        assertThat(status).isEqualTo(errors.toString().isEmpty() ? 0 : 2);
        return errors.toString().strip();
    }

    private int execute(String... arguments) throws InterruptedException {
        return new Main(Map.of(), new PrintWriter(output, true), new PrintWriter(errors, true)).run(arguments);
    }
}
