package io.amqproxy.impl.limit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names that are allowed or denied; {@code *} in one stands for any characters. */
public final class NameFilter {

    public static final NameFilter ALL = new NameFilter(List.of(), List.of());

    private final List<Pattern> allowed;
    private final List<Pattern> denied;

    private NameFilter(List<Pattern> allowed, List<Pattern> denied) {
        this.allowed = allowed;
        this.denied = denied;
    }

    /** {@return a filter that allows these names; none for all} */
    public static NameFilter of(Collection<String> names) {
        return ALL.allowing(names.toArray(String[]::new));
    }

    public NameFilter allowing(String... names) {
        return new NameFilter(with(allowed, names), denied);
    }

    NameFilter denying(String... names) {
        return new NameFilter(allowed, with(denied, names));
    }

    private static List<Pattern> with(List<Pattern> patterns, String... names) {
        List<Pattern> all = new ArrayList<>(patterns);
        for (String name : names) {
            String parts = Stream.of(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
            all.add(Pattern.compile(parts, Pattern.DOTALL));
        }
        return all;
    }

    /** {@return whether every name may be used} */
    public boolean isForAll() {
        return allowed.isEmpty() && denied.isEmpty();
    }

    /** {@return whether this name may be used} What is denied is denied though it is allowed. */
    public boolean admit(String name) {
        return !matches(denied, name) && (allowed.isEmpty() || matches(allowed, name));
    }

    private static boolean matches(List<Pattern> patterns, String name) {
        for (Pattern pattern : patterns) {
            if (pattern.matcher(name).matches()) {
                return true;
            }
        }
        return false;
    }
}
