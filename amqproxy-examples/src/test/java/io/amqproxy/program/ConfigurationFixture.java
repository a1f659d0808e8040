package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.ListAssert;
import org.junit.jupiter.api.io.TempDir;

/** A file of settings, a command line and an environment, and how they are read. */
abstract class ConfigurationFixture {

    static final String UPSTREAM = "upstream = amqp://broker\n";

    @TempDir
    Path directory;

    final Map<String, String> commandLine = new HashMap<>();
    final Map<String, String> environment = new HashMap<>();

    Configuration read(String text) throws IOException, BadConfiguration {
        Files.writeString(file(), text);
        return Configuration.of(commandLine, environment, file());
    }

    ListAssert<String> assertThatProblemsOf(String text) {
        return assertThatThrownBy(() -> read(text))
                .asInstanceOf(type(BadConfiguration.class))
                .extracting(
                        BadConfiguration::problems, org.assertj.core.api.InstanceOfAssertFactories.list(String.class));
    }

    Path file() {
        return directory.resolve("amqproxy.ini");
    }
}
