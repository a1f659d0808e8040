package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Cause;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.LimitInfo;
import io.amqproxy.ProxyStats;
import io.amqproxy.UpstreamInfo;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What happens is counted by the metrics that say so. */
class MetricsTest {

    private final Metrics metrics = new Metrics(10, MetricsTest::nothing, () -> 0);
    private final ClientInfo client =
            ClientInfo.of(7, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1234), "guest", "/");
    private final UpstreamInfo upstream = UpstreamInfo.of(3, "broker:5672", "guest", "/");

    private static ProxyStats nothing() {
        return (ProxyStats) Proxy.newProxyInstance(
                MetricsTest.class.getClassLoader(), new Class<?>[] {ProxyStats.class}, (proxy, method, arguments) -> {
                    Class<?> type = method.getReturnType();
                    if (type == List.class) {
                        return List.of();
                    }
                    if (type == Instant.class) {
                        return Instant.ofEpochSecond(2_000_000_000);
                    }
                    return type == boolean.class ? (Object) false : type == int.class ? (Object) 0 : (Object) 0L;
                });
    }

    private List<String> samples() throws IOException {
        return samples(metrics);
    }

    private static List<String> samples(Metrics metrics) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, metrics.scrape());
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void publishersThatAreHeldBackAreCountedWithTheirTime() throws IOException {
        metrics.publishersHeldBack(upstream, "low on memory");
        assertThat(samples()).contains("amqproxy_publishers_held_back_total 1.0", "amqproxy_upstreams_held_back 1.0");
        metrics.publishersReleased(upstream, Duration.ofMillis(1500));

        assertThat(samples())
                .contains(
                        "amqproxy_publishers_held_back_total 1.0",
                        "amqproxy_publishers_held_back_seconds_total 1.5",
                        "amqproxy_upstreams_held_back 0.0");
    }

    /** To Prometheus an empty label is none, so that routes may come and go by a reload. */
    @Test
    void poolsOfRoutesAreToldApart() throws IOException {
        metrics.upstreamOpened(upstream, Duration.ofMillis(1));
        metrics.upstreamOpened(upstream.through("orders"), Duration.ofMillis(1));

        assertThat(samples())
                .contains(
                        "amqproxy_pool_login_seconds_count{route=\"\",user=\"guest\",vhost=\"/\"} 1",
                        "amqproxy_pool_login_seconds_count{route=\"orders\",user=\"guest\",vhost=\"/\"} 1");
    }

    @Test
    void aBrokerIsThereWhileAnEndpointOfAnyRouteAnswers() throws IOException {
        metrics.brokerReachable("broker:5672", null);
        metrics.brokerReachable("broker:5672", "orders");
        metrics.brokerUnreachable("broker:5672", "refused", null);
        assertThat(samples()).contains("amqproxy_broker_reachable 1.0");
        metrics.brokerUnreachable("broker:5672", "refused", "orders");
        assertThat(samples()).contains("amqproxy_broker_reachable 0.0");
    }

    @Test
    void theEndOfTheListenersCertificateIsToldInSeconds() throws IOException {
        assertThat(samples())
                .contains(
                        "amqproxy_tls_certificate_not_after_seconds 2.0E9", "amqproxy_tls_handshakes_failed_total 0.0");
    }

    /** As many users as come have labels of their own up to the bound, and all others together. */
    @Test
    void labelsAreBoundedHoweverManyUsersCome() throws IOException {
        for (int i = 0; i < 1000; i++) {
            UpstreamInfo one = UpstreamInfo.of(i, "broker:5672", "user" + i, "/");
            metrics.upstreamOpened(one, Duration.ofMillis(1));
            metrics.channelFenced(one, 1, Duration.ofMillis(1));
        }
        Set<String> users = samples().stream()
                .map(Pattern.compile("user=\"(.*?)\"")::matcher)
                .filter(Matcher::find)
                .map(matcher -> matcher.group(1))
                .collect(Collectors.toSet());

        assertThat(users).hasSize(11).contains("user0", "user9", "(others)");
    }

    @Test
    void aConnectionThatIsHeldBackAndEndsIsNoneAnyMore() throws IOException {
        metrics.publishersHeldBack(upstream, "low on memory");
        metrics.upstreamClosed(upstream, CloseReason.of(Initiator.NETWORK, Cause.LOST, 0, "reset"));

        assertThat(samples()).contains("amqproxy_upstreams_held_back 0.0");
    }

    @Test
    void theTimeThatClientsAreNotReadIsAddedUpByUser() throws IOException {
        metrics.upstreamOpened(upstream, Duration.ofMillis(1));
        metrics.clientSlowed(client, Duration.ofMillis(1500));
        metrics.clientSlowed(client, Duration.ofMillis(500));

        assertThat(samples())
                .contains("amqproxy_client_slowed_seconds_total{route=\"\",user=\"guest\",vhost=\"/\"} 2.0");
    }

    @Test
    void slowedClientsForeignProtocolsAndLimitsAreCounted() throws IOException {
        metrics.clientSlowed(client, Duration.ofMillis(1));
        metrics.foreignProtocol(client, "TLS");
        metrics.foreignProtocol(client, "TLS");
        metrics.foreignProtocol(client, "PROXY");
        metrics.limitReached(LimitInfo.of("brokerChannels", "clients wait").in("guest", "/"));
        metrics.publishesLost(upstream, 5);

        assertThat(samples())
                .contains(
                        "amqproxy_client_slowdowns_total 1.0",
                        "amqproxy_foreign_protocols_total{protocol=\"TLS\"} 2.0",
                        "amqproxy_foreign_protocols_total{protocol=\"PROXY\"} 1.0",
                        "amqproxy_limits_reached_total{limit=\"brokerChannels\"} 1.0",
                        "amqproxy_publishes_lost_total 5.0");
    }
}
