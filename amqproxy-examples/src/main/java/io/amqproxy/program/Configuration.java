package io.amqproxy.program;

import io.amqproxy.program.IniFile.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where each option has its value from. The command line beats the environment, which beats the file, without
 * exception; an option that is in none of them has its default.
 *
 * <p>Values are kept as they were written, so that two configurations can be compared; some are secrets, so that none
 * is ever shown.
 */
final class Configuration {

    /** A value as it was written, and where. */
    private record Value(String text, String origin) {}

    private final Map<Option<?>, Value> values = new LinkedHashMap<>();
    private final Setup setup = new Setup();

    private Configuration() {}

    /**
     * Finds and checks all values.
     *
     * @param commandLine by {@link Option#name()}
     * @param environment by the variable's name; an empty one counts as not set
     * @throws BadConfiguration with everything that is wrong
     */
    static Configuration of(Map<String, String> commandLine, Map<String, String> environment, @Nullable Path file)
            throws BadConfiguration {
        Configuration all = new Configuration();
        List<String> problems = new ArrayList<>();
        if (file != null) {
            all.readFile(file, problems);
        }
        for (Option<?> option : Options.ALL) {
            fromEnvironment(option, environment).ifPresent(value -> all.values.put(option, value));
            String argument = commandLine.get(option.name());
            if (argument != null) {
                String origin = option.flags().isEmpty() ? '<' + option.name() + '>' : "--" + option.name();
                all.values.put(option, new Value(argument, origin));
            }
            all.apply(option, problems);
        }
        if (problems.isEmpty()) {
            all.checkWhole(problems);
        }
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return all;
    }

    private static Optional<Value> fromEnvironment(Option<?> option, Map<String, String> environment) {
        return option.environment().stream()
                .filter(variable -> !environment.getOrDefault(variable, "").isEmpty())
                .map(variable -> new Value(Objects.requireNonNull(environment.get(variable)), variable))
                .findFirst();
    }

    private void readFile(Path file, List<String> problems) throws BadConfiguration {
        for (Entry entry : IniFile.read(file)) {
            String where = file + " line " + entry.line();
            Option<?> option = Options.byKey(entry.section(), entry.key()).orElse(null);
            if (!Options.isSection(entry.section())) {
                problems.add(where + ": unknown section [" + entry.section() + "]");
            } else if (option == null) {
                problems.add(where + ": unknown key " + entry.key() + " in [" + entry.section() + "]");
            } else {
                Value earlier = values.put(option, new Value(entry.value(), where + ": " + entry.key()));
                if (earlier != null) {
                    problems.add(where + ": " + entry.key() + " was given before: " + earlier.origin());
                }
                check(option, problems);
            }
        }
    }

    /** A value in the file has to make sense also where the command line or the environment has a better one. */
    private void check(Option<?> option, List<String> problems) {
        Value value = Objects.requireNonNull(values.get(option));
        try {
            option.apply(value.text(), null);
        } catch (IllegalArgumentException e) {
            problems.add(value.origin() + ": " + e.getMessage());
        }
    }

    private void apply(Option<?> option, List<String> problems) {
        Value value = values.get(option);
        String text = value == null ? option.fallback() : value.text();
        if (text == null) {
            return;
        }
        try {
            option.apply(text, setup);
        } catch (IllegalArgumentException e) {
            String problem = (value == null ? option.name() : value.origin()) + ": " + e.getMessage();
            if (!problems.contains(problem)) {
                problems.add(problem);
            }
        }
    }

    private void checkWhole(List<String> problems) {
        if (!setup.hasUpstream) {
            problems.add("no upstream was given: name the broker as the argument, as in amqp://host, in AMQP_URL, or as"
                    + " upstream in the file");
            return;
        }
        if (setup.loadBalancers.length == 0) {
            setup.proxy.listen(setup.listenAddress, setup.listenPort);
        } else {
            setup.proxy.listen(
                    setup.listenAddress, setup.listenPort, settings -> settings.proxyProtocolFrom(setup.loadBalancers));
        }
        try {
            setup.tls.applyTo(setup.proxy);
            setup.proxy.check();
        } catch (IllegalStateException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }

    /**
     * {@return this configuration as far as the running program can take it over, and the running one's for the rest}
     *
     * @throws BadConfiguration if the two do not fit together
     */
    Configuration over(Configuration running) throws BadConfiguration {
        Configuration all = new Configuration();
        List<String> problems = new ArrayList<>();
        for (Option<?> option : Options.ALL) {
            Value value = (option.isReloadable() ? this : running).values.get(option);
            if (value != null) {
                all.values.put(option, value);
            }
            all.apply(option, problems);
        }
        if (problems.isEmpty()) {
            all.checkWhole(problems);
        }
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return all;
    }

    Setup setup() {
        return setup;
    }

    /** {@return the options that have another value than in an older configuration} */
    List<Option<?>> changesSince(Configuration older) {
        List<Option<?>> changes = new ArrayList<>(Options.ALL);
        changes.removeIf(option -> Objects.equals(text(option), older.text(option)));
        return changes;
    }

    private @Nullable String text(Option<?> option) {
        Value value = values.get(option);
        return value == null ? option.fallback() : value.text();
    }
}
