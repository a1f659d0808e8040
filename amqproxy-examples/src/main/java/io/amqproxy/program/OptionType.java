package io.amqproxy.program;

import io.amqproxy.CidrSet;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How values of an option are written.
 *
 * @param form what a value looks like, to follow "expected"
 * @param parser throws {@link IllegalArgumentException} or {@link ArithmeticException} for anything else
 */
record OptionType<T>(String form, Function<String, T> parser) {

    private static final String TIME_FORM = "seconds, or a time as in 500ms, 10s, 5m, 1h";
    private static final String SIZE_FORM = "bytes, as in 65536, 64k or 16M";

    private static final Duration YEAR = Duration.ofDays(365);
    private static final List<String> UNITS = List.of("", "k", "M", "G");
    private static final int NEXT_UNIT = 1024;
    private static final int MOST_HEARTBEAT = 65_535;

    private static final Pattern TIME = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|h|d|)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})([kKmMgG]?)");

    /** {@return what a value is, in one word, for the help} */
    String unit() {
        if (form.startsWith(TIME_FORM)) {
            return "time";
        }
        if (form.startsWith(SIZE_FORM)) {
            return "size";
        }
        return form.startsWith("a number") ? "number" : "value";
    }

    /** The message does not repeat the value: it may be a URL with a password at a wrong place. */
    T parse(String text) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException("expected " + form);
        }
    }

    static OptionType<String> text(String form) {
        return new OptionType<>(form, text -> {
            check(!text.isBlank());
            return text;
        });
    }

    static OptionType<String> word(String form) {
        return new OptionType<>(form, text -> {
            check(!text.isEmpty() && text.chars().noneMatch(Character::isWhitespace));
            return text;
        });
    }

    static OptionType<String[]> words(String form) {
        return new OptionType<>(form, text -> {
            String[] words = text.split(",", -1);
            for (int i = 0; i < words.length; i++) {
                words[i] = words[i].strip();
                check(!words[i].isEmpty());
            }
            return words;
        });
    }

    /** As {@link CidrSet} reads them. */
    static OptionType<CidrSet> networks(String form) {
        OptionType<String[]> words = words(form);
        return new OptionType<>(form, text -> CidrSet.of(words.parser.apply(text)));
    }

    static OptionType<Path> file() {
        return new OptionType<>("a file", text -> {
            check(!text.isBlank());
            return Path.of(text);
        });
    }

    static OptionType<Integer> number(int min, int max) {
        String form = max == Integer.MAX_VALUE ? "a number, at least " + min : "a number from " + min + " to " + max;
        return new OptionType<>(form, text -> {
            int value = Integer.parseInt(text);
            check(value >= min && value <= max);
            return value;
        });
    }

    static OptionType<Boolean> yesOrNo() {
        return choice(Map.of("yes", true, "no", false, "true", true, "false", false), "yes or no");
    }

    /** Bytes, with k, M or G for powers of 1024. */
    static OptionType<Long> size(long min, long max) {
        String most = max == Long.MAX_VALUE ? "" : " and at most " + size(max);
        return new OptionType<>(SIZE_FORM + ", at least " + size(min) + most, text -> {
            Matcher matcher = SIZE.matcher(text);
            check(matcher.matches());
            int power = "kmg".indexOf(matcher.group(2).toLowerCase(Locale.ROOT)) + 1;
            long factor = matcher.group(2).isEmpty() ? 1 : 1L << (10 * power);
            long value = Math.multiplyExact(Long.parseLong(matcher.group(1)), factor);
            check(value >= min && value <= max);
            return value;
        });
    }

    /** As users would write it. */
    private static String size(long bytes) {
        long rest = bytes;
        int unit = 0;
        while (rest > 0 && rest % NEXT_UNIT == 0 && unit < UNITS.size() - 1) {
            rest /= NEXT_UNIT;
            unit++;
        }
        return rest + UNITS.get(unit);
    }

    /** Zero or more. What an option makes of zero is its own affair. */
    static OptionType<Duration> time() {
        return new OptionType<>(TIME_FORM + ", at most 365d", text -> {
            Duration time = parseTime(text);
            check(time.compareTo(YEAR) <= 0);
            return time;
        });
    }

    /** More than zero. */
    static OptionType<Duration> positiveTime() {
        OptionType<Duration> times = time();
        return new OptionType<>(times.form + " and more than 0", text -> {
            Duration time = times.parser.apply(text);
            check(!time.isZero());
            return time;
        });
    }

    /** As AMQP 0-9-1 can say it. */
    static OptionType<Duration> heartbeat() {
        return new OptionType<>(TIME_FORM + ", 0 or from 1s to " + MOST_HEARTBEAT + 's', text -> {
            Duration time = parseTime(text);
            check(time.isZero() || (time.toSeconds() >= 1 && time.toSeconds() <= MOST_HEARTBEAT));
            return time;
        });
    }

    /** As {@link #time}, with -1 for ever. */
    static OptionType<Optional<Duration>> timeOrEver() {
        OptionType<Duration> times = time();
        return new OptionType<>(
                times.form + ", or -1",
                text -> text.equals("-1") ? Optional.empty() : Optional.of(times.parser.apply(text)));
    }

    private static Duration parseTime(String text) {
        Matcher matcher = TIME.matcher(text);
        check(matcher.matches());
        long unit = switch (matcher.group(2)) {
            case "ms" -> 1_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            case "d" -> 86_400_000_000_000L;
            default -> 1_000_000_000L;
        };
        BigDecimal nanos = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
        return Duration.ofNanos(nanos.longValueExact());
    }

    /** One of the constants of an enum, in lower case. */
    static <E extends Enum<E>> OptionType<E> oneOf(Class<E> type) {
        Map<String, E> values = new LinkedHashMap<>();
        for (E value : type.getEnumConstants()) {
            values.put(value.name().toLowerCase(Locale.ROOT), value);
        }
        return choice(values, "one of " + String.join(", ", values.keySet()));
    }

    static <T> OptionType<T> choice(Map<String, T> values, String form) {
        return new OptionType<>(form, text -> {
            T value = values.get(text.toLowerCase(Locale.ROOT));
            if (value == null) {
                throw new IllegalArgumentException();
            }
            return value;
        });
    }

    private static void check(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException();
        }
    }
}
