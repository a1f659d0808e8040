package io.amqproxy.program;

import io.amqproxy.SetupException;
import io.amqproxy.program.IniFile.Entry;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where each option has its value from. The command line beats the environment, which beats the file, without
 * exception; an option that is in none of them has its default.
 *
 * <p>Values are kept as they were written, so that two configurations can be compared; some are secrets, so that none
 * is ever shown.
 */
final class Configuration {

    private static final Pattern API_NAME = Pattern.compile("\\b[a-z]+(?:[A-Z][a-z]+)+\\b");

    /** A value as it was written, and where. */
    private record Value(String text, String origin) {}

    private final Map<Option<?>, Value> values = new LinkedHashMap<>();
    /** Of each route by its name, in the order of the file. */
    private final Map<String, Map<Option<?>, Value>> routes = new LinkedHashMap<>();

    /** Of routes that are over, whose addresses are listened on until a restart. */
    private final Map<String, Map<Option<?>, Value>> formerRoutes = new LinkedHashMap<>();

    private final Setup setup = new Setup();

    private Configuration() {}

    /**
     * Finds and checks all values.
     *
     * @param commandLine by {@link Option#name()}
     * @param environment by the variable's name; an empty one counts as not set. The name of a secret's with
     *     {@code _FILE} behind it is that of a variable that names a file with the secret.
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
            Value found = fromEnvironment(option, environment);
            if (found == null && option.isSecret()) {
                found = fromNamedFile(option, environment, problems);
            }
            if (found != null) {
                all.values.put(option, found);
            }
            String argument = commandLine.get(option.name());
            if (argument != null) {
                String origin = option.flags().isEmpty() ? '<' + option.name() + '>' : "--" + option.name();
                all.values.put(option, new Value(argument, origin));
            }
            all.apply(option, problems);
        }
        all.applyRoutes(problems);
        if (problems.isEmpty()) {
            all.checkWhole(problems);
        }
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return all;
    }

    private static @Nullable Value fromEnvironment(Option<?> option, Map<String, String> environment) {
        for (String variable : option.environment()) {
            String text = environment.getOrDefault(variable, "");
            if (!text.isEmpty()) {
                return new Value(text, variable);
            }
        }
        return null;
    }

    /**
     * A secret in a file of its own, as systemd, containers and Kubernetes have them; its last end of a line is none of
     * it.
     */
    private static @Nullable Value fromNamedFile(
            Option<?> option, Map<String, String> environment, List<String> problems) {
        String variable = option.fileVariable();
        String file = environment.getOrDefault(variable, "");
        if (file.isEmpty()) {
            return null;
        }
        try {
            return new Value(IniFile.text(Path.of(file)).replaceFirst("\\r?\\n\\z", ""), variable);
        } catch (BadConfiguration e) {
            problems.add(variable + ": " + e.getMessage());
        } catch (InvalidPathException e) {
            problems.add(variable + ": no name of a file");
        }
        return null;
    }

    private void readFile(Path file, List<String> problems) throws BadConfiguration {
        for (Entry entry : IniFile.read(file)) {
            String where = file + " line " + entry.line();
            Optional<String> route = RouteOptions.routeOf(entry.section());
            Map<Option<?>, Value> known =
                    route.isEmpty() ? values : routes.computeIfAbsent(route.get(), name -> new LinkedHashMap<>());
            Option<?> option = route.isEmpty()
                    ? Options.byKey(entry.section(), entry.key()).orElse(null)
                    : RouteOptions.byKey(entry.key()).orElse(null);
            if (route.isEmpty() && !Options.isSection(entry.section())) {
                problems.add(where + ": unknown section [" + entry.section() + "]");
            } else if (option == null) {
                problems.add(where + ": unknown key " + entry.key() + " in [" + entry.section() + "]");
            } else {
                Value value = new Value(entry.value(), where + ": " + entry.key());
                Value earlier = known.put(option, value);
                if (earlier != null) {
                    problems.add(where + ": " + entry.key() + " was given before: " + earlier.origin());
                }
                check(option, value, problems);
            }
        }
    }

    /** A value in the file has to make sense also where the command line or the environment has a better one. */
    private static void check(Option<?> option, Value value, List<String> problems) {
        try {
            option.apply(value.text(), null);
        } catch (IllegalArgumentException e) {
            problems.add(value.origin() + ": " + e.getMessage());
        }
    }

    private void applyRoutes(List<String> problems) {
        routes.forEach((name, own) -> {
            setup.beginRoute(name);
            RouteOptions.ALL.forEach(option -> apply(option, own.get(option), problems));
        });
    }

    private void apply(Option<?> option, List<String> problems) {
        apply(option, values.get(option), problems);
    }

