package io.amqproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.internal.LogText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogTextTest {

    @Test
    void plainTextsAreReturnedAsTheyAre() {
        String plain = "/production, \"quoted\" \\ größer 日本";
        assertThat(LogText.of(plain)).isSameAs(plain);
        assertThat(LogText.of("😀 smiles")).isEqualTo("😀 smiles");
        assertThat(LogText.of("")).isEmpty();
        assertThat(LogText.of(null)).isEqualTo("null");
    }

    @Test
    void whatWouldBeginALineOrSteerATerminalIsEscaped() {
        assertThat(LogText.of("a\nb\rc\td")).isEqualTo("a\\nb\\rc\\td");
        assertThat(LogText.of("\u001b[31m")).isEqualTo("\\u001b[31m");
        assertThat(LogText.of("\0\u007f\u009b\u0085\u2028\u2029"))
                .isEqualTo("\\u0000\\u007f\\u009b\\u0085\\u2028\\u2029");
    }

    @Test
    void whatTurnsTheDirectionOfWritingOrIsHalfACharacterIsEscaped() {
        assertThat(LogText.of("a\u202eb\u2066")).isEqualTo("a\\u202eb\\u2066");
        assertThat(LogText.of("a\ud83d")).isEqualTo("a\\ud83d");
        assertThat(LogText.of("\n😀")).isEqualTo("\\n😀");
    }

    @Test
    void longTextsAreCut() {
        assertThat(LogText.of("x".repeat(256))).hasSize(256);
        assertThat(LogText.of("x".repeat(300))).isEqualTo("x".repeat(256) + "... (44 more)");
    }

    @Test
    void whatIsToldToListenersIsFitForALog() {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        ClientInfo client = ClientInfo.of(1, address, "a\nb", "c\nd");
        assertThat(List.of(
                        client,
                        UpstreamInfo.of(1, "broker:5672", "a\nb", "c\nd"),
                        CloseReason.of(CloseReason.Initiator.BROKER, CloseReason.Cause.OFFENCE, 1, "a\nb"),
                        new ClientLogin(client, "a\nb", new byte[0], List.of()),
                        UpstreamLogin.as("a\nb", new byte[0]),
                        new ExternalLogin.Account("a\nb", "")))
                .allSatisfy(
                        each -> assertThat(each.toString()).contains("a\\nb").doesNotContain("\n"));
        assertThat(client.user()).isEqualTo("a\nb");
    }
}
