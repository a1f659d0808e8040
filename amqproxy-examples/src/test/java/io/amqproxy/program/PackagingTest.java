package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.amqproxy.program.common.Descriptors;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What can be checked of the packages without the systems that they are for. */
@Tag("process")
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

    /**
     * systemd starts the service again whatever the status of a command before it is: with a wrong configuration for
     * ever.
     */
    @Test
    void theUnitsDoNotStartAgainWithAWrongConfiguration() throws Exception {
        for (String unit : List.of("amqproxy.service", "amqproxy@.service")) {
            assertThat(Files.readAllLines(PACKAGING.resolve(unit)))
                    .contains("RestartPreventExitStatus=" + ExitStatus.USAGE)
                    .noneMatch(line -> line.matches("Exec(StartPre|Condition)=.*"));
        }
    }

    /** Else each start warns of it. */
    @Test
    void theUnitsHaveDescriptorsForAsManyClientsAsTheProgramTakes() throws Exception {
        for (String unit : List.of("amqproxy.service", "amqproxy@.service")) {
            assertThat(Descriptors.clientsOf(numberIn(unit, "LimitNOFILE=")))
                    .isGreaterThanOrEqualTo(Setup.MOST_CLIENTS);
        }
    }

    private static long numberIn(String file, String before) throws IOException {
        return Files.readAllLines(PACKAGING.resolve(file)).stream()
                .filter(line -> line.startsWith(before))
                .mapToLong(line -> Long.parseLong(line.substring(before.length())))
                .findFirst()
                .orElseThrow();
    }

    /** But for the socket and what tells instances apart, and with all that it must not do. */
    @Test
    void theUnitOfInstancesIsTheOtherOneWithASocket() throws Exception {
        List<String> alone = Files.readAllLines(PACKAGING.resolve("amqproxy.service"));
        List<String> instance = Files.readAllLines(PACKAGING.resolve("amqproxy@.service"));
        alone.removeIf(line -> line.startsWith("#") || line.matches("(?:Description|After|ExecStart)=.*"));

        assertThat(instance).containsAll(alone).contains("Sockets=amqproxy.socket");
        assertThat(instance.stream().filter(line -> line.startsWith("ExecStart=")))
                .hasSize(1)
                .allMatch(line -> line.contains(" --inherited-socket plain ") && line.endsWith(" <&3 3<&-'"));
        // With StandardInput=socket systemd makes the socket block for the instance that runs, too.
        assertThat(instance).contains("NonBlocking=yes").noneMatch(line -> line.startsWith("StandardInput="));
        assertThat(Files.readAllLines(PACKAGING.resolve("amqproxy.socket")))
                .contains("Accept=no", "Service=amqproxy@3.service");
    }

    /** A runtime without one of them starts the program, and fails where a class of it is asked for. */
    @Test
    void theRuntimeOfTheImageHasAllModulesThatTheJarNeeds() throws Exception {
        Path jar = ProgramJar.write(directory.resolve("program.jar"));
        StringWriter modules = new StringWriter();
        StringWriter errors = new StringWriter();
        int status = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(
                        new PrintWriter(modules),
                        new PrintWriter(errors),
                        "-q",
                        "--multi-release",
                        "17",
                        "--ignore-missing-deps",
                        "--print-module-deps",
                        jar.toString());
        Matcher linked = Pattern.compile("--add-modules ([\\w.,]+)")
                .matcher(Files.readString(PACKAGING.resolve("Containerfile")));

        assertThat(status).as(errors.toString()).isZero();
        assertThat(linked.find()).isTrue();
        assertThat(linked.group(1).split(","))
                .contains(modules.toString().strip().split(","));
    }

    /** What the JVM takes besides: classes and their code, stacks, its own tables. */
    private static final long BESIDES = 80L << 20;

    @ParameterizedTest
    @CsvSource({"sidecar.yaml, 256", "shared.yaml, 512"})
    void theMemoryOfTheJvmFitsIntoTheLimitOfItsContainer(String name, long mebibytes) throws Exception {
        assertThat(Files.readString(PACKAGING.resolve("kubernetes").resolve(name)))
                .containsPattern("limits:\\s+(?:cpu: \\S+\\s+)?memory: " + mebibytes + "Mi");
        Map<String, Long> flags = memoryFlags(null, "-XX:MaxRAM=" + mebibytes + "m");

        long heap = Objects.requireNonNull(flags.get("MaxHeapSize"));
        assertThat(heap).isGreaterThanOrEqualTo((mebibytes << 20) / 4);
        assertThat(flags.get("MaxDirectMemorySize")).as("as much as the heap").isZero();
        assertThat(2 * heap + BESIDES).isLessThanOrEqualTo(mebibytes << 20);
    }

    @Test
    void whatTheEnvironmentSaysOfTheMemoryCounts() throws Exception {
        assertThat(memoryFlags("-Xmx300m -XX:MaxDirectMemorySize=200m", "-XX:MaxRAM=256m"))
                .containsEntry("MaxHeapSize", 300L << 20)
                .containsEntry("MaxDirectMemorySize", 200L << 20);
    }

    /** Not every JVM can. */
    @Test
    void whatTheJvmsCompilerNeedsNoMoreIsGivenBack() throws Exception {
        Map<String, Long> flags = memoryFlags(null, "-XX:MaxRAM=256m");
        assumeTrue(flags.containsKey("TrimNativeHeapInterval"));

        assertThat(flags).containsEntry("TrimNativeHeapInterval", 5_000L);
    }

    /** As a JVM with these options has them that sees so much memory. */
    private static Map<String, Long> memoryFlags(@Nullable String environment, String memory) throws Exception {
        ProcessBuilder java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + PACKAGING.resolve("amqproxy.options"),
                        memory,
                        "-XX:+PrintFlagsFinal",
                        "-version")
                .redirectErrorStream(true);
        java.environment().remove("JDK_JAVA_OPTIONS");
        if (environment != null) {
            java.environment().put("JDK_JAVA_OPTIONS", environment);
        }
        Process process = java.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return Pattern.compile("\\b(MaxHeapSize|MaxDirectMemorySize|TrimNativeHeapInterval)\\s+= (\\d+)")
                .matcher(text)
                .results()
                .collect(Collectors.toMap(flag -> flag.group(1), flag -> Long.valueOf(flag.group(2))));
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
