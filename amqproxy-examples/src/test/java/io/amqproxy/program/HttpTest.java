package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.program.http.HttpEndpoints.Access;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Ports;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What the program answers over HTTP. */
@Tag("broker")
class HttpTest extends HttpFixture {

    private static final Pattern SAMPLE = Pattern.compile(
            "[a-z_]+(\\{[a-z_]+=\"([^\"\\\\\\n]|\\\\[\\\\n\"])*\"(,[a-z_]+=\"([^\"\\\\\\n]|\\\\[\\\\n\"])*\")*})? \\S+");

    @Test
    void theProcessIsHealthyAndReadyOnceTheBrokerAnswers() throws Exception {
        assertThat(get("/healthz").body()).isEqualTo("OK\n");
        Await.until("ready", () -> get("/readyz").statusCode() == 200);
    }

    /** Two routes may have an endpoint in common, which has figures in each. */
    @Test
    void endpointsAndPoolsOfRoutesAreToldApart() throws Exception {
        String uri = "amqp://127.0.0.1:" + broker.port();
        proxy.reload(AmqProxy.builder()
                .upstream(uri)
                .maxTotalConnections(50)
                .listen(0)
                .route("orders", route -> route.upstream(uri).users("guest")));
        try (Connection connection = connect("guest", "guest")) {
            connection.createChannel();
            String endpoint = "endpoint=\"127.0.0.1:" + broker.port() + '"';
            assertThat(get("/metrics").body())
                    .contains(
                            "amqproxy_endpoint_connections{" + endpoint + "} 0",
                            "amqproxy_endpoint_connections{" + endpoint + ",route=\"orders\"} 1");
            assertThat(get("/stats.json").body()).contains("\"vhost\":\"/\",\"route\":\"orders\"");
        }
    }

    @Test
    void aProxyThatDrainsIsHealthyAndNotReady() throws Exception {
        Await.until("ready", () -> get("/readyz").statusCode() == 200);
        Connection stays = connect("guest", "guest");
        CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> proxy.drain(Duration.ofMinutes(1)));

