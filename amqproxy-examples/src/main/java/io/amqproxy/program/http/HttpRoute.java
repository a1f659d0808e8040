package io.amqproxy.program.http;

import java.io.IOException;

/**
 * Who answers requests for a path.
 *
 * @param method HEAD goes with GET
 * @param isQuick whether the answer is there at once, so that it waits for no other request's
 */
record HttpRoute(String method, boolean isQuick, Handler handler) {

    /** Answers. */
    interface Handler {
        Answer answer(Request request) throws IOException;
    }

    boolean takes(String asked) {
        return asked.equals(method) || (asked.equals("HEAD") && method.equals("GET"));
    }
}
