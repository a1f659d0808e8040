package io.amqproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.amqproxy.internal.IpText;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrSetTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.1.2, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.9.8.7/8, 10.1.1.1, true",
        "192.168.1.128/25, 192.168.1.200, true",
        "192.168.1.128/25, 192.168.1.127, false",
        "0.0.0.0/0, 1.2.3.4, true",
        "0.0.0.0/0, ::1, false",
        "127.0.0.1, 127.0.0.1, true",
        "127.0.0.1, 127.0.0.2, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::/0, fe80::1, true",
        "::ffff:10.1.2.3, 10.1.2.3, true"
    })
    void aNetworkContainsItsAddresses(String network, String address, boolean contained) throws Exception {
        assertThat(CidrSet.of(network).contains(address(address))).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0/8", "/8"})
    void whatIsNoNetworkIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CidrSet.of("127.0.0.1", text))
                .withMessageContaining("not a network");
    }

    @Test
    void aSetContainsWhatOneOfItsNetworksContains() throws Exception {
        CidrSet both = CidrSet.of("10.0.0.0/8", " ::1 ").and(CidrSet.of("192.0.2.1"));

        assertThat(both.contains(address("10.1.2.3"))).isTrue();
        assertThat(both.contains(address("::1"))).isTrue();
        assertThat(both.contains(address("192.0.2.1"))).isTrue();
        assertThat(both.contains(address("192.0.2.2"))).isFalse();
        assertThat(both).hasToString("10.0.0.0/8, ::1, 192.0.2.1");
    }

    @Test
    void aSetWithoutNetworksContainsNothing() throws Exception {
        assertThat(CidrSet.none().isEmpty()).isTrue();
        assertThat(CidrSet.of("::1").isEmpty()).isFalse();
        assertThat(CidrSet.none().contains(address("127.0.0.1"))).isFalse();
    }

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByAddress(Objects.requireNonNull(IpText.parse(text)));
    }
}
