package io.amqproxy.testkit;

import org.opentest4j.TestAbortedException;

/**
 * What a test needs from the machine, beyond Java. Where it is missing the test is skipped, and says so; but with the
 * environment variable {@code CI=true} it fails, so that a build server cannot pass by testing less.
 */
public final class Requirements {

    private Requirements() {}

    /**
     * Lets the test go on only if the machine has what it needs.
     *
     * @param present whether it is there
     * @param what a description for people, like "an installed rabbitmq-server"
     */
    public static void check(boolean present, String what) {
        if (!present) {
            throw missing(what);
        }
    }

    /** Skips or fails the test, depending on where it runs; to be thrown by the caller. */
    public static RuntimeException missing(String what) {
        String message = "This test needs " + what + ", which this machine does not have";
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(message);
        }
        return new TestAbortedException(message);
    }
}
