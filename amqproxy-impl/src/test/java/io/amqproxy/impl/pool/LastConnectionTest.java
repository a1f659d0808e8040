package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Connections for one client never take the last one that serves those who share. */
class LastConnectionTest {

    private final Rig.Options options = new Rig.Options();

    static Stream<Consumer<TestClient>> whatIsBetterDoneAlone() {
        return Stream.of(
                client -> client.consume(1, "q", "tag", true),
                client -> client.consume(1, "q", "tag", false),
                client -> client.declare(1, "", true),
                client -> client.publish(1, "other", "before").declare(1, "", true),
                client -> client.select(1).publish(1, "other", "before").declare(1, "", true),
                client -> client.declareExchange(1, "odd", "x-delayed"),
                client -> client.declare(1, "aged", false, Map.of("x-max-age", "a week")),
                client -> client.declare(1, "", true)
                        .consume(1, "q", "tag", true)
                        .openChannel(2)
                        .consume(2, "q", "t", true));
    }

    @ParameterizedTest
    @MethodSource("whatIsBetterDoneAlone")
    void othersFindAPlaceHoweverManyWouldRatherBeAlone(Consumer<TestClient> alone) {
        for (int most = 1; most <= 4; most++) {
            options.maxConnections = most;
            Rig rig = new Rig(options);
            rig.broker.queue("q").queue("other");
            rig.broker.exchangeTypes.add("x-delayed");
            for (int i = 0; i < 6; i++) {
                alone.accept(rig.open().openChannel(1));
                rig.run();
            }
            rig.pass(Duration.ofMinutes(3)); // What was shared only is closed when it is idle.
            TestClient publisher = rig.open();
            publisher.openChannel(1).publish(1, "other", "m");
            TestClient consumer = rig.open();
            consumer.openChannel(1).qos(1, 1, false).consume(1, "other", "tag", false);
            rig.pass(Duration.ofSeconds(1));

            assertThat(rig.broker.bodies()).as("of %s connections", most).endsWith("m");
            assertThat(consumer.hears(Method.BASIC_CONSUME_OK)).isTrue();
            assertThat(rig.broker.openConnections()).isLessThanOrEqualTo(most + 1L);
        }
    }

    @Test
    void aConsumerWithoutALimitHasItsOwnWhileThereIsAnotherOneForAll() {
        options.maxConnections = 3;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        for (int i = 0; i < 4; i++) {
            rig.open().openChannel(1).consume(1, "q", "tag", true);
            rig.run();
        }

        assertThat(rig.registry.pools().get(0).all())
                .filteredOn(one -> one.owner() != 0)
                .hasSize(2);
    }
}
