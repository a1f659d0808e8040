package io.amqproxy.testkit;

import java.util.Arrays;

/** Decisions made of the octets that a fuzzer came up with. Where none are left each decision is 0. */
public final class FuzzInput {

    private final byte[] octets;
    private int at;

    public FuzzInput(byte[] octets) {
        this.octets = octets;
    }

    public boolean isEmpty() {
        return at >= octets.length;
    }

    public int octet() {
        return isEmpty() ? 0 : octets[at++] & 0xFF;
    }

    /** {@return a number from 0 on and below this one, which is 256 at most} */
    public int below(int end) {
        return octet() % end;
    }

    public boolean flag() {
        return (octet() & 1) != 0;
    }

    public int shortInt() {
        return octet() << Byte.SIZE | octet();
    }

    /** One of these. */
    @SafeVarargs
    public final <T> T oneOf(T... choices) {
        return choices[below(choices.length)];
    }

    /** {@return so many octets, or as many as are left} */
    public byte[] octets(int most) {
        int from = at;
        at = Math.min(octets.length, at + most);
        return Arrays.copyOfRange(octets, from, at);
    }

    /** {@return all that is left} */
    public byte[] rest() {
        return octets(octets.length - at);
    }
}
