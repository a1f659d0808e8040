package io.amqproxy.impl.limit;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Networks in the notation of RFC 4632 and RFC 4291, as {@code 10.0.0.0/8} or {@code 2001:db8::/32}. */
public final class Networks {

    public static final Networks NONE = new Networks(List.of());

    /** The first bits of an address. */
    private static final class Network {
        private final byte[] address;
        private final int bits;

        Network(byte[] address, int bits) {
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
    }

    private final List<Network> networks;

    private Networks(List<Network> networks) {
        this.networks = networks;
    }

    /**
     * Reads networks; an address alone is a network of one.
     *
     * @throws IllegalArgumentException if one cannot be read
     */
    public static Networks of(String... texts) {
        List<Network> networks = new ArrayList<>();
        for (String text : texts) {
            networks.add(network(text.strip()));
        }
        return new Networks(networks);
    }

    private static Network network(String text) {
        int slash = text.indexOf('/');
        byte[] address = IpText.parse(slash < 0 ? text : text.substring(0, slash));
        if (address != null) {
            int size = address.length * Byte.SIZE;
            int bits = slash < 0 ? size : bits(text.substring(slash + 1));
            if (bits >= 0 && bits <= size) {
                return new Network(address, bits);
            }
        }
        throw new IllegalArgumentException("not a network, as 10.0.0.0/8 or ::1 is: " + text);
    }

    private static int bits(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }

    /** {@return these networks and those} */
    public Networks and(Networks others) {
        List<Network> all = new ArrayList<>(networks);
        all.addAll(others.networks);
        return new Networks(all);
    }

    public boolean isEmpty() {
        return networks.isEmpty();
    }

    public boolean contain(InetAddress address) {
        byte[] octets = address.getAddress();
        for (Network network : networks) {
            if (network.contains(octets)) {
                return true;
            }
        }
        return false;
    }
}
