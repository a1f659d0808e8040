package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every truncation and every single wrong bit of a session, beside neighbours: see {@link Neighbourhood}. */
class SessionVariantsTest {

    private final byte[] session = RecordedSession.bytes();

    @Test
    void theRecordedSessionIsInOrderAndSharesTheUpstreamOfTheNeighbours() {
        Neighbours neighbours = new Neighbours();
        TestClient client = neighbours.rig.connect();
        RecordedSession.play(client, session);
        neighbours.beat();

        assertThat(client.tags(Method.BASIC_ACK)).containsExactly(1L, 2L);
        assertThat(client.hears(Method.BASIC_GET_OK)).isTrue();
        assertThat(client.tags(Method.BASIC_DELIVER)).containsExactly(2L);
        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isTrue();
        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();
        assertThat(neighbours.rig.broker.openConnections()).isEqualTo(1);
    }

    @Test
    void noTruncationHurtsTheNeighbours() {
        List<String> failures = new ArrayList<>();
        for (int length = 0; length < session.length; length++) {
            play("cut after " + length, Arrays.copyOf(session, length), failures);
        }

        assertThat(failures).isEmpty();
    }

    @Test
    void noSingleWrongBitHurtsTheNeighbours() {
        List<String> failures = new ArrayList<>();
        for (int bit = 0; bit < session.length * Byte.SIZE; bit++) {
            byte[] variant = session.clone();
            variant[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            play("bit " + bit % Byte.SIZE + " of octet " + bit / Byte.SIZE, variant, failures);
        }

        assertThat(failures).isEmpty();
    }

    private static void play(String what, byte[] bytes, List<String> failures) {
        try {
            Neighbourhood neighbourhood = new Neighbourhood(128 * 1024, 1);
            CheckedClient client = neighbourhood.connect();
            RecordedSession.play(client, bytes);
            neighbourhood.beat();
            client.vanish();
            neighbourhood.checkThatNothingIsLeft();
        } catch (AssertionError failure) {
            failures.add(what + ": " + failure + (failure.getCause() == null ? "" : " by " + failure.getCause()));
        }
    }
}
