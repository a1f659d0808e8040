package io.amqproxy.program;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to listen.
 *
 * @param host a name or an address, without brackets
 */
record Address(String host, int port) {

    private static final Pattern FORM = Pattern.compile("(?:\\[([^\\]]+)]|([^\\[\\]:@/]+)):(\\d{1,5})");
    private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*|\\d+(?:\\.\\d+){3}");
    private static final int MAX_PORT = 65_535;

    static OptionType<Address> optionType() {
        return new OptionType<>("an address and a port, as in 0.0.0.0:5671 or [::]:5671", Address::parse);
    }

    private static Address parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > MAX_PORT) {
            throw new IllegalArgumentException();
        }
        String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return new Address(host, Integer.parseInt(matcher.group(3)));
    }

    /** {@return a sentence for each two that cannot both be listened on; names are not looked up} */
    static List<String> conflicts(Map<String, Address> places) {
        List<String> problems = new ArrayList<>();
        List<String> names = List.copyOf(places.keySet());
        for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
                Address one = Objects.requireNonNull(places.get(names.get(i)));
                Address other = Objects.requireNonNull(places.get(names.get(j)));
                if (one.isTakenBy(other)) {
                    problems.add(names.get(i) + " and " + names.get(j) + " are both port " + one.port);
                }
            }
        }
        return problems;
    }

    /** All interfaces are every one of them, of either version of IP, as the JVM listens. */
    private boolean isTakenBy(Address other) {
        if (port == 0 || port != other.port) {
            return false;
        }
        Object mine = interfaces();
        Object theirs = other.interfaces();
        return mine.equals(theirs) || isAny(mine) || isAny(theirs);
    }

    private static boolean isAny(Object interfaces) {
        return interfaces instanceof InetAddress address && address.isAnyLocalAddress();
    }

    /** {@return an address, or a name as it is} */
    private Object interfaces() {
        try {
            return LITERAL.matcher(host).matches() ? InetAddress.getByName(host) : host.toLowerCase(Locale.ROOT);
        } catch (UnknownHostException none) {
            return host;
        }
    }
}