        Await.until("draining", () -> get("/readyz").statusCode() == 503);
        assertThat(get("/readyz").body()).isEqualTo("not ready: the proxy is ending\n");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);

        stays.close();
        assertThat(drained).succeedsWithin(60, TimeUnit.SECONDS).isEqualTo(true);
    }

    @Test
    void aPausedProxyIsNotReadyUntilItIsResumed() throws Exception {
        Await.until("ready", () -> get("/readyz").statusCode() == 200);
        assertThat(post("/pause", "", "").statusCode()).isEqualTo(401);

        assertThat(post("/pause", "", "Bearer " + TOKEN).body()).isEqualTo("New leases wait.\n");

        Await.until("paused", () -> get("/readyz").body().equals("not ready: the proxy is paused\n"));
        assertThat(metric("amqproxy_paused ")).isEqualTo(1);
        assertThat(metric("amqproxy_loop_longest_turn_seconds{loop=\"1\"} ")).isPositive();
        assertThat(stats(""))
                .containsEntry("paused", true)
                .containsEntry("ready", false)
                .containsEntry("notReadyBecause", "the proxy is paused");
        assertThat(post("/resume", "", "Bearer " + TOKEN).body()).isEqualTo("Leases are made again.\n");
        Await.until("ready", () -> get("/readyz").statusCode() == 200);
        assertThat(proxy.stats().paused()).isFalse();
    }

    @Test
    void whoIsAboutToEndIsNotShownAsReadyEither() throws Exception {
        Await.until("ready", () -> get("/readyz").statusCode() == 200);

        endpoints.leave();

        assertThat(get("/readyz").body()).isEqualTo("not ready: the program is about to end\n");
        assertThat(stats(""))
                .containsEntry("ready", false)
                .containsEntry("notReadyBecause", "the program is about to end");
    }

    @Test
    void whatThePageShowsIsThereForPrograms() throws Exception {
        publish("<i>&\"user\"", "s3cret-one");
        try (Connection connection = connect("two", "s3cret-two")) {
            assertThat(connection.isOpen()).isTrue();
            HttpResponse<String> answer = get("/stats.json");

            assertThat(answer.headers().firstValue("content-type")).contains("application/json");
            Map<String, Object> all = parsed(answer.body());
            assertThat(all)
                    .containsEntry("form", 1)
                    .containsEntry("name", "edge")
                    .containsEntry("version", "1.2.3")
                    .containsEntry("ready", true)
                    .containsEntry("notReadyBecause", null)
                    .containsEntry("paused", false)
                    .containsEntry("operable", true)
                    .containsEntry("listening", List.of(proxy.uri().toString()))
                    .containsEntry("clientsCount", 1)
                    .containsEntry("clientsMatching", 1)
                    .containsEntry("endpointsCount", 1)
                    .containsKeys("at", "uptimeSeconds", "history", "meanings", "troubles");
            assertThat(rows(all, "pools"))
                    .extracting(pool -> pool.get("user"), pool -> pool.get("published"))
                    .contains(tuple("<i>&\"user\"", 1), tuple("two", 0));
            assertThat(rows(all, "clients"))
                    .singleElement()
                    .satisfies(one -> assertThat(one)
                            .containsEntry("user", "two")
                            .containsEntry("protocol", "AMQP 0-9-1")
                            .containsEntry("channels", 0)
                            .containsKey("since"));
            assertThat(rows(all, "upstreams")).isNotEmpty();
            assertThat(rows(all, "loops")).isNotEmpty();
            assertThat(answer.body()).doesNotContain("s3cret");
        }
    }

    @Test
    void aFilterLeavesRowsOfListsThatHaveItInATextWhateverItsCase() throws Exception {
        publish("<i>&\"user\"", "s3cret-one");
        try (Connection two = connect("two", "s3cret-two", "Orders of Bob");
                Connection three = connect("three", "s3cret-three", "%20&filter=x")) {
            assertThat(two.isOpen() && three.isOpen()).isTrue();

            Map<String, Object> bobs = stats("?filter=of+bo%62");
            assertThat(rows(bobs, "clients")).extracting(one -> one.get("user")).containsExactly("two");
            assertThat(bobs).containsEntry("clientsMatching", 1).containsEntry("clientsCount", 2);
            assertThat(rows(bobs, "pools")).isEmpty();
            assertThat(rows(bobs, "endpoints")).hasSize(1);
            assertThat(rows(stats("?filter=%3CI%3E"), "pools")).hasSize(1);
            assertThat(rows(stats("?filter=%2520%26filter"), "clients"))
                    .extracting(one -> one.get("user"))
                    .containsExactly("three");
            assertThat(rows(stats("?filter="), "clients")).hasSize(2);
        }
    }

    @Test
    void whoWasRefusedAndWhyIsTold() throws Exception {
        assertThat(catchThrowable(() -> connect("two", "wrong", "carol's"))).isNotNull();
        assertThat(catchThrowable(() -> connect("two", "wrong", "carol's"))).isNotNull();
        assertThat(catchThrowable(() -> connect("three", "wrong"))).isNotNull();

        Await.until(
                "told",
                () -> rows(stats(""), "troubles").stream()
                                .mapToInt(one -> (Integer) Objects.requireNonNull(one.get("count")))
                                .sum()
                        == 3);
        assertThat(rows(stats(""), "troubles"))
                .extracting(one -> one.get("what"), one -> one.get("user"), one -> one.get("count"))
                .containsExactly(tuple("refused", "three", 1), tuple("refused", "two", 2));
        assertThat(rows(stats("?filter=carol"), "troubles"))
                .singleElement()
                .satisfies(one -> assertThat(one).containsKeys("why", "lastAt", "client", "address", "vhost"));
    }

    private Map<String, Object> stats(String query) throws Exception {
        return parsed(get("/stats.json" + query).body());
    }

    /** JSON is YAML as well, for which there is a parser here. */
    private static Map<String, Object> parsed(String json) {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(json);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> rows(Map<String, Object> all, String name) {
        return (List<Map<String, Object>>) Objects.requireNonNull(all.get(name));
    }

    @Test
    void endpointsAreShown() throws Exception {
        publish("guest", "guest");
        String endpoint = "127.0.0.1:" + broker.port();

        assertThat(rows(stats(""), "endpoints"))
                .singleElement()
                .satisfies(one -> assertThat(one)
                        .containsEntry("endpoint", endpoint)
                        .containsEntry("reachable", true)
                        .containsEntry("logins", 1));
        assertThat(metric("amqproxy_endpoint_reachable{endpoint=\"" + endpoint + "\""))
                .isEqualTo(1);
        assertThat(metric("amqproxy_endpoint_logins_total{endpoint=\"" + endpoint + "\""))
                .isEqualTo(1);
        assertThat(metric("amqproxy_endpoint_failures_total{endpoint=\"" + endpoint + "\""))
                .isZero();
    }

    @Test
    void aProxyWhoseBrokerIsAwayIsNotReady() throws Exception {
        stop();
        int nobody = Ports.free();
        start(nobody);

        Await.until("the probe failed", () -> !get("/readyz").body().contains("has answered yet"));
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        assertThat(get("/readyz").body())
                .isEqualTo("not ready: no broker answers: 127.0.0.1:" + nobody + ": Connection refused\n");
    }

    @Test
    void metricsHaveTheReferenceProductsNamesAndOurs() throws Exception {
        publish("guest", "guest");
        publish("guest", "guest");
        Await.until("counted", () -> metric("amqproxy_pool_leases_total{outcome=\"reused\",reason=\"clean\"") == 2);

        assertThat(get("/metrics").body()).contains("amqproxy_name=\"edge\",amqproxy_version=\"1.2.3\"} 1");
        assertThat(metric("amqproxy_client_connections ")).isZero();
        assertThat(metric("amqproxy_upstream_connections ")).isEqualTo(1);
        assertThat(metric("amqproxy_pool_reuse_ratio{route=\"\",user=\"guest\",vhost=\"/\"}"))
                .isEqualTo(1);
        assertThat(metric("amqproxy_pool_lease_wait_seconds_count{route=\"\",user=\"guest\""))
                .isEqualTo(2);
        assertThat(metric("amqproxy_pool_login_seconds_count{route=\"\",user=\"guest\""))
                .isEqualTo(1);
        Await.until("fenced", () -> metric("amqproxy_pool_fence_seconds_count{route=\"\",user=\"guest\"") == 2);
        assertThat(metric("amqproxy_pool_messages_total{direction=\"published\",route=\"\",user=\"guest\""))
                .isEqualTo(2);
        assertThat(metric("amqproxy_pool_channels{route=\"\",state=\"idle\"")).isPositive();
        assertThat(metric("amqproxy_broker_reachable ")).isEqualTo(1);
        HttpResponse<String> answer = get("/metrics");
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        assertThat(answer.body().lines().filter(line -> !line.startsWith("#")))
                .allMatch(line -> SAMPLE.matcher(line).matches());
    }

    @Test
    void figuresOfTheProcessAreThereAndMayBeCompressed() throws Exception {
        publish("guest", "guest");

        assertThat(metric("process_start_time_seconds ")).isGreaterThan(1.7e9);
        assertThat(metric("jvm_memory_used_bytes{area=\"heap\"")).isPositive();
        assertThat(metric("amqproxy_buffer_max_bytes ")).isPositive();
        assertThat(metric("amqproxy_acquire_timeouts_total ")).isZero();
        assertThat(metric("amqproxy_upstream_connections_max ")).isEqualTo(50);
        assertThat(metric("amqproxy_pools_waiting ")).isZero();
        assertThat(metric("amqproxy_upstreams_given_up_total ")).isZero();
        HttpRequest.Builder request = HttpRequest.newBuilder(uri("/metrics")).header("Accept-Encoding", "gzip");
        HttpResponse<InputStream> answer = client.send(request.build(), BodyHandlers.ofInputStream());
        assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(new String(new GZIPInputStream(answer.body()).readAllBytes(), StandardCharsets.UTF_8))
                .contains("amqproxy_client_connections ");
    }

    @Test
    void poolsBeyondTheLimitShareOneLabelAndNoSecretIsShown() throws Exception {
        publish("<i>&\"user\"", "s3cret-one");
        publish("two", "s3cret-two");
        publish("three", "s3cret-three");
        Await.until(
                "counted",
                () -> metric("amqproxy_pool_leases_total{outcome=\"reused\",reason=\"clean\",route=\"\",user=\"(oth")
                        == 1);

        assertThat(metric("amqproxy_pool_upstreams{route=\"\",user=\"(others)\",vhost=\"(others)\"}"))
                .isEqualTo(1);
        String metrics = get("/metrics").body();
        String page = get("/").body() + get("/stats.json").body();
        assertThat(metrics).contains("user=\"<i>&\\\"user\\\"\"").doesNotContain("\"three\"");
        assertThat(page).contains("<i>&\\\"user\\\"");
        assertThat(metrics + page + proxy.clients() + new Access(CidrSet.of("127.0.0.0/8", "::1"), List.of(), TOKEN))
                .doesNotContain("s3cret");
    }

    @Test
    void refusalsAreCountedByReason() throws Exception {
        assertThat(catchThrowable(() -> connect("guest", "wrong"))).isNotNull();

        Await.until("counted", () -> metric("amqproxy_client_refusals_total{cause=\"refused\"") == 1);
        Await.until(
                "the page has it",
                () -> Map.of("not_allowed", 1).equals(stats("").get("clientsRefused")));
    }

    @Test
    void whyAChannelWasNotUsedAgainIsTold() throws Exception {
        try (Connection connection = connect("guest", "guest");
                Channel channel = connection.createChannel()) {
            String queue = channel.queueDeclare().getQueue();
            channel.basicConsume(queue, (tag, message) -> {}, tag -> {});
        }
        Await.until(
                "the channel is released",
                () -> Map.of("consumer", 1).equals(stats("").get("channelsNotReused")));

        assertThat(stats("").get("meanings")).asString().contains("The client had consumers");
    }

    @Test
    void aClientIsClosedByAButtonWithTheToken() throws Exception {
        CompletableFuture<ShutdownSignalException> closed = new CompletableFuture<>();
        Connection connection = connect("guest", "guest");
        connection.addShutdownListener(closed::complete);
        long id = proxy.clients().get(0).id();

        assertThat(post("/close-client", "id=" + id, "Bearer wrong").statusCode())
                .isEqualTo(401);
        assertThat(post("/close-client", "id=x", "Bearer " + TOKEN).statusCode())
                .isEqualTo(400);
        assertThat(connection.isOpen()).isTrue();
        assertThat(post("/close-client", "id=" + id, "Bearer " + TOKEN).statusCode())
                .isEqualTo(200);
        assertThat(closed).succeedsWithin(30, TimeUnit.SECONDS);
        Await.until(
                "it is gone",
                () -> post("/close-client", "id=" + id, "Bearer " + TOKEN).statusCode() == 404);
    }

    @Test
    void aPoolIsDrainedByAButtonWithTheToken() throws Exception {
        publish("guest", "guest");

        assertThat(post("/drain-pool", "user=guest&vhost=%2F", "").statusCode()).isEqualTo(401);
        assertThat(post("/drain-pool", "user=guest&vhost=%2F", "Bearer " + TOKEN)
                        .statusCode())
                .isEqualTo(200);
        Await.until("its connection is closed", () -> proxy.stats().upstreams() == 0);
    }

    @Test
    void otherAddressesSeeNeitherPageNorButtonsAndWithoutATokenThereAreNoButtons() throws Exception {
        endpoints.access(new Access(CidrSet.of("192.0.2.0/24"), List.of(), TOKEN));
        for (String path : List.of("/", "/stats.json")) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(403);
        }
        assertThat(post("/close-client", "id=1", "Bearer " + TOKEN).statusCode())
                .isEqualTo(403);
        assertThat(get("/metrics").statusCode()).isEqualTo(200);

        endpoints.access(new Access(CidrSet.of("127.0.0.0/8", "::1"), List.of(), null));
        assertThat(stats("")).containsEntry("operable", false);
        assertThat(post("/close-client", "id=1", "Bearer ").statusCode()).isEqualTo(403);
    }

    private double metric(String start) throws Exception {
        Matcher matcher = Pattern.compile("^" + Pattern.quote(start) + ".*?(\\S+)$", Pattern.MULTILINE)
                .matcher(get("/metrics").body());
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : -1;
    }
}
