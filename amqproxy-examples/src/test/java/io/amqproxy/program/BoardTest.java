package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Ports;
import io.amqproxy.testkit.Processes;
import io.amqproxy.testkit.Requirements;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The board for Grafana, at a Prometheus that reads the program. */
@Timeout(600)
@Tag("broker")
@Tag("process")
class BoardTest {

    private static final Path BOARD = Path.of("packaging", "prometheus", "board.json");
    private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");

    @TempDir
    private Path directory;

    /** What a panel of the board asks, and the labels that its legend names. */
    private record Question(String query, Set<String> labels) {}

    private static List<Question> questionsOfTheBoard() throws IOException {
        List<Question> questions = new ArrayList<>();
        Map<?, ?> board = yaml(Files.readString(BOARD));
        for (Object panel : (List<?>) Objects.requireNonNull(board.get("panels"))) {
            for (Object one : (List<?>) Objects.requireNonNull(((Map<?, ?>) panel).get("targets"))) {
                Map<?, ?> target = (Map<?, ?>) one;
                String query = String.valueOf(target.get("expr"));
                Set<String> labels = LEGEND.matcher(String.valueOf(target.get("legendFormat")))
                        .results()
                        .map(match -> match.group(1))
                        .collect(Collectors.toSet());
                questions.add(new Question(query.replace("$instance", ".+").replace("$__rate_interval", "1m"), labels));
            }
        }
        return questions;
    }

    private static Map<?, ?> yaml(String text) {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    }

    /** {@return the labels of each series that answers a query} */
    private static List<Set<?>> answers(int prometheus, String query) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + prometheus + "/api/v1/query?query="
                + URLEncoder.encode(query, StandardCharsets.UTF_8));
        HttpResponse<String> answer =
                HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 503);
        if (answer.statusCode() == 503) {
            return List.of(); // It is starting.
        }
        Map<?, ?> data = (Map<?, ?>) Objects.requireNonNull(yaml(answer.body()).get("data"));
        List<Set<?>> labels = new ArrayList<>();
        for (Object result : (List<?>) Objects.requireNonNull(data.get("result"))) {
            Object series = Objects.requireNonNull(((Map<?, ?>) result).get("metric"));
            labels.add(((Map<?, ?>) series).keySet());
        }
        return labels;
    }

    @Test
    void eachPanelOfTheBoardShowsSomething() throws Exception {
        Requirements.check(
                Processes.run(new ProcessBuilder("env", "prometheus", "--version"), Duration.ofMinutes(1))
                                .exitCode()
                        == 0,
                "prometheus");
        int port = Ports.free();
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                RunningProgram program = RunningProgram.start(
                        "-p", "0", "-b", "0", "--messages-per-second", "10", "amqp://127.0.0.1:" + broker.port())) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(program.port()); // It says this first.
            String http = program.awaitLine("HTTP listening on 127\\.0\\.0\\.1:(\\d+)")
                    .group(1);
            Process prometheus = prometheus(port, http);
            try (Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                for (int i = 0; i < 20; i++) { // More than in a second.
                    channel.basicPublish("amq.fanout", "", null, new byte[] {1});
                }
                factory.setPassword("wrong");
                assertThat(catchThrowable(factory::newConnection)).isNotNull();
                factory.setPassword("guest");
                try (Connection another = factory.newConnection()) {
                    another.createChannel().basicPublish("amq.fanout", "", null, new byte[] {1});
                }
                List<Question> questions = questionsOfTheBoard();
                assertThat(questions).hasSizeGreaterThan(15);
                for (Question question : questions) {
                    Await.until(
                            "an answer to " + question.query(),
                            () -> answers(port, question.query()).stream()
                                    .anyMatch(labels -> labels.containsAll(question.labels())));
                }
            } finally {
                prometheus.destroyForcibly().waitFor();
            }
        }
    }

    private Process prometheus(int port, String program) throws IOException {
        Path configuration = Files.writeString(directory.resolve("prometheus.yml"), """
            global: {scrape_interval: 1s}
            scrape_configs: [{job_name: amqproxy, static_configs: [{targets: ["127.0.0.1:%s"]}]}]
            """.formatted(program));
        return new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + directory.resolve("figures"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
    }
}