    private void apply(Option<?> option, @Nullable Value value, List<String> problems) {
        String text = value == null ? option.fallback() : value.text();
        if (text == null) {
            return;
        }
        try {
            option.apply(text, setup);
        } catch (IllegalArgumentException e) {
            String problem =
                    (value == null ? option.name() : value.origin()) + ": " + byOptions(String.valueOf(e.getMessage()));
            if (!problems.contains(problem)) {
                problems.add(problem);
            }
        }
    }

    private void checkWhole(List<String> problems) {
        if (!setup.hasUpstream && routes.isEmpty()) {
            problems.add("no upstream was given: name the broker as the argument, as in amqp://host, in AMQP_URL, or as"
                    + " upstream in the file");
            return;
        }
        setup.listen();
        problems.addAll(Address.conflicts(setup.places()));
        try {
            setup.tls.applyTo(setup.proxy, setup.inherited, setup.hasRouteWithTls());
            setup.listenForRoutes();
            setup.applyRoutes();
            // What was inherited is yet to be listened on, and has a name then that routes may want.
            if (setup.inherited == InheritedSocket.NONE || routes.isEmpty()) {
                setup.proxy.check();
            }
        } catch (IllegalStateException e) {
            problems.add(byOptions(String.valueOf(e.getMessage())));
        }
    }

    /**
     * Reads the files with certificates and keys as well, as the start and a reload do.
     *
     * @throws BadConfiguration if one cannot be used
     */
    void checkFiles() throws BadConfiguration {
        try {
            if (setup.inherited == InheritedSocket.NONE || routes.isEmpty()) {
                setup.proxy.checkFiles();
            }
        } catch (SetupException e) {
            throw new BadConfiguration(List.of(String.valueOf(e.getMessage())));
        }
    }

    /** What is called as in the API there is called as the option here, where that has the same name. */
    private static String byOptions(String message) {
        return API_NAME.matcher(message).replaceAll(name -> {
            String option = name.group().replaceAll("[A-Z]", "-$0").toLowerCase(Locale.ROOT);
            return Options.ALL.stream().anyMatch(one -> one.name().equals(option)) ? option : name.group();
        });
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
        routes.forEach((name, own) -> all.routes.put(name, over(name, own, running, problems)));
        all.applyRoutes(problems);
        all.formerRoutes.putAll(running.formerRoutes);
        all.formerRoutes.putAll(running.routes);
        all.formerRoutes.keySet().removeAll(routes.keySet());
        running.setup.listeningRoutes().stream()
                .filter(former -> !routes.containsKey(former.name()))
                .forEach(all.setup.formerRoutes::add);
        if (problems.isEmpty()) {
            all.checkWhole(problems);
        }
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return all;
    }

    /** A route's values that can be taken over, and the addresses that it listens on. */
    private static Map<Option<?>, Value> over(
            String name, Map<Option<?>, Value> newer, Configuration running, List<String> problems) {
        Map<Option<?>, Value> former = running.formerRoutes.getOrDefault(name, Map.of());
        Map<Option<?>, Value> before = running.routes.getOrDefault(name, former);
        Map<Option<?>, Value> all = new LinkedHashMap<>();
        for (Option<?> option : RouteOptions.ALL) {
            Value value = (option.isReloadable() ? newer : before).get(option);
            if (value != null) {
                all.put(option, value);
            }
            Value wanted = newer.get(option);
            if (!option.isReloadable() && before.isEmpty() && wanted != null) {
                problems.add(wanted.origin() + " of a new route needs a restart");
            }
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
        return text(option, values.get(option));
    }

    private static @Nullable String text(Option<?> option, @Nullable Value value) {
        return value == null ? option.fallback() : value.text();
    }

    /** {@return the keys of routes that have another value than in an older configuration} */
    List<String> routeChangesSince(Configuration older, boolean reloadable) {
        Set<String> names = new LinkedHashSet<>(routes.keySet());
        names.addAll(older.routes.keySet());
        List<String> changes = new ArrayList<>();
        for (String name : names) {
            Map<Option<?>, Value> mine = routes.getOrDefault(name, Map.of());
            Map<Option<?>, Value> before = older.routes.getOrDefault(name, Map.of());
            for (Option<?> option : RouteOptions.ALL) {
                if (option.isReloadable() == reloadable
                        && !Objects.equals(text(option, mine.get(option)), text(option, before.get(option)))) {
                    changes.add("[route " + name + "] " + option.keys().get(0));
                }
            }
        }
        if (reloadable
                && changes.isEmpty()
                && !List.copyOf(routes.keySet()).equals(List.copyOf(older.routes.keySet()))) {
            changes.add("the order of routes");
        }
        return changes;
    }
}
