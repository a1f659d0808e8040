package io.amqproxy.program;

import java.util.List;

/** What is wrong with a configuration: a line of text for each problem, each naming where it was found. */
final class BadConfiguration extends Exception {

    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    BadConfiguration(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    BadConfiguration(String problem) {
        this(List.of(problem));
    }

    List<String> problems() {
        return problems;
    }
}
