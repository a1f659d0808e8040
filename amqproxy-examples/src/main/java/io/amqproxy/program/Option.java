package io.amqproxy.program;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One setting of the program: what it is called in each source, what its values look like, and what it sets. The names
 * follow from the option's own unless {@link Options} gives others; nothing changes once the table is made.
 */
final class Option<T> {

    /**
     * Sets what options say, all those of a table in one method. A lambda for each of them would be a class that the
     * JVM makes at each start, and there are a hundred.
     */
    interface Setter {
        /**
         * Sets what one of them says.
         *
         * @param value of the type that the option's {@link OptionType} has
         */
        void set(Setup setup, String option, Object value);
    }

    static final String MAIN = "main";

    private final String name;
    private final @Nullable String fallback;
    private final OptionType<T> type;
    private final String description;
    private final Setter setter;

    private @Nullable String shortFlag;
    private boolean argument;
    private boolean reloadable = true;
    private String fallbackText;
    private List<String> environment;
    private String section = MAIN;
    private List<String> keys;

    /**
     * @param name in kebab case
     * @param fallback the value where no source has one, as a user would write it; null for none
     * @param description a sentence
     */
    Option(String name, @Nullable String fallback, OptionType<T> type, String description, Setter setter) {
        this.name = name;
        this.fallback = fallback;
        this.type = type;
        this.description = description;
        this.setter = setter;
        String snake = name.replace('-', '_');
        this.fallbackText = fallback == null ? "none" : fallback;
        this.environment = List.of("AMQPROXY_" + snake.toUpperCase(Locale.ROOT));
        this.keys = List.of(snake);
    }

    // What the table may change.

    Option<T> flag(String letter) {
        shortFlag = letter;
        return this;
    }

    /** The command line has it as its one argument, not as an option. */
    Option<T> asArgument() {
        argument = true;
        return this;
    }

    /** The variables, of which the first that is set counts. */
    Option<T> environment(String... variables) {
        environment = List.of(variables);
        return this;
    }

    /** @param newKeys the key and other names of it; {@code section.key} names another section */
    Option<T> file(String newSection, String... newKeys) {
        section = newSection;
        keys = List.of(newKeys);
        return this;
    }

    /** What is said of the default where that is no value that could be written down. */
    Option<T> otherwise(String text) {
        fallbackText = text;
        return this;
    }

    /** It cannot change while the program runs. */
    Option<T> afterRestart() {
        reloadable = false;
        return this;
    }

    // What others see.

    String name() {
        return name;
    }

    /** {@return its names on the command line; none where it is the argument} */
    List<String> flags() {
        if (argument) {
            return List.of();
        }
        return shortFlag == null ? List.of("--" + name) : List.of(shortFlag, "--" + name);
    }

    /** Whether nobody else is to know its value, so that it may also come from a file that a variable names. */
    boolean isSecret() {
        return name.endsWith("-token") || name.endsWith("-password");
    }

    /** The variable that names a file with the value, where it is a secret. */
    String fileVariable() {
        return environment.get(0) + "_FILE";
    }

    /** All variables that may say it. */
    List<String> variables() {
        return isSecret()
                ? Stream.concat(environment.stream(), Stream.of(fileVariable())).toList()
                : environment;
    }

    List<String> environment() {
        return environment;
    }

    String section() {
        return section;
    }

    List<String> keys() {
        return keys;
    }

    boolean isKey(String inSection, String key) {
        return keys.contains(inSection.equals(section) ? key : inSection + '.' + key);
    }

    @Nullable
    String fallback() {
        return fallback;
    }

    String fallbackText() {
        return fallbackText;
    }

    String form() {
        return type.form();
    }

    /** {@return what a value is, in one word} */
    String unit() {
        return type.unit();
    }

    String description() {
        return description;
    }

    boolean isReloadable() {
        return reloadable;
    }

    /**
     * Reads a value and, where there is a setup, hands it to it.
     *
     * @throws IllegalArgumentException if the value cannot be read or makes no sense; the message does not repeat it
     */
    void apply(String text, @Nullable Setup setup) {
        T value = type.parse(text);
        if (setup != null) {
            setter.set(setup, name, value);
        }
    }
}
