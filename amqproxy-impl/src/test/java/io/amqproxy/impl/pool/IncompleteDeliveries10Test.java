package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.pool.spi.InboundSession;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Deliveries that come in parts: what they take of one client is bounded, and so is for how long others wait for it.
 */
class IncompleteDeliveries10Test {

    /** Room for four parts, with the memory that holds them. */
    private static final int BUDGET = 260 * 1024;
    /** More than a client may have while others have used the memory up. */
    private static final String A = "a".repeat(3_000);

    private static final String AB = A + "b";
    private static final String PART = "x".repeat(60_000);

    /** A message's octets of which none belongs to its first sections. */
    private static final String BODY = "\0Su\u00b0\u0000\u0001\0\0" + "x".repeat(60_000);

    /** Annotations of 64,012 octets, and a body. */
    private static final String ANNOTATED = "\0Sr\u00d1\0\0\u00fa\u000c\0\0\0\u0002\u00a3\u0001x\u00b1\0\0\u00fa\0"
            + "x".repeat(64_000) + "\0Su\u00a0\u0001m";

    private final Rig10 rig = new Rig10(options -> {
        options.maxIncompleteBytes = BUDGET;
        options.maxMessageSize = 3 * 1024 * 1024;
    });

    private TestClient10 sender(String container) {
        return TestClient10.open(rig.rig, container).begin(0).sender(0, 0, "q").run();
    }

    /** A client that has taken all the memory that there is, and goes on when there is more. */
    private TestClient10 holder() {
        TestClient10 client = sender("holder");
        for (int i = 0; i < 5; i++) {
            client.part(0, 0, 0, false, true, PART).run();
        }
        return client;
    }

    /** One that waits for the rest of the memory. */
    private TestClient10 waiting() {
        TestClient10 client = sender("waiting");
        client.part(0, 0, 0, false, true, A)
                .run()
                .part(0, 0, 0, false, false, "b")
                .run();
        assertThat(rig.broker.taken).isEmpty();
        return client;
    }

    private void assertThatItIsClosedAndNotThis(TestClient10 closed, TestClient10 other) {
        assertThat(closed.last(0x18).error(0)).isEqualTo("amqp:resource-limit-exceeded");
        assertThat(other.all(0x18)).isEmpty();
        assertThat(rig.broker.taken).containsExactly(AB);
    }

    @Test
    void whoSendsNoMoreCostsOthersTenSeconds() {
        TestClient10 stuck = holder();
        TestClient10 waiting = waiting();
        rig.rig.pass(Duration.ofSeconds(16));
        assertThatItIsClosedAndNotThis(stuck, waiting);
    }

    @Test
    void whoIsNotReadByItsOwnDoingDoesToo() {
        TestClient10 stuck = holder();
        TestClient10 waiting = waiting();
        stuck.link().clogged = true;
        while (!stuck.link().session().isPaused()) {
            for (int i = 0; i < 100; i++) {
                stuck.say(0, 0x13, 0, 1000, 0, 1000, null, null, null, null, null, true);
            }
            stuck.run();
        }
        rig.rig.pass(Duration.ofSeconds(16));
        assertThat(rig.broker.taken).containsExactly(AB);
        assertThat(((InboundSession) stuck.link().session()).isOver()).isTrue();
        assertThat(waiting.all(0x18)).isEmpty();
    }

    @Test
    void whoIsHeldUpByTheBrokerMayHoldUpOthersForLongerButNotForEver() {
        rig.broker.window = 1;
        TestClient10 stuck = holder();
        rig.broker.window = 100;
        TestClient10 waiting = waiting();
        rig.broker.window = 1;
        stuck.sender(0, 1, "other").run();
        for (int i = 0; i < 3; i++) {
            stuck.transfer(0, 1, i + 1, true, "m").run();
        }
        assertThat(stuck.link().session().isPaused()).isTrue();
        rig.rig.pass(Duration.ofSeconds(40));
        assertThat(stuck.all(0x18)).isEmpty();
        rig.rig.pass(Duration.ofSeconds(40));
        assertThat(stuck.last(0x18).error(0)).isEqualTo("amqp:resource-limit-exceeded");
        assertThat(waiting.all(0x18)).isEmpty();
        assertThat(rig.broker.taken).containsExactly("m", AB);
    }

    @Test
    void whoSendsDropByDropHoldsUpNobodyForLong() {
        TestClient10 slow = holder();
        TestClient10 waiting = waiting();
        for (int i = 0; i < 10 && !slow.ended && slow.all(0x18).isEmpty(); i++) {
            slow.part(0, 0, 0, false, true, "x");
            rig.rig.pass(Duration.ofSeconds(4));
        }
        assertThatItIsClosedAndNotThis(slow, waiting);
    }

