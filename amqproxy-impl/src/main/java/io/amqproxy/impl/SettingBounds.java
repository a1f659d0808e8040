package io.amqproxy.impl;

import java.time.Duration;

/** What numbers and times may be. */
final class SettingBounds {

    private static final Duration LONGEST = Duration.ofDays(365);

    private SettingBounds() {}

    static int between(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " has to be " + min + " to " + max + ": " + value);
        }
        return value;
    }

    /** Nanoseconds have to fit into a long, with room to add a time to it. */
    static Duration positive(String name, Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " has to be positive and at most a year: " + value);
        }
        return value;
    }
}
