package io.amqproxy.impl.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.CidrSet;
import io.amqproxy.internal.IpText;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LimitsTest {

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByAddress(Objects.requireNonNull(IpText.parse(text)));
    }

    @Test
    void theDeniedAreDeniedThoughTheyAreAllowed() throws Exception {
        Limits limits = new LimitSettings()
                .allowAddresses(CidrSet.of("10.0.0.0/8", "::1"))
                .denyAddresses(CidrSet.of("10.1.0.0/16"))
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
