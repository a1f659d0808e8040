package io.amqproxy.impl.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class CredentialsTest {

    @Test
    void theMechanismMakesNoDifference() {
        Credentials plain = credentials("PLAIN", "user", "secret");
        Credentials amqplain = credentials("AMQPLAIN", "user", "secret");

        assertThat(plain).isEqualTo(amqplain).hasSameHashCodeAs(amqplain);
        assertThat(plain.mechanism()).isEqualTo("PLAIN");
        assertThat(amqplain.mechanism()).isEqualTo("AMQPLAIN");
    }

    @Test
    void anotherUserOrSecretMakesThemDifferent() {
        Credentials credentials = credentials("PLAIN", "user", "secret");

        assertThat(credentials)
                .isNotEqualTo(credentials("PLAIN", "User", "secret"))
                .isNotEqualTo(credentials("PLAIN", "user", "Secret"))
                .isNotEqualTo(credentials("PLAIN", "user", "secre"))
                .isNotEqualTo(credentials("PLAIN", "user", "secret2"))
                .isNotEqualTo(credentials("PLAIN", "user", ""))
                .isNotEqualTo(credentials("PLAIN", "", "secret"))
                .isNotEqualTo(credentials("PLAIN", "users", "ecret"))
                .isNotEqualTo("user");
    }

    @Test
    void theSecretIsNeverPrinted() {
        String secret = "tr0ub4dor";

        String text = credentials("PLAIN", "user", secret).toString();

        assertThat(text).contains("user").doesNotContain(secret);
    }

    @Test
    void changingTheArrayAfterwardsChangesNothing() {
        byte[] secret = "secret".getBytes(UTF_8);
        Credentials credentials = new Credentials("PLAIN", "user", secret);

        secret[0] = 'S';

        assertThat(credentials).isEqualTo(credentials("PLAIN", "user", "secret"));
        assertThat(credentials.response("PLAIN")).isEqualTo("\0user\0secret".getBytes(UTF_8));
    }

    @Test
    void theResponseOfPlainIsUserAndSecretAfterNulOctets() {
        byte[] secret = {'a', 0, (byte) 0xFF};

        byte[] response = new Credentials("PLAIN", "\u00E9", secret).response("PLAIN");

        assertThat(response).containsExactly(0, 0xC3, 0xA9, 0, 'a', 0, 0xFF);
    }

    @Test
    void theResponseOfAmqplainIsATableWithoutItsLength() {
        byte[] response = credentials("PLAIN", "\u00E9", "abc").response("AMQPLAIN");

        ByteBuffer expected = ByteBuffer.allocate(30);
        expected.put((byte) 5).put("LOGIN".getBytes(UTF_8)).put((byte) 'S').putInt(2);
        expected.put("\u00E9".getBytes(UTF_8));
        expected.put((byte) 8).put("PASSWORD".getBytes(UTF_8)).put((byte) 'S').putInt(3);
        expected.put("abc".getBytes(UTF_8));
        assertThat(response).isEqualTo(expected.array());
    }

    private static Credentials credentials(String mechanism, String user, String secret) {
        return new Credentials(mechanism, user, secret.getBytes(UTF_8));
    }
}
