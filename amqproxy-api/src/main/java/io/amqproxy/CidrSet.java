package io.amqproxy;

import io.amqproxy.internal.IpText;
import io.amqproxy.internal.LogText;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Networks in the notation of CIDR (RFC 4632, section 3.1, and RFC 4291, section 2.3), as {@code 10.0.0.0/8} or
 * {@code 2001:db8::/32}. An address of IPv4 is in no network of IPv6 and the other way round; one that is mapped into
 * IPv6 ({@code ::ffff:10.1.2.3}) counts as the address of IPv4 that it is. Names are never looked up.
 *
 * <p>Cannot be changed, and may be used by any thread.
 */
public final class CidrSet {

    private static final CidrSet NONE = new CidrSet(List.of());

    /** The first bits of an address. */
    private static final class Network {
        private final String text;
        private final byte[] address;
        private final int bits;

        Network(String text, byte[] address, int bits) {
            this.text = text;
            this.address = address;
            this.bits = bits;
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            int whole = bits / Byte.SIZE;
            for (int i = 0; i < whole; i++) {
                if (other[i] != address[i]) {
                    return false;
                }
            }
            int rest = bits % Byte.SIZE;
            return rest == 0 || (other[whole] ^ address[whole]) >> (Byte.SIZE - rest) == 0;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private final List<Network> networks;

    private CidrSet(List<Network> networks) {
        this.networks = networks;
    }

    /** {@return a set without any network} */
    public static CidrSet none() {
        return NONE;
    }

    /**
     * {@return the networks that these texts say}
     *
     * @param networks an address and the length of its prefix each, as {@code 10.0.0.0/8}, or an address alone, which
     *     is a network of one; bits behind the prefix do not matter
     * @throws IllegalArgumentException if one cannot be read
     */
    public static CidrSet of(String... networks) {
        return new CidrSet(
                Arrays.stream(networks).map(text -> network(text.strip())).toList());
    }

    private static Network network(String text) {
        int slash = text.indexOf('/');
        byte[] address = IpText.parse(slash < 0 ? text : text.substring(0, slash));
        if (address != null) {
            int size = address.length * Byte.SIZE;
            int bits = slash < 0 ? size : bits(text.substring(slash + 1));
            if (bits >= 0 && bits <= size) {
                return new Network(text, address, bits);
            }
        }
        throw new IllegalArgumentException("not a network, as 10.0.0.0/8 or ::1 is: " + LogText.of(text));
    }

    private static int bits(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }

    /**
     * {@return these networks and those}
     *
     * @param others more networks
     */
    public CidrSet and(CidrSet others) {
        List<Network> all = new ArrayList<>(networks);
        all.addAll(others.networks);
        return new CidrSet(List.copyOf(all));
    }

    /** {@return whether there is no network in it} */
    public boolean isEmpty() {
        return networks.isEmpty();
    }

    /**
     * {@return whether the address is in one of the networks}
     *
     * @param address an address of IPv4 or IPv6
     */
    public boolean contains(InetAddress address) {
        byte[] octets = address.getAddress();
        for (Network network : networks) {
            if (network.contains(octets)) {
                return true;
            }
        }
        return false;
    }

    /** {@return the networks as they were given, separated by commas} */
    @Override
    public String toString() {
        return networks.stream().map(Network::toString).collect(Collectors.joining(", "));
    }
}
