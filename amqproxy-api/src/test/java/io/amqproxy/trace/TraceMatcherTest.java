package io.amqproxy.trace;

import static io.amqproxy.trace.TraceMatcher.acknowledged;
import static io.amqproxy.trace.TraceMatcher.confirmed;
import static io.amqproxy.trace.TraceMatcher.delivered;
import static io.amqproxy.trace.TraceMatcher.modified;
import static io.amqproxy.trace.TraceMatcher.named;
import static io.amqproxy.trace.TraceMatcher.published;
import static io.amqproxy.trace.TraceMatcher.rejected;
import static io.amqproxy.trace.TraceMatcher.released;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientInfo;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TraceMatcherTest {

    private static final ClientInfo CLIENT =
            ClientInfo.of(7, InetSocketAddress.createUnresolved("client", 1), "guest", "/");

    private static TraceEvent event(Direction direction, String name, Map<String, Object> arguments) {
        boolean isMessage = name.equals("transfer") || name.equals("basic.publish") || name.equals("basic.deliver");
        TracedMessage message = isMessage ? TracedMessage.of(Map.of(), new byte[0], 0) : null;
        return TraceEvent.of(direction, CLIENT, 1, name, arguments, message);
    }

    private static TraceEvent disposition(Direction direction, Object state) {
        return event(direction, "disposition", Map.of("role", true, "first", 0L, "state", state));
    }

    private static Map<String, Object> inTransaction(Object outcome) {
        return Map.of("transactional-state", Map.of("txn-id", "0x01", "outcome", outcome));
    }

    @Test
    void anOutcomeWithinATransactionIsOne() {
        TraceEvent fromClient = disposition(Direction.FROM_CLIENT, inTransaction("accepted"));
        TraceEvent toClient = disposition(Direction.TO_CLIENT, inTransaction("accepted"));
        assertThat(acknowledged()).accepts(fromClient).rejects(toClient);
        assertThat(confirmed()).accepts(toClient).rejects(fromClient);
        TraceEvent other = disposition(Direction.TO_CLIENT, inTransaction("released"));
        TraceEvent none = disposition(Direction.TO_CLIENT, Map.of("transactional-state", Map.of("txn-id", "0x01")));
        assertThat(confirmed()).rejects(other, none, disposition(Direction.TO_CLIENT, "declared"));
    }

    @Test
    void whatIsSaidToACoordinatorIsNoMessage() {
        Map<String, Object> ofCoordinator = Map.of("role", true, "state", "accepted", "coordinator", true);
        assertThat(confirmed()).rejects(event(Direction.TO_CLIENT, "disposition", ofCoordinator));
        assertThat(acknowledged()).rejects(event(Direction.FROM_CLIENT, "disposition", ofCoordinator));
    }

    @Test
    void whatNobodyTakesIsNotPublished() {
        Map<String, Object> publish = new HashMap<>(Map.of("routing-key", "orders"));
        Map<String, Object> transfer = new HashMap<>(Map.of("address", "orders"));
        assertThat(published("orders"))
                .accepts(event(Direction.FROM_CLIENT, "basic.publish", publish))
                .accepts(event(Direction.FROM_CLIENT, "transfer", transfer));
        publish.put("dropped", true);
        transfer.put("dropped", true);
        assertThat(published("orders"))
                .rejects(event(Direction.FROM_CLIENT, "basic.publish", publish))
                .rejects(event(Direction.FROM_CLIENT, "transfer", transfer));
    }

    @Test
    void whatIsDeliveredHasTheNameOfWhereItComesFrom() {
        Map<String, Object> deliver = Map.of("routing-key", "key", "queue", "orders");
        assertThat(delivered("orders")).accepts(event(Direction.TO_CLIENT, "basic.deliver", deliver));
        assertThat(delivered("key")).accepts(event(Direction.TO_CLIENT, "basic.deliver", deliver));
        assertThat(delivered("other")).rejects(event(Direction.TO_CLIENT, "basic.deliver", deliver));
        Map<String, Object> transfer = Map.of("address", "/queues/orders");
        assertThat(delivered("orders"))
                .accepts(event(Direction.TO_CLIENT, "transfer", transfer))
                .rejects(event(Direction.FROM_CLIENT, "transfer", transfer));
        assertThat(delivered("other")).rejects(event(Direction.TO_CLIENT, "transfer", transfer));
    }

    @Test
    void outcomesOfBothDirectionsHaveWordsWhateverTheirFields() {
        Map<String, TraceMatcher> words =
                Map.of("rejected", rejected(), "released", released(), "modified", modified());
        for (Direction direction : Direction.values()) {
            boolean isOfClient = direction == Direction.FROM_CLIENT || direction == Direction.TO_CLIENT;
            words.forEach((outcome, matcher) -> words.keySet().forEach(other -> {
                boolean isMeant = isOfClient && other.equals(outcome);
                Map<String, Object> withFields = Map.of(other, Map.of("field", true));
                assertThat(matcher.test(disposition(direction, other))).isEqualTo(isMeant);
                assertThat(matcher.test(disposition(direction, withFields))).isEqualTo(isMeant);
                assertThat(matcher.test(disposition(direction, inTransaction(withFields))))
                        .isEqualTo(isMeant);
            }));
        }
        assertThat(rejected())
                .rejects(event(Direction.FROM_CLIENT, "disposition", Map.of("role", false, "state", "rejected")));
    }

    @Test
    void outcomesHaveTheSameWordsInAmqp091() {
        for (String name : new String[] {"basic.reject", "basic.nack"}) {
            TraceEvent lost = event(Direction.FROM_CLIENT, name, Map.of("delivery-tag", 1L, "requeue", false));
            TraceEvent back = event(Direction.FROM_CLIENT, name, Map.of("delivery-tag", 1L, "requeue", true));
            assertThat(rejected()).accepts(lost).rejects(back);
            assertThat(released()).accepts(back).rejects(lost);
        }
        TraceEvent refused = event(Direction.TO_CLIENT, "basic.nack", Map.of("delivery-tag", 1L, "requeue", true));
        assertThat(rejected()).accepts(refused);
        assertThat(released()).rejects(refused);
    }

    /** It would be for nothing, so that "none of these" were always true. */
    @Test
    @SuppressWarnings("NullAway")
    void aMatcherIsForSomething() {
        String none = null;
        Predicate<TraceEvent> nobody = null;
        TraceMatcher some = delivered();
        for (ThrowingCallable matcher : List.<ThrowingCallable>of(
                () -> named(none),
                () -> TraceMatcher.fromClient(none),
                () -> TraceMatcher.toClient(none),
                () -> published(none),
                () -> delivered(none),
                () -> some.with(none, 1),
                () -> some.with("a", none),
                () -> some.withBody(none),
                () -> some.withProperty(none, 1),
                () -> some.withProperty("a", none),
                () -> some.withHeader(none, 1),
                () -> some.withHeader("a", none),
                () -> some.inDirection(null),
                () -> some.and(none, event -> true),
                () -> some.and("a", nobody))) {
            assertThatThrownBy(matcher).isInstanceOf(NullPointerException.class);
        }
    }
}
