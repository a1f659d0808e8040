/**
 * The public face of AmqProxy: a proxy for AMQP 0-9-1 and 1.0 that keeps connections and channels to a broker open for
 * the next short-lived client. Start reading at {@link io.amqproxy.AmqProxy}.
 */
@SuppressWarnings("module") // The implementation, which is built later, is not there yet.
module io.amqproxy {
    requires static transitive org.jspecify;

    exports io.amqproxy;
    exports io.amqproxy.faults;
    exports io.amqproxy.spi;
    exports io.amqproxy.testing;
    exports io.amqproxy.trace;
    exports io.amqproxy.internal to
            io.amqproxy.impl;

    uses io.amqproxy.spi.AmqProxyProvider;
}
