package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import ch.qos.logback.classic.Level;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest extends ConfigurationFixture {

    @Test
    void theKeysOfTheReferenceProductAreUnderstood() throws Exception {
        Setup setup = read("""
                [main]
                upstream = amqp://broker:5672
                log_level = debug
                idle_connection_timeout = 5
                max_upstream_channels = 2047
                term_timeout = 30
                term_client_close_timeout = 2

                ; where it listens
                [listen]
                bind = 127.0.0.2
                port = 5700
                http_port = 15700
                """).setup();

        assertThat(setup.logLevel).isEqualTo(Level.DEBUG);
        assertThat(setup.termTimeout).contains(Duration.ofSeconds(30));
        assertThat(setup.clientCloseTimeout).isEqualTo(Duration.ofSeconds(2));
        assertThat(setup.listenAddress).isEqualTo("127.0.0.2");
        assertThat(setup.listenPort).isEqualTo(5700);
        assertThat(setup.httpPort).isEqualTo(15_700);
        assertThat(setup.hasUpstream).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "1001,,, 1001",
        "1001, 1002,, 1002",
        "1001,, 1003, 1003",
        "1001, 1002, 1003, 1003",
        ", 1002, 1003, 1003",
        ", 1002,, 1002",
        ",,, 5673",
    })
    void theCommandLineBeatsTheEnvironmentWhichBeatsTheFile(
            String inFile, String inEnvironment, String onCommandLine, int expected) throws Exception {
        if (inEnvironment != null) {
            environment.put("LISTEN_PORT", inEnvironment);
        }
        if (onCommandLine != null) {
            commandLine.put("port", onCommandLine);
        }

        Configuration configuration = read(UPSTREAM + (inFile == null ? "" : "[listen]\nport=" + inFile));

        assertThat(configuration.setup().listenPort).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1:5673, 127.0.0.1, 15673, port and tls-listen are both port 5673",
        "127.0.0.1, 0.0.0.0:5673, 127.0.0.1, 15673, port and tls-listen are both port 5673",
        "127.0.0.1, '[::]:5673', 127.0.0.1, 15673, port and tls-listen are both port 5673",
        "::1, '[0:0:0:0:0:0:0:1]:5673', 127.0.0.1, 15673, port and tls-listen are both port 5673",
        "127.0.0.1, 127.0.0.1:5671, 127.0.0.1, 5673, port and http-port are both port 5673",
        "127.0.0.1, 127.0.0.1:5671,, 5671, tls-listen and http-port are both port 5671",
        "Proxy.example, proxy.example:5673, 127.0.0.1, 15673, port and tls-listen are both port 5673",
    })
    void portsThatCannotBothBeListenedOnAreFoundBeforeTheProgramRuns(
            String listen, String tlsListen, String httpAddress, String httpPort, String problem) {
        commandLine.put("listen", listen);
        commandLine.put("tls-listen", tlsListen);
        commandLine.put("tls-certificate", "none.pem");
        if (httpAddress != null) {
            commandLine.put("http-address", httpAddress);
        }
        commandLine.put("http-port", httpPort);

        assertThatThrownBy(() -> read(UPSTREAM))
                .asInstanceOf(type(BadConfiguration.class))
                .satisfies(bad -> assertThat(bad.problems()).contains(problem));
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.2, 5673", "127.0.0.1, ::1, 5673", "0.0.0.0, 0.0.0.0, 15673", "a, b, 5673"})
    void portsOfDifferentAddressesAreNoConflict(String listen, String httpAddress, String httpPort) throws Exception {
        commandLine.put("listen", listen);
        commandLine.put("http-address", httpAddress);
        commandLine.put("http-port", httpPort);

        assertThat(read(UPSTREAM).setup().httpPort).isEqualTo(Integer.parseInt(httpPort));
    }

    @Test
    void freePortsAreNoConflict() throws Exception {
        commandLine.put("port", "0");
        commandLine.put("http-port", "0");

        assertThat(read(UPSTREAM).setup().listenPort).isZero();
    }

    static List<Option<?>> options() {
        return Options.ALL;
    }

    /** One value each that differs from the default, and three sources that hold different ones. */
    @ParameterizedTest
    @MethodSource("options")
    void everyOptionKeepsToThePrecedence(Option<?> option) throws Exception {
        List<String> values = samples(option);
        String key = option.keys().get(0);
        String file = (option.name().equals("upstream") ? "" : UPSTREAM) + "[" + option.section() + "]\n"
                + companions(option) + key + " = " + values.get(0) + "\n";

        Configuration fromFile = read(file);
        assertThat(fromFile.changesSince(read(file.replace(values.get(0), values.get(1)))))
                .containsExactly(option);
        environment.put(option.environment().get(0), values.get(1));
        assertThat(read(file).changesSince(fromFile)).containsExactly(option);
        commandLine.put(option.name(), values.get(0));
        assertThat(read(file).changesSince(fromFile)).isEmpty();
    }

    /** What an option is refused without. */
    private String companions(Option<?> option) {
        if (!option.section().equals("tls")) {
            return "";
        }
        environment.put("AMQP_URL", "amqps://broker");
        return Stream.of(
                        "listen = 127.0.0.1:5",
                        "certificate = a",
                        "client_ca = b",
                        "client_auth = request",
                        "upstream_certificate = c",
                        "upstream_ca = d")
                .filter(line -> !line.startsWith(option.keys().get(0) + ' '))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static List<String> samples(Option<?> option) {
        return switch (option.name()) {
            case "upstream" -> List.of("amqp://one", "amqp://two");
            case "listen", "http-address" -> List.of("127.0.0.3", "127.0.0.4");
            case "tls-listen" -> List.of("127.0.0.1:31", "[::1]:32");
            case "tls-client-auth" -> List.of("require", "request");
            case "upstream-tls-insecure", "tell-losses", "upstream-proxy-protocol" -> List.of("yes", "no");
            case "http-allow", "allow-addresses", "deny-addresses", "proxy-protocol-from" ->
                List.of("10.0.0.0/8", "::1");
            case "max-incomplete-bytes", "max-buffer-bytes" -> List.of("2M", "3M");
            case "log-level" -> List.of("trace", "error");
            case "log-format" -> List.of("json", "text");
            case "policy" -> List.of("exclusive", "multiplexed");
            case "endpoint-choice" -> List.of("round-robin", "ordered");
            case "inherited-socket" -> List.of("plain", "none");
            case "close-mode" -> List.of("fenced", "immediate");
            case "max-client-backlog" -> List.of("100k", "200k");
            default -> List.of("31", "32");
        };
    }

    @Test
    void noTwoOptionsShareAName() {
        Set<String> names = new HashSet<>();
        for (Option<?> option : Options.ALL) {
            option.flags().forEach(flag -> assertThat(names.add(flag)).as(flag).isTrue());
            option.environment()
                    .forEach(variable ->
                            assertThat(names.add(variable)).as(variable).isTrue());
            option.keys()
                    .forEach(key -> assertThat(names.add(option.section() + '.' + key))
                            .as(key)
                            .isTrue());
        }
    }

    @Test
    void theCommittedDocumentIsWhatTheTableGenerates() throws Exception {
        assertThat(Path.of("OPTIONS.md"))
                .as("write it anew with: mvn -q -DskipTests package exec:exec"
                        + " -Dexec.mainClass=io.amqproxy.program.OptionsDocument")
                .hasContent(OptionsDocument.text());
        assertThat(Path.of("packaging", "amqproxy.ini")).hasContent(OptionsDocument.example());
        assertThat(Path.of("packaging", "amqproxy.1")).hasContent(ManPage.text());
        try (InputStream packed = Files.newInputStream(Path.of("packaging", "debian", "amqproxy.1.gz"));
                InputStream page = new GZIPInputStream(packed)) {
            assertThat(new String(page.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(ManPage.text());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "upstrem = amqp://broker | line 1: unknown key upstrem in [main]",
                "[mian]\\nupstream = amqp://broker | line 2: unknown section [mian]",
                "[listen]\\nupstream = amqp://broker | line 2: unknown key upstream in [listen]",
                "upstream | line 1: expected key = value or [section]",
                "# c\\n\\n= amqp://broker | line 3: expected key = value or [section]",
                "upstream = amqp://b\\nupstream = amqp://c | line 2: upstream was given before: FILE line 1: upstream",
                "[listen]\\nport = five | line 2: port: expected a number from 0 to 65535",
                "upstream = http://somebody:s3cret@broker |"
                        + " line 1: upstream: the upstream has to be amqp or amqps, as in amqp://host:5672",
                "max_client_backlog = 1k | line 1: max_client_backlog: expected bytes, as in 65536, 64k or 16M, at least 64k"
                        + " and at most 2147483647",
                "credential_ttl = 0ms | line 1: credential_ttl: expected seconds, or a time as in 500ms, 10s, 5m, 1h, at most"
                        + " 365d and more than 0",
                "max_message_size = 1G | line 1: max_message_size: expected bytes, as in 65536, 64k or 16M, at least 1 and"
                        + " at most 512M",
                "max_lifetime = 366d | line 1: max_lifetime: expected seconds, or a time as in 500ms, 10s, 5m, 1h, at most"
                        + " 365d",
                "heartbeat = 70000 | line 1: heartbeat: expected seconds, or a time as in 500ms, 10s, 5m, 1h, 0 or from 1s to"
                        + " 65535s",
                "idle_connection_timeout = 0 | line 1: idle_connection_timeout: expected seconds, or a time as in"
                        + " 500ms, 10s, 5m, 1h, at most 365d and more than 0",
                "[http]\\nallow = example.org | line 2: allow: expected networks",
            })
    void whatIsWrongInTheFileNamesItsLine(String text, String expected) throws Exception {
        assertThatProblemsOf(text.replace("\\n", "\n"))
                .anyMatch(line -> line.startsWith(file() + " " + expected.replace("FILE", file().toString())))
                .noneMatch(line -> line.contains("s3cret"));
    }

    @Test
    void aBadValueInTheFileIsToldAlsoWhereTheCommandLineHasAGoodOne() throws Exception {
        commandLine.put("port", "1");

        assertThatProblemsOf(UPSTREAM + "[listen]\nport = five").hasSize(1);
    }

    @Test
    void severalUpstreamsAreSeparatedByCommas() throws Exception {
        assertThat(read("upstream = amqp://one, amqp://two:1").setup().hasUpstream)
                .isTrue();
        assertThatProblemsOf("upstream = amqp://one, amqps://two")
                .containsExactly(
                        file() + " line 1: upstream: the upstreams one:5672 and two:5671 have to be both amqps or"
                                + " both amqp: fail-over must not send passwords in the clear");
        assertThatProblemsOf("upstream = amqp://one,,amqp://two")
                .containsExactly(file() + " line 1: upstream: expected amqp://host or amqp://host:port, several with"
                        + " commas");
    }

    @Test
    void whatNeedsARestartStaysAsItIs() throws Exception {
        Configuration running = read(UPSTREAM + "max_clients = 5\n[listen]\nport = 1\n");

        Configuration possible = read("upstream = amqp://other\nmax_clients = 6\n[listen]\nport = 2\n")
                .over(running);

        assertThat(possible.changesSince(running)).extracting(Option::name).containsExactly("upstream", "max-clients");
        assertThat(possible.setup().listenPort).isEqualTo(1);
    }

    @Test
    void allProblemsAreToldAtOnce() throws Exception {
        environment.put("HTTP_PORT", "tcp://10.0.0.1:80");
        commandLine.put("loops", "0");

        assertThatProblemsOf("max_clients = none\ncolour = red")
                .containsExactlyInAnyOrder(
                        file() + " line 1: max_clients: expected a number, at least 1",
                        file() + " line 2: unknown key colour in [main]",
                        "HTTP_PORT: expected a port from 0 to 65535, or off",
                        "--loops: expected a number from 1 to 64");
    }

    @Test
    void settingsThatContradictEachOtherAreTold() throws Exception {
        assertThatProblemsOf(UPSTREAM + "min_connections = 5\nmax_connections = 4")
                .containsExactly("min-connections (5) is above max-connections (4)");
    }

    @Test
    void aNameOfConnectionsThatMeansNothingIsTold() throws Exception {
        assertThatProblemsOf(UPSTREAM + "connection_name = {user")
                .containsExactly(file() + " line 2: connection_name: connection-name {user: a brace is not closed");
    }

    @Test
    void aLimitOfConnectionsThatLeavesNoneForPoolsIsTold() throws Exception {
        assertThatProblemsOf(UPSTREAM + "max_total_connections = 1")
                .containsExactly(file()
                        + " line 2: max_total_connections: max-total-connections has to be 0 or at least 2, one for log-ins:"
                        + " 1");
    }

    @ParameterizedTest
    @CsvSource({
        "upstream_ca = a, 'there are TLS settings for the upstream, but its scheme is not amqps'",
        "upstream_key = a, 'there is an upstream-key, but no upstream-certificate'",
        "upstream_key_password = a, 'there is an upstream-key-password, but no upstream-certificate'",
        "upstream_ca_password = a, 'there is an upstream-ca-password, but no upstream-ca'",
        "certificate = a, 'there are settings for clients with TLS, but no tls-listen'",
        "key_password = a, 'there are settings for clients with TLS, but no tls-listen'",
        "listen = 127.0.0.1:1;certificate = a.p12;key = b, 'a.p12 is a key store, which has its key itself'",
        "listen = 127.0.0.1:1;certificate = a;client_ca_password = b, 'there is a tls-client-ca-password, but no tls-client-ca'",
        "listen = 127.0.0.1:1, tls-listen needs a tls-certificate",
        "listen = 127.0.0.1:1;certificate = a;client_auth = require, tls-client-auth and tls-client-ca need each other",
    })
    void settingsForTlsThatWouldHaveNoEffectAreTold(String lines, String expected) throws Exception {
        assertThatProblemsOf(UPSTREAM + "[tls]\n" + lines.replace(';', '\n')).containsExactly(expected);
    }

    @Test
    void anInheritedSocketIsTheOnlyOneToListenOn() throws Exception {
        assertThatProblemsOf(
                        UPSTREAM + "[listen]\ninherited_socket = plain\n[tls]\nlisten = 127.0.0.1:1\ncertificate = a")
                .containsExactly("tls-listen has no place beside an inherited-socket");
        assertThatProblemsOf(UPSTREAM + "[listen]\ninherited_socket = tls")
                .containsExactly("there is an inherited-socket = tls, but no tls-certificate");
        assertThatProblemsOf(UPSTREAM + "[listen]\ninherited_socket = plain\n[tls]\ncertificate = a")
                .containsExactly("there are settings for clients with TLS, but no tls-listen");
        // The port is not listened on.
        Setup setup = read(UPSTREAM + "[listen]\ninherited_socket = plain\nport = 15673")
                .setup();
        assertThatThrownBy(setup::takeInherited)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the standard input is no socket that listens");
    }

    @ParameterizedTest
    @ValueSource(strings = {"5671", "0.0.0.0", "::1:5671", "[::1]", "host:", "host:99999", "amqps://host:5671"})
    void otherAddressesAreNotTaken(String text) throws Exception {
        assertThatProblemsOf(UPSTREAM + "[tls]\nlisten = " + text)
                .containsExactly(file() + " line 3: listen: expected an address and a port, as in 0.0.0.0:5671 or"
                        + " [::]:5671");
    }

    @Test
    void anEmptyVariableIsNotSet() throws Exception {
        environment.put("LISTEN_PORT", "");

        assertThat(read(UPSTREAM).setup().listenPort).isEqualTo(5673);
    }

    @Test
    void aSecretMayBeInAFileOfItsOwnThatTheEnvironmentNames() throws Exception {
        Path secret = directory.resolve("token");
        Files.writeString(secret, "let-me-in\n");
        environment.put("AMQPROXY_HTTP_TOKEN_FILE", secret.toString());
        assertThat(read(UPSTREAM + "[http]\ntoken = of-the-file").setup().httpToken)
                .isEqualTo("let-me-in");

        environment.put("AMQPROXY_HTTP_TOKEN", "nearer");
        assertThat(read(UPSTREAM).setup().httpToken).isEqualTo("nearer");

        environment.remove("AMQPROXY_HTTP_TOKEN");
        environment.put("AMQPROXY_NAME_FILE", secret.toString()); // No secret.
        assertThat(read(UPSTREAM).setup().httpToken).isEqualTo("let-me-in");

        Files.delete(secret);
        assertThatThrownBy(() -> read(UPSTREAM))
                .hasMessageContaining("AMQPROXY_HTTP_TOKEN_FILE: " + secret + ": no such file");
    }

    @Test
    void aFileThatIsNotThereOrNoTextIsTold() throws Exception {
        assertThatThrownBy(() -> Configuration.of(commandLine, environment, file()))
                .hasMessage(file() + ": no such file");
        assertThatThrownBy(() -> Configuration.of(commandLine, environment, directory))
                .hasMessageStartingWith(directory + ": the file cannot be read");
        Files.write(file(), new byte[] {'a', (byte) 0xff});
        assertThatThrownBy(() -> Configuration.of(commandLine, environment, file()))
                .hasMessage(file() + ": the file is not UTF-8");
    }

    @ParameterizedTest
    @CsvSource({"10, 10000", "0.25, 250", "500ms, 500", "5m, 300000", "2h, 7200000", "1d, 86400000"})
    void timesAreRead(String text, long millis) {
        assertThat(OptionType.time().parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "5 s", "1e3", "5w", "0.0000000001", "99999999999", "9e999999999"})
    void otherTimesAreNot(String text) {
        assertThatThrownBy(() -> OptionType.time().parse(text)).hasMessageStartingWith("expected seconds");
    }
}
