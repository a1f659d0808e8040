package io.amqproxy.impl.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.amqproxy.impl.faults.Ledger.Name;
import java.util.Arrays;

/** A message's octets: its name, and padding that tells when octets were lost or belong to another message. */
final class Body {

    private static final char END = '#';

    private Body() {}

    static byte[] of(Name name, int padding) {
        byte[] head = (name.toString() + '/' + padding + END).getBytes(US_ASCII);
        byte[] body = Arrays.copyOf(head, head.length + padding);
        for (int i = 0; i < padding; i++) {
            body[head.length + i] = octet(name, i);
        }
        return body;
    }

    /** {@return the name in the first part of a body} */
    static String name(String text) {
        return text.substring(0, text.lastIndexOf('/', text.indexOf(END)));
    }

    /** {@return whether all octets are those that {@link #of} made} */
    static boolean isWhole(byte[] body, Name name) {
        String text = new String(body, US_ASCII);
        int end = text.indexOf(END);
        int padding = Integer.parseInt(text.substring(text.lastIndexOf('/', end) + 1, end));
        return Arrays.equals(body, of(name, padding));
    }

    private static byte octet(Name name, int index) {
        return (byte) ('a' + (name.number() + index) % 26);
    }
}
