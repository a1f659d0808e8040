package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Settings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How long it is good that the broker has accepted credentials. */
class LoginProofTest {

    private static final NegotiatedLimits GRANTED = new NegotiatedLimits() {};

    private final LoopContext loop = new LoopContext(settings(), new ProxyListener() {});
    private final LoginProof proof = new LoginProof(loop, new Credentials("PLAIN", "user", new byte[] {1}));

    private static Settings settings() {
        Settings.Draft draft = new Settings.Draft(new MultiplexedPolicy());
        draft.credentialTtl = Duration.ofSeconds(100);
        return draft.build(1);
    }

    private void passes(int seconds) {
        loop.now += Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void nothingIsKnownBeforeTheBrokerHasSaidAnything() {
        assertThat(proof.isProved()).isFalse();
        assertThat(proof.isFresh()).isFalse();
        assertThat(proof.granted()).isNull();
    }

    @Test
    void itIsRenewedBeforeItIsTooOldAndWhatWasGrantedStaysKnown() {
        passes(7);
        proof.onAccepted(GRANTED);
        passes(79);
        assertThat(proof.isDue()).isFalse();
        passes(1);
        assertThat(proof.isDue()).isTrue();
        assertThat(proof.isFresh()).isTrue();
        assertThat(proof.untilOld()).isEqualTo(Duration.ofSeconds(20).toNanos());
        passes(20);
        assertThat(proof.isFresh()).isFalse();
        assertThat(proof.isProved()).as("nobody has said otherwise").isTrue();
        assertThat(proof.granted()).isSameAs(GRANTED);
        proof.onAccepted(GRANTED);
        assertThat(proof.isFresh()).isTrue();
    }

    @Test
    void aRefusalEndsIt() {
        proof.onAccepted(GRANTED);
        proof.onRefused();
        assertThat(proof.isProved()).isFalse();
        assertThat(proof.isFresh()).isFalse();
        assertThat(proof.granted()).isSameAs(GRANTED);
    }
}
