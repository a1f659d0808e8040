package io.amqproxy.impl.limit;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What limits per address take for one address: an IPv4 address, or the first 64 bits of an IPv6 address, since who has
 * one IPv6 address has all that differ in the rest (RFC 6177, section 2).
 *
 * @param size octets of the address, so that the two families do not meet
 * @param bits the first octets
 */
public record AddressKey(int size, long bits) {

    private static final int MOST = 8;

    /** {@return the key of a resolved address} */
    public static AddressKey of(InetSocketAddress address) {
        return of(address.getAddress());
    }

    public static AddressKey of(InetAddress address) {
        byte[] octets = address.getAddress();
        long bits = 0;
        for (int i = 0; i < Math.min(MOST, octets.length); i++) {
            bits = (bits << Byte.SIZE) | (octets[i] & 0xFF);
        }
        return new AddressKey(octets.length, bits);
    }

    // Written out, as are those of other records that the first client needs: a record's own are linked by method
    // handles when they are called first, which takes the loop milliseconds each.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AddressKey key && size == key.size && bits == key.bits;
    }

    @Override
    public int hashCode() {
        return 31 * size + Long.hashCode(bits);
    }
}
