package io.amqproxy.impl.fidelity;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Scenarios that look different through the proxy, with the reason. A scenario that is listed here and looks the same
 * fails the test, so that the list says what is true.
 */
final class KnownDifferences {

    private static final String TOLD = "RabbitMQ closes the socket without a word; the proxy says why";
    private static final String FAILED = "RabbitMQ only says that it failed; the proxy has the same code, and says why";
    private static final String QUIET =
            "RabbitMQ closes the socket after three seconds without a word; the proxy says why, at once";
    private static final String NAMED = "the proxy names itself among the server-properties";
    private static final String FLIGHT =
            "RabbitMQ handles the close later than the open that follows it; the proxy answers each at once, in order";
    private static final String LOST =
            "a client for whom nothing depends on a connection to the broker does not notice its end";

    private static final Map<String, String> REASONS = new LinkedHashMap<>();

    static {
        add(
                TOLD,
                "an unknown method of a known class",
                "an unknown method of a known class, after a publish",
                "an unknown class",
                "an unknown class, after a publish",
                "a field table of an unknown type",
                "a field table of an unknown type, after a publish",
                "a field table with a number that is none",
                "a field table with a number that is none, after a publish",
                "a field table with an endless number",
                "a field table with an endless number, after a publish");
        add(
                FAILED,
                "a header with a number that is none",
                "a header with a number that is none, after a publish",
                "a header with octets behind its properties",
                "a header with octets behind its properties, after a publish");
        add(
                QUIET,
                "an empty PLAIN response",
                "a PLAIN response with an authorisation identity",
                "an unknown mechanism",
                "a malformed AMQPLAIN response",
                "tune-ok instead of start-ok",
                "a method on a channel instead of start-ok",
                "connection.close instead of start-ok",
                "a frame of eight kilobytes before log-in",
                "a channel_max above the offer",
                "a channel_max of zero",
                "a frame_max above the offer",
                "a frame_max of zero",
                "a frame_max below the minimum",
                "connection.open instead of tune-ok",
                "connection.close instead of tune-ok");
        add(NAMED, "a connection is opened and closed");
        add(FLIGHT, "a channel is opened again in the same flight");
        add(
                LOST,
                "the broker closes connections, and a client is idle",
                "Java client: the broker closes an idle connection");
    }

    private KnownDifferences() {}

    /** Why the scenario looks different, or null where it must not. */
    static @Nullable String reason(String scenario) {
        return REASONS.get(scenario);
    }

    static Set<String> names() {
        return REASONS.keySet();
    }

    private static void add(String reason, String... scenarios) {
        for (String scenario : scenarios) {
            REASONS.put(scenario, reason);
        }
    }
}