    @Test
    void aLargeMessageThatComesOnMayTakeItsTime() {
        TestClient10 large = holder();
        TestClient10 waiting = waiting();
        for (int i = 0; i < 36; i++) {
            large.part(0, 0, 0, false, true, PART);
            rig.rig.pass(Duration.ofMillis(500));
        }
        assertThat(rig.broker.taken).isEmpty();
        large.part(0, 0, 0, false, false, PART).run();
        assertThat(rig.broker.taken).hasSize(2).contains(AB);
        assertThat(waiting.all(0x18)).isEmpty();
        assertThat(large.all(0x18)).isEmpty();
    }

    @Test
    void whoHadToWaitForOthersIsGivenTimeOfItsOwn() {
        TestClient10 stuck = holder();
        TestClient10 next = sender("next");
        next.part(0, 0, 0, false, true, PART).run();
        TestClient10 waiting = waiting();
        rig.rig.pass(Duration.ofSeconds(16));
        assertThat(stuck.all(0x18)).hasSize(1);
        assertThat(rig.broker.taken).containsExactly(AB);
        rig.rig.pass(Duration.ofSeconds(60));
        next.part(0, 0, 0, false, false, "end").run();
        assertThat(rig.broker.taken).hasSize(2);
        assertThat(next.all(0x18)).isEmpty();
        assertThat(waiting.all(0x18)).isEmpty();
    }

    @Test
    void aClientHasNoMoreOnAllItsLinksThanOneMessageMayHave() {
        TestClient10 client = holder();
        client.sender(0, 1, "q").sender(0, 2, "q").run();
        for (int i = 0; client.all(0x16).isEmpty() && i < 100; i++) {
            client.part(0, i % 2 + 1, i % 2 + 1, false, true, PART).run();
        }
        assertThat(client.last(0x16).error(2)).isEqualTo("amqp:resource-limit-exceeded");
        client.part(0, 0, 0, false, false, PART).run();
        assertThat(rig.broker.taken).hasSize(1);
        assertThat(client.all(0x18)).isEmpty();
    }

    /** How a delivery ends, of whose first sections a part is kept. */
    enum End {
        COMPLETE(client -> client.part(0, 0, 0, false, false, ANNOTATED.substring(60_000))),
        ABORTED(client -> client.say(0, 0x14, 0, null, null, null, null, false, null, null, null, true)),
        DETACHED(client -> client.say(0, 0x16, 0, true)),
        ENDED(client -> client.say(0, 0x17)),
        CLOSED(client -> client.say(0, 0x18)),
        GONE(client -> client.link().hangUp());

        @SuppressWarnings("ImmutableEnumChecker") // What it does has no state.
        private final Consumer<TestClient10> action;

        End(Consumer<TestClient10> action) {
            this.action = action;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsKeptOfAHeadCountsUntilItsDeliveryEnds(End end) {
        rig.broker.product = "apache-activemq-artemis";
        TestClient10 client = sender("head");
        client.part(0, 0, 0, false, true, ANNOTATED.substring(0, 60_000)).run();
        assertThat(isRoomFor(1, "before")).isFalse();
        end.action.accept(client);
        client.run();
        assertThat(isRoomFor(2, "after")).isTrue();
        assertThat(rig.broker.taken).hasSize(end == End.COMPLETE ? 1 : 0);
    }

    @Test
    void whatIsKeptOfAHeadCountsNoMoreOnceTheHeadIsOver() {
        rig.broker.product = "apache-activemq-artemis";
        TestClient10 client = sender("head");
        client.part(0, 0, 0, false, true, ANNOTATED.substring(0, 20)).run();
        client.part(0, 0, 0, false, true, ANNOTATED.substring(20)).run();
        client.part(0, 0, 0, false, true, BODY).run();
        assertThat(isRoomFor(0, "others")).isTrue();
        assertThat(isRoomFor(1, "more")).isFalse();
    }

    /** Whether one more client can send two parts, and another one so many. */
    private boolean isRoomFor(int parts, String name) {
        TestClient10 one = sender(name + "1");
        TestClient10 other = sender(name + "2");
        one.part(0, 0, 0, false, true, BODY).part(0, 0, 0, false, true, BODY).run();
        for (int i = 0; i < parts; i++) {
            other.part(0, 0, 0, false, true, BODY).run();
        }
        boolean isRoom =
                !one.link().session().isPaused() && !other.link().session().isPaused();
        one.vanish();
        other.vanish();
        return isRoom;
    }
}
