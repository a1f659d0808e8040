package io.amqproxy.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for.
 *
 * @param plan how much to do
 * @param groups which groups of works; empty for all
 * @param names which works of these, by name
 * @param broker a broker's address; null for the null broker
 * @param login of all clients
 * @param proxy the program under test
 * @param log where progress is shown
 */
record BenchmarkSetup(
        Plan plan,
        Set<String> groups,
        Predicate<String> names,
        @Nullable InetSocketAddress broker,
        LoginScript login,
        ProxyProgram proxy,
        PrintStream log) {

    boolean isChosen(String group) {
        return groups.isEmpty() || groups.contains(group);
    }

    /** What was chosen of these, and can be done with the broker. Other brokers than the null broker have no bars. */
    List<Item> chosen(List<Item> items) {
        return items.stream()
                .filter(item -> isChosen(item.group()) && names.test(item.work().name()))
                .filter(item -> broker == null || item.work().isForAnyBroker())
                .map(item -> broker == null ? item : new Item(item.group(), item.work(), Double.NaN))
                .toList();
    }

    /** Starts all programs. */
    Lab lab() throws IOException {
        return Lab.start(this, proxy);
    }
}
