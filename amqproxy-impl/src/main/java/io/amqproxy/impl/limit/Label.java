package io.amqproxy.impl.limit;

import java.util.regex.Pattern;

/** Names that stand in metrics, events and logs as they are. */
public final class Label {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private Label() {}

    /** {@return the name, if it is one} */
    public static String check(String what, String name) {
        if (!FORM.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " has 1 to 64 letters, digits, dots, hyphens and underscores");
        }
        return name;
    }
}
