package io.amqproxy.impl.fault;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * An error of AMQP 1.0 as a test wants it (part 2, section 2.8.14).
 *
 * @param condition a symbol
 * @param text cut to what a frame has room for
 */
record ErrorText(String condition, String text) {

    private static final int MOST = 255;

    ErrorText {
        Objects.requireNonNull(text, "description");
        if (condition.isEmpty()
                || condition.length() > MOST
                || condition.chars().anyMatch(c -> c >= 0x80)) {
            throw new IllegalArgumentException("a condition has 1 to " + MOST + " characters of ASCII");
        }
        while (text.getBytes(StandardCharsets.UTF_8).length > MOST) {
            text = text.substring(0, text.offsetByCodePoints(text.length(), -1));
        }
    }
}
