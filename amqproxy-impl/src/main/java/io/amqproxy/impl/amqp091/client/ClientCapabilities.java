package io.amqproxy.impl.amqp091.client;

import java.util.Map;

/** What a client understands beyond the specification, as far as the proxy has to know. */
record ClientCapabilities(boolean consumerCancelNotify, boolean connectionBlocked, boolean authenticationFailureClose) {

    static final ClientCapabilities NONE = new ClientCapabilities(false, false, false);

    /** Reads them from the properties in {@code connection.start-ok}. */
    static ClientCapabilities of(Map<String, Object> properties) {
        if (!(properties.get("capabilities") instanceof Map<?, ?> named)) {
            return NONE;
        }
        return new ClientCapabilities(
                Boolean.TRUE.equals(named.get("consumer_cancel_notify")),
                Boolean.TRUE.equals(named.get("connection.blocked")),
                Boolean.TRUE.equals(named.get("authentication_failure_close")));
    }
}
