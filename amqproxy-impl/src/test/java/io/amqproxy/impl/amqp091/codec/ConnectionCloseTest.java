package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the closes of brokers mean, by their codes and by the words that they have for it. */
class ConnectionCloseTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "200 | Goodbye | ORDERLY",
                "0 | '' | ORDERLY",
                "320 | CONNECTION_FORCED - broker forced connection closure with reason 'shutdown' | FORCED",
                "320 | CONNECTION_FORCED - vhost 'a' is deleted | VHOST_DELETED",
                "320 | CONNECTION_FORCED - vhost 'a' is down | VHOST_DELETED",
                "403 | ACCESS_REFUSED - Login was refused | LOGIN_REFUSED",
                "404 | NOT_FOUND - vhost 'a' is deleted | OFFENCE",
                "504 | CHANNEL_ERROR - second 'channel.open' seen | OFFENCE",
                "506 | RESOURCE_ERROR - no memory | RESOURCE",
                "530 | NOT_ALLOWED - vhost a not found | VHOST_MISSING",
                "530 | NOT_ALLOWED - access to vhost 'a' refused for user 'b' | NOT_ALLOWED",
                "530 | NOT_ALLOWED - access to vhost 'a' refused for user 'b': user connection limit (3) is reached |"
                        + " LIMIT",
                "530 | NOT_ALLOWED - connection refused for user 'limit reached' | NOT_ALLOWED",
                "530 | NOT_ALLOWED - number of channels opened for user 'b' has reached the maximum allowed user limit"
                        + " of (3) | SLOT_LIMIT",
                "506 | too many connections | LIMIT",
                "506 | Too many channels | SLOT_LIMIT",
                "541 | INTERNAL_ERROR | FAILURE",
                "541 | INTERNAL_ERROR - connection limit (3) is reached | FAILURE"
            })
    void aCloseOfTheBrokerIsOfAKind(int code, String text, Kind kind) {
        assertThat(ConnectionClose.byBroker(code, text, 0).kind()).isEqualTo(kind);
    }

    private static int limit(String text) {
        CloseCause cause = ConnectionClose.byBroker(530, "NOT_ALLOWED - " + text, 0);
        return Objects.requireNonNull(cause.detail()).limit();
    }

    @Test
    void aLimitOfChannelsIsTheNumberThatIsNoName() {
        assertThat(limit("number of channels opened for user '(7)' has reached the maximum allowed user limit of (3)"))
                .isEqualTo(3);
        assertThat(limit("channel limit is reached")).isEqualTo(Integer.MAX_VALUE);
        assertThat(limit("channel limit (12345678901) is reached")).isEqualTo(Integer.MAX_VALUE);
        assertThat(limit("user connection limit (3) is reached")).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void whoNamesAMethodBlamesWhoSentIt() {
        CloseCause named = ConnectionClose.byBroker(504, "CHANNEL_ERROR", Method.CHANNEL_OPEN.id());
        CloseCause unnamed = ConnectionClose.byBroker(504, "CHANNEL_ERROR", 0);

        assertThat(Objects.requireNonNull(named.detail()).blames()).isTrue();
        assertThat(Objects.requireNonNull(unnamed.detail()).blames()).isFalse();
        assertThat(ConnectionClose.methodId(named)).isEqualTo(Method.CHANNEL_OPEN.id());
        assertThat(ConnectionClose.methodId(unnamed)).isZero();
        assertThat(ConnectionClose.methodId(ConnectionClose.byClient(200, "bye")))
                .isZero();
    }

    @Test
    void anOffenceHasTheWordsOfItsCode() {
        CloseCause offence = ConnectionClose.offence(ReplyCode.FRAME_ERROR, "odd");

        assertThat(offence.code()).isEqualTo(501);
        assertThat(offence.text()).isEqualTo("FRAME_ERROR - odd");
        assertThat(offence.kind()).isEqualTo(Kind.OFFENCE);
        assertThat(ConnectionClose.byProxy(541, "failed", 0).kind()).isEqualTo(Kind.FAILURE);
    }
}
