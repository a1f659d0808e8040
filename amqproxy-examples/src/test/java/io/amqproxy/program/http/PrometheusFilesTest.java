package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Processes;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Alerts and the board ask for what there is. */
@Timeout(300)
@Tag("broker")
class PrometheusFilesTest {

    private static final Path DIRECTORY = Path.of("packaging", "prometheus");
    private static final Pattern NAME = Pattern.compile("\\b(?:amqproxy|process|jvm)_[a-z_]+");

    @TempDir
    private Path directory;

    private final Observers observers = new Observers("1.2.3", 10, () -> 0);

    @Test
    void whatAlertsAndTheBoardAskForIsInAScrape() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                AmqProxy proxy = start(broker)) {
            observers.onStarted(proxy);
            ConnectionFactory factory = JavaClients.factory();
            factory.setUri(proxy.uri());
            try (Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                for (int i = 0; i < 20; i++) { // More than in a second.
                    channel.basicPublish("amq.fanout", "", null, new byte[] {1});
                }
            }
            factory.setPassword("wrong");
            assertThat(catchThrowable(factory::newConnection)).isNotNull();
            Await.until("all is told", () -> scrape().contains("amqproxy_client_refusals_total"));
            Await.until("the waits are told", () -> scrape().contains("amqproxy_client_slowed_seconds_total"));
            Await.until("the lease is told", () -> scrape().contains("amqproxy_pool_reuse_ratio"));

            Set<String> there = names(scrape());
            assertThat(names(Files.readString(DIRECTORY.resolve("alerts.yaml"))))
                    .isNotEmpty()
                    .isSubsetOf(there);
            // The certificate is one of a day.
            assertThat(secondsOf("amqproxy_tls_certificate_not_after_seconds")
                            - Instant.now().getEpochSecond())
                    .isBetween(0.0, 2.0 * 86_400);
            assertThat(names(Files.readString(DIRECTORY.resolve("board.json"))))
                    .isNotEmpty()
                    .isSubsetOf(there);
        }
    }

    private AmqProxy start(EmbeddedBroker broker) {
        Authority.Issued own = Authority.named("test authority").issue("proxy", "127.0.0.1");
        Path certificate = own.writeCertificate(directory.resolve("proxy.pem"));
        Path key = own.writeKey(directory.resolve("proxy.key"));
        AmqProxy.Builder builder = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .limits(limits -> limits.messagesPerSecond(10))
                .listenTls("127.0.0.1", 0, tls -> tls.certificate(certificate, key));
        observers.listeners().forEach(builder::listener);
        return builder.start();
    }

    private String scrape() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, observers.metrics.scrape());
        return out.toString(StandardCharsets.UTF_8);
    }

    private double secondsOf(String metric) throws IOException {
        return scrape().lines()
                .filter(line -> line.startsWith(metric + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(metric.length())))
                .findFirst()
                .orElseThrow();
    }

    private static Set<String> names(String text) {
        return NAME.matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
    }

    @Test
    void alertsHaveAQuestionASeverityAndASentence() throws Exception {
        Map<?, ?> file = new Yaml(new SafeConstructor(new LoaderOptions()))
                .load(Files.readString(DIRECTORY.resolve("alerts.yaml")));
        List<?> groups = (List<?>) Objects.requireNonNull(file.get("groups"));
        List<?> rules = (List<?>) Objects.requireNonNull(((Map<?, ?>) groups.get(0)).get("rules"));

        assertThat(rules).hasSizeGreaterThan(10).allSatisfy(rule -> {
            Map<?, ?> alert = (Map<?, ?>) rule;
            assertThat(alert.get("alert")).asString().startsWith("AmqProxy");
            assertThat(alert.get("expr")).asString().contains("_");
            assertThat(alert.get("labels")).asString().matches("\\{severity=(critical|warning)}");
            assertThat(alert.get("annotations")).asString().startsWith("{summary=");
        });
    }

    @Test
    @Tag("process")
    void eachAlertFiresAtFiguresThatAreForIt() throws Exception {
        FiringAlerts.requirePromtool();
        String figures = Files.readString(DIRECTORY.resolve("alerts.test.yaml"));
        Set<String> alerts = firstGroups("alert: (\\w+)", Files.readString(DIRECTORY.resolve("alerts.yaml")));

        assertThat(alerts)
                .isNotEmpty()
                .isEqualTo(firstGroups("alertname: (\\w+)\\s+exp_alerts:\\s+- exp_labels", figures));
        assertThat(alerts).isEqualTo(firstGroups("alertname: (\\w+)\\s+exp_alerts: \\[]", figures));
        Processes.Output checked = promtool("check", "rules", "alerts.yaml");
        assertThat(checked.exitCode()).as(checked.toString()).isZero();
        Processes.Output tested = promtool("test", "rules", "alerts.test.yaml");
        assertThat(tested.exitCode()).as(tested.toString()).isZero();
    }

    private static Processes.Output promtool(String... arguments) {
        ProcessBuilder builder = new ProcessBuilder("env", "promtool").directory(DIRECTORY.toFile());
        builder.command().addAll(List.of(arguments));
        return Processes.run(builder, Duration.ofMinutes(1));
    }

    private static Set<String> firstGroups(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
    }
}
