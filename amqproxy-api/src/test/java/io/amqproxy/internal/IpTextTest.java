package io.amqproxy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "127.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "1::",
                "2001:db8::8:800:200C:417A",
                "2001:DB8:0:0:8:800:200C:417A",
                "1:2:3:4:5:6:7:8",
                "1:2:3:4:5:6:7::",
                "::ffff:1.2.3.4",
                "64:ff9b::192.0.2.33",
                "1:2:3:4:5:6:1.2.3.4"
            })
    void anAddressIsReadAsTheJdkReadsIt(String text) throws Exception {
        assertThat(IpText.parse(text)).isEqualTo(InetAddress.getAllByName(text)[0].getAddress());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.04",
                "1.2.3.-4",
                "1.2.3.4 ",
                ":",
                ":::",
                "1:::2",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "12345::",
                "g::",
                "1.2.3.4::",
                "::1.2.3",
                "fe80::1%lo",
                "[::1]"
            })
    void anythingElseIsNone(String text) {
        assertThat(IpText.parse(text)).isNull();
    }

    @Test
    void whatTheJdkWritesIsReadBack() throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 2_000; i++) {
            byte[] octets = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(octets);
            assertThat(IpText.parse(InetAddress.getByAddress(octets).getHostAddress()))
                    .isEqualTo(octets);
        }
    }
}
