package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.upstream.Amqp10Upstream;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever sends faster than the other side reads is not read, whatever it sends. */
class Backpressure10Test {

    /** Larger than what may wait for a peer, by what one read brings. */
    private static final long BOUND = 3 * 1024 * 1024;

    private static final int FRAMES = 200_000;

    private final Rig10 rig = new Rig10(options -> options.maxConnections = 1);

    /** What a client says again and again in a session with a sender on handle 0 and a receiver on handle 1. */
    enum Flood {
        FLOWS((client, i) -> client.credit(0, 1, 0, i)),
        DISPOSITIONS((client, i) -> client.say(0, 0x15, true, 0, null, false, Wire10.composite(0x24))),
        LINKS((client, i) -> client.receiver(0, 2, "q").say(0, 0x16, 2, true)),
        SESSIONS((client, i) -> client.begin(1).receiver(1, 0, "q").say(1, 0x17));

        @SuppressWarnings("ImmutableEnumChecker") // none of them has a state
        private final BiConsumer<TestClient10, Integer> frames;

        Flood(BiConsumer<TestClient10, Integer> frames) {
            this.frames = frames;
        }
    }

    private FakeLink toBroker() {
        return rig.rig.links.stream()
                .filter(link -> link.session() instanceof Amqp10Upstream)
                .findFirst()
                .orElseThrow();
    }

    /** A client with a link for each direction, which has got a message and not settled it. */
    private TestClient10 user() {
        rig.broker.queue("p").add(new byte[] {'m'});
        return rig.open()
                .begin(0)
                .sender(0, 0, "q")
                .receiver(0, 1, "p")
                .credit(0, 1, 0, 10)
                .run();
    }

    /** The client writes as long as it is read, and no more than so many frames. */
    private void flood(TestClient10 client, Flood flood) {
        for (int i = 0; i < FRAMES && !client.link().session().isPaused(); i += 100) {
            for (int k = i; k < i + 100; k++) {
                flood.frames.accept(client, k);
            }
            rig.rig.run();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoFloodsABrokerThatDoesNotReadIsNotRead(Flood flood) {
        TestClient10 client = user();
        FakeLink toBroker = toBroker();
        toBroker.clogged = true;
        flood(client, flood);
        assertThat(toBroker.session().out().size()).isLessThan(BOUND);
        assertThat(client.link().session().isPaused()).isTrue();

        toBroker.unclog();
        rig.rig.run();
        assertThat(client.link().session().isPaused()).isFalse();
        assertThat(client.transfer(0, 0, 0, false, "after").run().last(0x15).is(3))
                .isTrue();
        assertThat(rig.broker.taken).containsExactly("after");
        assertThat(client.ended).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void whoFloodsAndReadsNoAnswersIsNotRead(Flood flood) {
        TestClient10 client = user();
        client.link().clogged = true;
        flood(client, flood);
        assertThat(client.link().session().out().size()).isLessThan(BOUND);

        client.link().unclog();
        rig.rig.run();
        assertThat(client.transfer(0, 0, 0, false, "after").run().last(0x15).is(3))
                .isTrue();
    }

    @Test
    void whoOnlyHasTheProxyAnswerIsNotReadEither() {
        TestClient10 client = rig.open();
        client.link().clogged = true;
        for (int i = 0; i < FRAMES && !client.link().session().isPaused(); i++) {
            client.begin(0)
                    .say(0, 0x13, null, 10, 0, 10, null, null, null, null, null, true)
                    .say(0, 0x17);
            if (i % 100 == 0) {
                rig.rig.run();
            }
        }
        assertThat(client.link().session().out().size()).isLessThan(BOUND);
        client.link().unclog();
        rig.rig.run();
        assertThat(client.link().session().isPaused()).isFalse();
    }

    /** A client that takes 5,000 messages from this queue, and reads none. */
    private static TestClient10 slowReader(Rig10 rig, String queue, int messages, int octets) {
        TestClient10 client = rig.open().begin(0).say(0, 0x13, 0, 5000, 0, 1000).receiver(0, 0, queue);
        client.credit(0, 0, 0, 5000).run();
        client.link().clogged = true;
        for (int i = 0; i < messages; i++) {
            rig.broker.queue(queue).add(new byte[octets]);
        }
        rig.broker.connections.forEach(
                connection -> connection.sessions.values().forEach(ScriptedBroker10.Session::deliver));
        rig.rig.run();
        return client;
    }

    private static long unread(TestClient10 client) {
        return client.link().session().out().size();
    }

    /** How large messages are is not known before the first ones came, and these were asked for by then. */
    @Test
    void whoReadsNothingIsSentFewLargeMessagesFromTheBeginning() {
        int octets = 60_000;
        TestClient10 client = slowReader(rig, "large", 1000, octets);
        assertThat(unread(client)).isGreaterThan(octets).isLessThan(65L * octets);
        client.link().unclog();
        rig.rig.run();
        assertThat(client.bodies()).hasSize(1000);
    }

    @Test
    void whileMemoryIsTightTheyAreFewer() {
        Rig10 rig = new Rig10(options -> options.maxBufferBytes = 6_000_000);
        int octets = 60_000;
        slowReader(rig, "one", 100, octets);
        TestClient10 client = slowReader(rig, "other", 100, octets);
        assertThat(unread(client)).isGreaterThan(octets).isLessThan(512 * 1024 + 9L * octets);
        client.link().unclog();
        rig.rig.run();
        assertThat(client.bodies()).hasSize(100);
    }
}
