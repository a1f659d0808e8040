package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.amqp10.Amqp10;
import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.core.Link;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which protocols the broker speaks, where its endpoints are asked and do not say the same, or nothing. */
class EndpointProtocolsTest {

    private static final byte[] AMQP_0_9_1 = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final byte[] SPEAKS_1_0 = speaks();

    private final Amqp10 amqp10 = new Amqp10();
    private final Amqp091 amqp091 = new Amqp091();
    private final LoopContext loop = new LoopContext(new Rig.Options().settings(), new ProxyListener() {});
    private final Map<String, List<OutboundSession>> asked = new LinkedHashMap<>();
    private final List<String> told = new ArrayList<>();
    private final List<String> states = new ArrayList<>();
    /** What the next attempt to connect throws, or null. */
    private @Nullable RuntimeException fault;

    private List<Protocol> protocols = List.of(amqp10);
    private EndpointHealth health = new EndpointHealth(loop, protocols, new Told(), new Random(1));

    private static byte[] speaks() {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        octets.writeBytes(Stream10.SASL);
        octets.writeBytes(Wire10.frame(0, 0x40, new byte[0], new Wire10.Symbol("PLAIN")));
        return octets.toByteArray();
    }

    private void watch(String... endpoints) {
        health.watch(List.of(endpoints).stream().map(Asked::new).toList());
    }

    /** The last question that an endpoint was asked is answered with these octets. */
    private void answer(String endpoint, byte[] octets) {
        List<OutboundSession> questions = askedOf(endpoint);
        OutboundSession last = questions.get(questions.size() - 1);
        last.attach(Link.NOWHERE);
        last.receive(ByteBuffer.wrap(octets));
    }

    private List<OutboundSession> askedOf(String endpoint) {
        return asked.getOrDefault(endpoint, List.of());
    }

    private int questions(String endpoint) {
        return askedOf(endpoint).size();
    }

    private void pass(Duration time) {
        long end = loop.now + time.toNanos();
        for (long next = loop.timers.untilNext(loop.now);
                next >= 0 && loop.now + next <= end;
                next = loop.timers.untilNext(loop.now)) {
            loop.now += next;
            loop.timers.fire(loop.now);
        }
        loop.now = end;
    }

    private void speakBoth() {
        protocols = List.of(amqp091, amqp10);
        health = new EndpointHealth(loop, protocols, new Told(), new Random(1));
        watch("a");
        List<OutboundSession> questions = askedOf("a");
        questions.get(0).attach(Link.NOWHERE);
        questions.get(0).receive(ByteBuffer.wrap(new ScriptedBroker().accept().start()));
        told.clear();
    }

    @Test
    void oneEndpointThatSpeaksAProtocolIsEnoughWhoeverAnswersFirst() {
        watch("a", "b");
        answer("a", AMQP_0_9_1);
        assertThat(told)
                .as("b may speak it")
                .contains("a speaks AMQP 1.0: false")
                .doesNotContain("not AMQP 1.0");
        answer("b", SPEAKS_1_0);
        assertThat(told).endsWith("b speaks AMQP 1.0: true", "AMQP 1.0");

        told.clear();
        watch("b", "c");
        answer("c", AMQP_0_9_1);
        assertThat(told).doesNotContain("not AMQP 1.0");
    }

    @Test
    void whereNoneSpeaksItOneOfTheirHeadersIsTold() {
        watch("a", "b");
        answer("a", AMQP_0_9_1);
        answer("b", AMQP_0_9_1);
        assertThat(told).endsWith("not AMQP 1.0");
    }

    @Test
    void anEndpointThatCannotBeReachedKeepsNobodyWaiting() {
        watch("a", "b");
        answer("a", AMQP_0_9_1);
        askedOf("b").get(0).onConnectFailed("refused");
        assertThat(told).endsWith("not AMQP 1.0");
    }

    @Test
    void theLastOneThatSpeaksItGoes() {
        watch("a", "b");
        answer("a", AMQP_0_9_1);
        answer("b", SPEAKS_1_0);
        told.clear();
        watch("a");
        assertThat(told).endsWith("not AMQP 1.0");
    }

    @Test
    void octetsThatAreNoHeaderSayNothing() {
        for (String octets : List.of("HTTP/1.1 400", "AMQP\u007f\u007f\u007f\u007f", "\0\0\0\0\0\0\0\0")) {
            told.clear();
            watch(octets);
            answer(octets, octets.getBytes(US_ASCII));
            assertThat(told).as(octets).doesNotContain("not AMQP 1.0", "AMQP 1.0");
        }
    }

    @Test
    void anEndpointThatGaveNoAnswerInTheOtherProtocolIsAskedAgainEverMoreSeldom() {
        speakBoth();
        assertThat(questions("a")).isEqualTo(2);
        askedOf("a").get(1).onConnectImpossible("no descriptor");
        pass(Duration.ofNanos(ProtocolAnswer.FIRST_PAUSE));
        assertThat(questions("a")).isEqualTo(3);
        answer("a", "garbage!".getBytes(US_ASCII));
        pass(Duration.ofNanos(ProtocolAnswer.FIRST_PAUSE));
        assertThat(questions("a")).isEqualTo(3);
        pass(Duration.ofNanos(ProtocolAnswer.FIRST_PAUSE));
        assertThat(questions("a")).isEqualTo(4);
        long pause = 2 * ProtocolAnswer.FIRST_PAUSE;
        for (int i = 0; i < 20; i++) {
            askedOf("a").get(questions("a") - 1).onConnectFailed("refused");
            pause = Math.min(2 * pause, ProtocolAnswer.LONGEST_PAUSE);
            pass(Duration.ofNanos(pause - 1));
            assertThat(questions("a")).isEqualTo(4 + i);
            pass(Duration.ofNanos(1));
            assertThat(questions("a")).isEqualTo(5 + i);
        }
        assertThat(told).doesNotContain("not AMQP 1.0");
        answer("a", SPEAKS_1_0);
        assertThat(told).endsWith("AMQP 1.0");
        pass(Duration.ofHours(1));
        assertThat(questions("a")).isEqualTo(24);
    }

