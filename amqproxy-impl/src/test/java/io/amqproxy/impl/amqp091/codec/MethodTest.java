package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MethodTest {

    private static final long SEED = 91;

    /** Name, class, method, who sends it: c(lient), b(roker), or both. */
    private static final String SPECIFICATION = """
            connection.start 10 10 b
            connection.start-ok 10 11 c
            connection.secure 10 20 b
            connection.secure-ok 10 21 c
            connection.tune 10 30 b
            connection.tune-ok 10 31 c
            connection.open 10 40 c
            connection.open-ok 10 41 b
            connection.close 10 50 cb
            connection.close-ok 10 51 cb
            connection.blocked 10 60 b
            connection.unblocked 10 61 b
            connection.update-secret 10 70 c
            connection.update-secret-ok 10 71 b
            channel.open 20 10 c
            channel.open-ok 20 11 b
            channel.flow 20 20 cb
            channel.flow-ok 20 21 cb
            channel.close 20 40 cb
            channel.close-ok 20 41 cb
            access.request 30 10 c
            access.request-ok 30 11 b
            exchange.declare 40 10 c
            exchange.declare-ok 40 11 b
            exchange.delete 40 20 c
            exchange.delete-ok 40 21 b
            exchange.bind 40 30 c
            exchange.bind-ok 40 31 b
            exchange.unbind 40 40 c
            exchange.unbind-ok 40 51 b
            queue.declare 50 10 c
            queue.declare-ok 50 11 b
            queue.bind 50 20 c
            queue.bind-ok 50 21 b
            queue.purge 50 30 c
            queue.purge-ok 50 31 b
            queue.delete 50 40 c
            queue.delete-ok 50 41 b
            queue.unbind 50 50 c
            queue.unbind-ok 50 51 b
            basic.qos 60 10 c
            basic.qos-ok 60 11 b
            basic.consume 60 20 c
            basic.consume-ok 60 21 b
            basic.cancel 60 30 cb
            basic.cancel-ok 60 31 cb
            basic.publish 60 40 c
            basic.return 60 50 b
            basic.deliver 60 60 b
            basic.get 60 70 c
            basic.get-ok 60 71 b
            basic.get-empty 60 72 b
            basic.ack 60 80 cb
            basic.reject 60 90 c
            basic.recover-async 60 100 c
            basic.recover 60 110 c
            basic.recover-ok 60 111 b
            basic.nack 60 120 cb
            confirm.select 85 10 c
            confirm.select-ok 85 11 b
            tx.select 90 10 c
            tx.select-ok 90 11 b
            tx.commit 90 20 c
            tx.commit-ok 90 21 b
            tx.rollback 90 30 c
            tx.rollback-ok 90 31 b
            """;

    /** A line of the specification. */
    record Line(String name, int classId, int methodId, String senders) {
        int id() {
            return classId << 16 | methodId;
        }

        Method method() {
            return Objects.requireNonNull(Method.of(id()), name);
        }
    }

    static Stream<Line> specification() {
        return SPECIFICATION.lines().map(line -> {
            List<String> words = List.of(line.split(" ", -1));
            return new Line(words.get(0), Integer.parseInt(words.get(1)), Integer.parseInt(words.get(2)), words.get(3));
        });
    }

    @ParameterizedTest
    @MethodSource("specification")
    void everyMethodOfTheSpecificationIsFoundByItsId(Line line) {
        Method method = line.method();

        assertThat(method).hasToString(line.name());
        assertThat(method.id()).isEqualTo(line.id());
        assertThat(method.classId()).isEqualTo(line.classId());
        assertThat(method.methodId()).isEqualTo(line.methodId());
    }

    @ParameterizedTest
    @MethodSource("specification")
    void aMethodKnowsWhoMaySendIt(Line line) {
        Method method = line.method();

        assertThat(method.fromClient())
                .as("from a client")
                .isEqualTo(line.senders().contains("c"));
        assertThat(method.fromBroker())
                .as("from a broker")
                .isEqualTo(line.senders().contains("b"));
    }

    @Test
    void thereAreNoMethodsBesidesThoseOfTheSpecification() {
        assertThat(Method.values())
                .extracting(Method::toString)
                .containsExactlyInAnyOrderElementsOf(
                        specification().map(Line::name).toList());
    }

    @Test
    void anIdNearAKnownOneGivesNothing() {
        Set<Integer> known = knownIds();
        for (int classId = 0; classId < 260; classId++) {
            for (int methodId = 0; methodId < 400; methodId++) {
                int id = classId << 16 | methodId;
                if (!known.contains(id)) {
                    assertThat(Method.of(id)).as("%d.%d", classId, methodId).isNull();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0xFFFFFFFF,
                0x80000000,
                0x7FFFFFFF,
                0xFFFF0000,
                0x0000FFFF,
                0x003CFFFF,
                0x005F007F,
                0x005F0080,
                0x00640000,
                0xFFC4000A,
                0x800A000A,
                0x003C8028
            })
    void aHostileIdGivesNothing(int id) {
        assertThat(Method.of(id)).isNull();
    }

    @Test
    void anyNumberGivesTheMethodWithThatIdOrNothing() {
        Set<Integer> known = knownIds();
        Random random = new Random(SEED);
        for (int i = 0; i < 1_000_000; i++) {
            int id = random.nextInt();
            Method method = Method.of(id);
            if (known.contains(id) ? method == null || method.id() != id : method != null) {
                throw new AssertionError("seed " + SEED + ", id " + Integer.toHexString(id) + " gave " + method);
            }
        }
    }

    /** Methods that carry a bit for no-wait, and which one it is. */
    static Stream<org.junit.jupiter.params.provider.Arguments> noWaitBits() {
        return Stream.of(
                bit(Method.EXCHANGE_DECLARE, 4), // passive, durable, auto-delete, internal, no-wait
                bit(Method.EXCHANGE_DELETE, 1), // if-unused, no-wait
                bit(Method.EXCHANGE_BIND, 0),
                bit(Method.EXCHANGE_UNBIND, 0),
                bit(Method.QUEUE_DECLARE, 4), // passive, durable, exclusive, auto-delete, no-wait
                bit(Method.QUEUE_BIND, 0),
                bit(Method.QUEUE_PURGE, 0),
                bit(Method.QUEUE_DELETE, 2), // if-unused, if-empty, no-wait
                bit(Method.BASIC_CONSUME, 3), // no-local, no-ack, exclusive, no-wait
                bit(Method.BASIC_CANCEL, 0),
                bit(Method.CONFIRM_SELECT, 0));
    }

    private static org.junit.jupiter.params.provider.Arguments bit(Method method, int noWait) {
        return org.junit.jupiter.params.provider.Arguments.of(method, noWait);
    }

    @ParameterizedTest
    @MethodSource("noWaitBits")
    void aMethodIsAnsweredUnlessItsOwnBitSaysNoWait(Method method, int noWaitBit) {
        List<Integer> answered =
                IntStream.range(0, 256).filter(method::isAnswered).boxed().toList();

        assertThat(method.isAnswered(0)).isTrue();
        assertThat(answered)
                .containsExactlyElementsOf(IntStream.range(0, 256)
                        .filter(bits -> (bits >> noWaitBit & 1) == 0)
                        .boxed()
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "channel.flow",
                "access.request",
                "queue.unbind",
                "basic.qos",
                "basic.get",
                "basic.recover",
                "tx.select",
                "tx.commit",
                "tx.rollback"
            })
    void aMethodWithoutSuchABitIsAnsweredWhateverItsBitsAre(String name) {
        Method method = named(name);

        assertThat(method.isAnswered(0)).isTrue();
        assertThat(IntStream.range(0, 256)).allMatch(method::isAnswered);
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic.publish", "basic.ack", "basic.nack", "basic.reject", "basic.recover-async"})
    void whatNoBrokerAnswersIsNeverAnswered(String name) {
        Method method = named(name);

        assertThat(method.isAnswered(0)).isFalse();
        assertThat(IntStream.range(0, 256)).noneMatch(method::isAnswered);
    }

    @Test
    void answersAreNotAnswered() {
        assertThat(Arrays.stream(Method.values()).filter(method -> method.name().endsWith("_OK")))
                .isNotEmpty()
                .noneMatch(method -> method.isAnswered(0))
                .noneMatch(method -> method.isAnswered(0));
    }

    private static Method named(String name) {
        return specification()
                .filter(line -> line.name().equals(name))
                .findFirst()
                .orElseThrow()
                .method();
    }

    private static Set<Integer> knownIds() {
        Set<Integer> known = new HashSet<>();
        specification().forEach(line -> known.add(line.id()));
        return known;
    }
}
