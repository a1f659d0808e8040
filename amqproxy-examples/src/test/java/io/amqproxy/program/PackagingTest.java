package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What can be checked of the packages without the systems that they are for. */
class PackagingTest {

    private static final Path PACKAGING = Path.of("packaging");

    /** Clients, the broker's proofs and the connections to it, each as long as their close may take, and some more. */
    private static final Duration CLOSING = Duration.ofSeconds(4 * 5 + 5);

    @TempDir
    private Path directory;

    @Test
    void theExampleConfigurationIsValidAlsoWithoutItsCommentSigns() throws Exception {
        Path example = PACKAGING.resolve("amqproxy.ini");
        Configuration plain = Configuration.of(Map.of(), Map.of(), example);
        String uncommented = Pattern.compile("^;(?!.* = $)", Pattern.MULTILINE)
                .matcher(Files.readString(example))
                .replaceAll("");
        Path all = Files.writeString(directory.resolve("all.ini"), uncommented);

        assertThat(Configuration.of(Map.of(), Map.of(), all).changesSince(plain))
                .isEmpty();
    }

    @Test
    void theJarStartsTheProgram() throws Exception {
        assertThat(Path.of("pom.xml")).content().contains("<mainClass>" + Main.class.getName() + "</mainClass>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sidecar.yaml", "shared.yaml"})
    void kubernetesManifestsAreYamlWithTheVariablesOfTheProgram(String name) throws Exception {
        List<Map<?, ?>> documents = load(name);

        assertThat(documents).isNotEmpty().allSatisfy(document -> {
            assertThat(document.get("apiVersion")).isInstanceOf(String.class);
            assertThat(document.get("kind")).isInstanceOf(String.class);
            assertThat(document.get("metadata")).isInstanceOf(Map.class);
        });
        List<String> known = Options.ALL.stream()
                .flatMap(option -> option.environment().stream())
                .toList();
        assertThat(Pattern.compile("\\b(?:AMQPROXY_|LISTEN_|AMQP_|TERM_)[A-Z_]+")
                        .matcher(
                                Files.readString(PACKAGING.resolve("kubernetes").resolve(name)))
                        .results()
                        .map(match -> match.group()))
                .isNotEmpty()
                .isSubsetOf(known);
    }

    @Test
    void theConfigurationInTheConfigMapIsValid() throws Exception {
        Map<?, ?> map = load("shared.yaml").stream()
                .filter(document -> "ConfigMap".equals(document.get("kind")))
                .findFirst()
                .orElseThrow();
        Map<?, ?> data = (Map<?, ?>) Objects.requireNonNull(map.get("data"));
        Path file = Files.writeString(
                directory.resolve("map.ini"), (String) Objects.requireNonNull(data.get("amqproxy.ini")));

        assertThat(Configuration.of(Map.of(), Map.of(), file).setup().listenAddress)
                .isEqualTo("0.0.0.0");
    }

    /** Else systemd ends it in the midst of that. */
    @Test
    void theUnitWaitsForLongerThanTheProgramTakesToEnd() throws Exception {
        Setup setup = Configuration.of(Map.of(), Map.of(), PACKAGING.resolve("amqproxy.ini"))
                .setup();
        Matcher waits = Pattern.compile("^TimeoutStopSec=(\\d+)$", Pattern.MULTILINE)
                .matcher(Files.readString(PACKAGING.resolve("amqproxy.service")));

        assertThat(waits.find()).isTrue();
        assertThat(Duration.ofSeconds(Long.parseLong(waits.group(1))))
                .isGreaterThan(setup.lameDuck.plus(setup.clientCloseTimeout).plus(CLOSING));
    }

    private static List<Map<?, ?>> load(String name) throws Exception {
        List<Map<?, ?>> documents = new ArrayList<>();
        String text = Files.readString(PACKAGING.resolve("kubernetes").resolve(name));
        new Yaml(new SafeConstructor(new LoaderOptions()))
                .loadAll(text)
                .forEach(document -> documents.add((Map<?, ?>) document));
        return documents;
    }
}