    @Test
    void whereAConnectionFailedInAProtocolTheEndpointIsAskedInThat() {
        speakBoth();
        answer("a", SPEAKS_1_0);
        health.onDoubt("a", amqp10);
        health.onDoubt("a", amqp10);
        assertThat(questions("a")).isEqualTo(3);
        answer("a", AMQP_0_9_1);
        assertThat(told).endsWith("a speaks AMQP 1.0: false", "not AMQP 1.0");
        health.onDoubt("a", amqp091);
        assertThat(questions("a")).isEqualTo(4);
    }

    /** Otherwise a broker that is gone looks well for as long as all clients speak the other protocol. */
    @Test
    void whereItDoesNotAnswerInThatItIsAskedHowItIs() {
        speakBoth();
        answer("a", SPEAKS_1_0);
        health.onDoubt("a", amqp10);
        assertThat(questions("a")).isEqualTo(3);
        states.clear();

        askedOf("a").get(2).onConnectFailed("refused");
        assertThat(questions("a")).isEqualTo(4);
        askedOf("a").get(3).onConnectFailed("refused");

        assertThat(states).containsExactly("a is unreachable", "a is unusable");
    }

    @Test
    void anEndpointThatIsBackIsUsedThoughItCannotBeAskedForTheOtherProtocol() {
        speakBoth();
        answer("a", SPEAKS_1_0);
        health.onFailed("a", "reset");
        pass(Duration.ofSeconds(1));
        askedOf("a").get(questions("a") - 1).onConnectFailed("refused");
        states.clear();
        pass(Duration.ofSeconds(2));
        fault = new IllegalStateException("on purpose");
        OutboundSession question = askedOf("a").get(questions("a") - 1);
        int before = questions("a");
        question.attach(Link.NOWHERE);
        question.receive(ByteBuffer.wrap(new ScriptedBroker().accept().start()));

        assertThat(states).containsExactly("a is usable", "a is reachable");
        assertThat(fault).as("it was to be asked").isNull();
        pass(Duration.ofNanos(ProtocolAnswer.FIRST_PAUSE));
        assertThat(questions("a")).as("it is asked again").isEqualTo(before + 1);
        answer("a", SPEAKS_1_0);
        assertThat(told).endsWith("AMQP 1.0");
    }

    @Test
    void aQuestionAboutTheOtherProtocolThatFailsIsNotTheLast() {
        speakBoth();
        answer("a", SPEAKS_1_0);
        fault = new IllegalStateException("on purpose");
        int before = questions("a");
        health.onDoubt("a", amqp10);
        assertThat(fault).isNull();

        pass(Duration.ofNanos(ProtocolAnswer.FIRST_PAUSE));
        assertThat(questions("a")).isEqualTo(before + 1);
    }

    @Test
    void connectionsGoWhereTheirProtocolIsSpoken() {
        Endpoints endpoints =
                new Endpoints(List.of(new Asked("a"), new Asked("b")), io.amqproxy.EndpointChoice.ordered(), health);
        endpoints.onSpoken("a", amqp10, false);
        assertThat(endpoints.choose(amqp091, null).name()).isEqualTo("a");
        assertThat(endpoints.choose(amqp10, null).name()).isEqualTo("b");
        endpoints.onUnusable("b", "down");
        assertThat(endpoints.choose(amqp10, null).name()).isEqualTo("b");
        assertThat(endpoints.isAnyUsable(amqp10)).isFalse();
        assertThat(endpoints.isAnyUsable(amqp091)).isTrue();
        endpoints.onSpoken("a", amqp10, true);
        assertThat(endpoints.choose(amqp10, null).name()).isEqualTo("a");
    }

    private final class Asked implements Connector {
        private final String endpoint;

        Asked(String endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        public String endpoint() {
            return endpoint;
        }

        @Override
        public void connect(OutboundSession session) {
            RuntimeException now = fault;
            if (now != null) {
                fault = null;
                throw now;
            }
            asked.computeIfAbsent(endpoint, name -> new ArrayList<>()).add(session);
        }
    }

    private final class Told implements EndpointHealth.Observer {
        @Override
        public void onProfile(Protocol protocol, BrokerProfile profile) {
            told.add(protocol.name());
        }

        @Override
        public void onSpoken(String endpoint, Protocol protocol, boolean isSpoken) {
            told.add(endpoint + " speaks " + protocol.name() + ": " + isSpoken);
        }

        @Override
        public void onOtherProtocol(Protocol protocol, byte[] header) {
            assertThat(header).isEqualTo(AMQP_0_9_1);
            told.add("not " + protocol.name());
        }

        @Override
        public void onSilence(Protocol protocol) {}

        @Override
        public void onUsable(String endpoint) {
            states.add(endpoint + " is usable");
        }

        @Override
        public void onUnusable(String endpoint, String why) {
            states.add(endpoint + " is unusable");
        }

        @Override
        public void onReachable(String endpoint) {
            states.add(endpoint + " is reachable");
        }

        @Override
        public void onUnreachable(String endpoint, String why) {
            states.add(endpoint + " is unreachable");
        }

        @Override
        public void onDown() {}

        @Override
        public void onUp() {}
    }
}
