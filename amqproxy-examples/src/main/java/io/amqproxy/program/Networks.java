package io.amqproxy.program;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Networks that are allowed something, as in {@code 127.0.0.0/8, ::1}. */
public final class Networks {

    /** Addresses only: a name would be looked up. */
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** This machine. */
    public static final Networks LOOPBACK = parse("127.0.0.0/8, ::1");

    /** The first bits of an address of so many bits, and how many bits follow. */
    private record Network(BigInteger prefix, int size, int free) {

        boolean contains(byte[] address) {
            return address.length * 8 == size
                    && new BigInteger(1, address).shiftRight(free).equals(prefix);
        }
    }

    private final List<Network> networks = new ArrayList<>();

    private Networks() {}

    /**
     * Reads networks separated by commas.
     *
     * @param text addresses, each with a length of its prefix or alone
     * @return the networks
     * @throws IllegalArgumentException if one cannot be read
     */
    public static Networks parse(String text) {
        Networks all = new Networks();
        for (String one : text.split(",", -1)) {
            all.networks.add(network(one.strip()));
        }
        return all;
    }

    private static Network network(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        if (!ADDRESS.matcher(address).matches() || address.matches("[0-9]+")) {
            throw new IllegalArgumentException();
        }
        try {
            byte[] bytes = InetAddress.getByName(address).getAddress();
            int size = bytes.length * 8;
            int free = slash < 0 ? 0 : size - Integer.parseInt(text.substring(slash + 1));
            if (free < 0 || free > size) {
                throw new IllegalArgumentException();
            }
            return new Network(new BigInteger(1, bytes).shiftRight(free), size, free);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /**
     * Tells whether an address is in one of the networks.
     *
     * @param address an address
     * @return whether it is
     */
    public boolean contain(InetAddress address) {
        return networks.stream().anyMatch(network -> network.contains(address.getAddress()));
    }
}
