package io.amqproxy.impl.amqp091.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** What is kept, and told, of who a client says to be. */
class ClientProfileTest {

    @Test
    void aLongNameIsCutInWhatIsToldOfIt() {
        ClientProfile profile = new ClientProfile(
                ClientInfo.of(1, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), null, null));
        profile.onUser("x".repeat(255));
        assertThat(profile.info().user()).hasSize(255);
        profile.onUser("x".repeat(7_900));
        assertThat(profile.info().user()).hasSize(256).endsWith("\u2026");
    }
}
