package io.amqproxy.program;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to listen.
 *
 * @param host a name or an address, without brackets
 */
record Address(String host, int port) {

    private static final Pattern FORM = Pattern.compile("(?:\\[([^\\]]+)]|([^\\[\\]:@/]+)):(\\d{1,5})");
    private static final int MAX_PORT = 65_535;

    static Kind<Address> kind() {
        return new Kind<>("an address and a port, as in 0.0.0.0:5671 or [::]:5671", Address::parse);
    }

    private static Address parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > MAX_PORT) {
            throw new IllegalArgumentException();
        }
        String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return new Address(host, Integer.parseInt(matcher.group(3)));
    }
}
