package io.amqproxy.program.http;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names by which operators reach this server. A page from anywhere, in an operator's browser, can have its own name
 * lead to this server's address (DNS rebinding), and then read what the server answers; its name gives it away. An
 * address, or a name that always means this machine, cannot be somebody else's name.
 */
final class Hosts {

    private static final Pattern FORM = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]*)(?::\\d{1,5})?");
    private static final Pattern ADDRESS = Pattern.compile("\\[.*]|\\d{1,3}(\\.\\d{1,3}){3}");

    private final Set<String> names = new HashSet<>();

    /** @param names further names, without ports */
    Hosts(List<String> names) {
        names.forEach(name -> this.names.add(plain(name)));
    }

    /** Tells whether a Host field (RFC 9110, section 7.2) is one of them; a request without it is no browser's. */
    boolean contain(@Nullable String field) {
        if (field == null) {
            return true;
        }
        var matcher = FORM.matcher(field.strip());
        if (!matcher.matches()) {
            return false;
        }
        String name = plain(matcher.group(1));
        return ADDRESS.matcher(name).matches()
                || name.equals("localhost")
                || name.endsWith(".localhost")
                || names.contains(name);
    }

    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
