package io.amqproxy.trace;

import static io.amqproxy.trace.TraceMatcher.published;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientInfo;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class RecorderTest {

    private static final ClientInfo CLIENT =
            ClientInfo.of(7, InetSocketAddress.createUnresolved("client", 1), "guest", "/");

    private final Recorder recorder = new Recorder(3);

    private static TraceEvent publish(String key, String body) {
        byte[] octets = body.getBytes(StandardCharsets.UTF_8);
        return TraceEvent.of(
                Direction.FROM_CLIENT,
                CLIENT,
                2,
                "basic.publish",
                Map.of("routing-key", key),
                TracedMessage.of(Map.of("delivery-mode", 2), octets, octets.length));
    }

    @Test
    void anEventThatWasRecordedBeforeIsFound() {
        recorder.onEvent(publish("a", "one"));
        recorder.onEvent(publish("b", "two"));
        assertThat(recorder.await(published("b").withBody("two").onChannel(2), Duration.ZERO))
                .isEqualTo(recorder.events().get(1));
    }

    @Test
    void anEventThatComesLaterIsWaitedFor() throws Exception {
        recorder.onEvent(publish("a", "one"));
        CompletableFuture<Integer> found = CompletableFuture.supplyAsync(
                () -> recorder.await(published("a"), 2, Duration.ofSeconds(50)).size());
        recorder.onEvent(publish("a", "two"));
        assertThat(found.get()).isEqualTo(2);
    }

    @Test
    void aFailureSaysWhatWasSaid() {
        recorder.onEvent(publish("a", "one\nline"));
        assertThatThrownBy(() -> recorder.await(published("b").withBody("x"), Duration.ofMillis(1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("no published to 'b' with the body 'x' within 1 ms; this was" + " said:\n")
                .hasMessageContaining(
                        " client 7 -> 2 basic.publish routing-key='a' {delivery-mode=2} 'one\\nline' (8 octets)");
    }

    @Test
    void whoeverWaitsForNoEventsIsToldHowNoneIsSeen() {
        for (int count : new int[] {0, -1}) {
            assertThatThrownBy(() -> recorder.await(published("a"), count, Duration.ofMillis(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("flush");
        }
    }

    @Test
    void theLongestTimeIsNoError() throws Exception {
        CompletableFuture<TraceEvent> found =
                CompletableFuture.supplyAsync(() -> recorder.await(published("a"), Duration.ofSeconds(Long.MAX_VALUE)));
        recorder.onEvent(publish("a", "one"));
        assertThat(found.get()).isEqualTo(recorder.events().get(0));
    }

    @Test
    void aFailureSaysThatBodiesWereCut() {
        recorder.onEvent(publish("a", "a long one"));
        assertThatThrownBy(() -> recorder.await(published("b"), Duration.ZERO)).hasMessageNotContaining("bodyLimit");
        recorder.onEvent(TraceFilter.all().bodyLimit(3).limited(publish("a", "a long one")));
        assertThatThrownBy(() -> recorder.await(published("a").withBody("a longer one"), Duration.ZERO))
                .hasMessageContaining("TraceFilter.bodyLimit");
    }

    @Test
    void theOldestEventsGoAndAreCounted() {
        for (int i = 0; i < 5; i++) {
            recorder.onEvent(publish("k" + i, ""));
        }
        assertThat(recorder.events()).hasSize(3);
        assertThatThrownBy(() -> recorder.await(published("k1"), Duration.ZERO))
                .hasMessageContaining("(and 2 events that were not kept)");
        recorder.clear();
        assertThat(recorder.events()).isEmpty();
        assertThatThrownBy(() -> recorder.await(published("k4"), Duration.ZERO))
                .hasMessageContaining("nothing was said");
    }

    @Test
    void aFilterWantsNoMoreThanItSays() {
        TraceFilter filter = TraceFilter.ofClients()
                .names("basic.publish")
                .clients(client -> client.id() == 7)
                .bodyLimit(2);
        assertThat(filter.wants(Direction.FROM_CLIENT, "basic.publish", CLIENT, null))
                .isTrue();
        assertThat(filter.wants(Direction.FROM_CLIENT, "basic.ack", CLIENT, null))
                .isFalse();
        assertThat(filter.wants(Direction.FROM_BROKER, "basic.publish", null, null))
                .isFalse();
        TracedMessage message = filter.limited(publish("a", "long")).message();
        assertThat(message).isNotNull();
        assertThat(message.text()).isEqualTo("lo");
        assertThat(message.size()).isEqualTo(4);
        assertThat(message.isCut()).isTrue();
    }

    @Test
    void aFilterWantsWhatNamesSomething() {
        TraceFilter filter = TraceFilter.all().naming("orders", "bills");
        assertThat(filter.wantsNames(Map.of("exchange", "", "routing-key", "orders"), null))
                .isTrue();
        assertThat(filter.wantsNames(Map.of("exchange", "bills", "routing-key", "k"), null))
                .isTrue();
        assertThat(filter.wantsNames(Map.of("routing-key", "k", "queue", "orders"), null))
                .isTrue();
        assertThat(filter.wantsNames(Map.of("routing-key", "k"), null)).isFalse();
        assertThat(filter.wantsNames(Map.of("delivery-tag", 1L), null)).isFalse();
        assertThat(filter.wantsNames(Map.of("source", Map.of("address", "/queues/orders")), null))
                .isTrue();
        assertThat(filter.wantsNames(Map.of("address", "orders"), null)).isTrue();
        TracedMessage toOrders = TracedMessage.of(Map.of("to", "orders"), new byte[0], 0);
        assertThat(filter.wantsNames(Map.of(), toOrders)).isTrue();
        assertThat(filter.wantsNames(Map.of("address", "others"), toOrders)).isFalse();
        assertThat(TraceFilter.all().wantsNames(Map.of(), null)).isTrue();
        assertThat(filter.toString()).contains("orders");
    }

    @Test
    void aFilterWantsNothingOfConnectionsThatItDoesNotMean() {
        TraceFilter ofOne = TraceFilter.ofClients().clients(client -> client.id() == 7);
        assertThat(ofOne.wantsConnection(CLIENT, null)).isTrue();
        assertThat(ofOne.wantsConnection(null, null)).isFalse();
        assertThat(ofOne.clients(client -> client.id() == 8).wantsConnection(CLIENT, null))
                .isFalse();
        assertThat(TraceFilter.all().directions(Direction.TO_BROKER).wantsConnection(CLIENT, null))
                .isFalse();
        assertThat(TraceFilter.all().directions(Direction.TO_BROKER).wantsConnection(null, null))
                .isTrue();
    }
}
