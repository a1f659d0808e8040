package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Alerts and the board ask for what there is. */
@Timeout(120)
@Tag("broker")
class PrometheusFilesTest {

    private static final Path DIRECTORY = Path.of("packaging", "prometheus");
    private static final Pattern NAME = Pattern.compile("\\b(?:amqproxy|process|jvm)_[a-z_]+");

    private final Observers observers = new Observers("1.2.3", 10, () -> 0, true);

    @Test
    void whatAlertsAndTheBoardAskForIsInAScrape() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                AmqProxy proxy = start(broker)) {
            observers.onStarted(proxy);
            ConnectionFactory factory = new ConnectionFactory();
            factory.setUri(proxy.uri());
            try (Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                channel.basicPublish("amq.fanout", "", null, new byte[] {1});
            }
            factory.setPassword("wrong");
            assertThat(catchThrowable(factory::newConnection)).isNotNull();
            Await.until("all is told", () -> scrape().contains("amqproxy_client_refusals_total"));
            Await.until("the lease is told", () -> scrape().contains("amqproxy_pool_reuse_ratio"));

            Set<String> there = names(scrape());
            assertThat(names(Files.readString(DIRECTORY.resolve("alerts.yaml"))))
                    .isNotEmpty()
                    .isSubsetOf(there);
            assertThat(names(Files.readString(DIRECTORY.resolve("board.json"))))
                    .isNotEmpty()
                    .isSubsetOf(there);
        }
    }

    private AmqProxy start(EmbeddedBroker broker) {
        AmqProxy.Builder builder =
                AmqProxy.builder().upstream("amqp://127.0.0.1:" + broker.port()).listen(0);
        observers.listeners().forEach(builder::listener);
        return builder.start();
    }

    private String scrape() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, observers.metrics.scrape());
        return out.toString(StandardCharsets.UTF_8);
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
}
