package io.amqproxy.impl.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworksTest {

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
        assertThat(Networks.of(network).contain(address(address))).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0/8", "/8"})
    void whatIsNoNetworkIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Networks.of("127.0.0.1", text))
                .withMessageContaining("not a network");
    }

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByAddress(Objects.requireNonNull(IpText.parse(text)));
    }

    @Test
    void theDeniedAreDeniedThoughTheyAreAllowed() throws Exception {
        Limits limits = new LimitSettings()
                .allowAddresses("10.0.0.0/8", "::1")
                .denyAddresses("10.1.0.0/16")
                .limits(10);

        assertThat(limits.allow(address("10.2.0.1"))).isTrue();
        assertThat(limits.allow(address("::1"))).isTrue();
        assertThat(limits.allow(address("10.1.0.1"))).isFalse();
        assertThat(limits.allow(address("127.0.0.1"))).isFalse();
    }

    @Test
    void addressesOfOneIpv6NetworkOf64BitsAreOne() throws Exception {
        AddressKey one = AddressKey.of(address("2001:db8:1:2::1"));

        assertThat(AddressKey.of(address("2001:db8:1:2:ffff::2"))).isEqualTo(one);
        assertThat(AddressKey.of(address("2001:db8:1:3::1"))).isNotEqualTo(one);
        assertThat(AddressKey.of(address("::1"))).isNotEqualTo(AddressKey.of(address("0.0.0.0")));
        assertThat(AddressKey.of(address("127.0.0.1"))).isNotEqualTo(AddressKey.of(address("127.0.0.2")));
    }
}
