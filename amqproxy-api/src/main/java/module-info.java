/**
 * The public face of AmqProxy: an AMQP 0-9-1 proxy that keeps connections and channels to a broker open for the next
 * short-lived client. Start reading at {@link io.amqproxy.AmqProxy}.
 */
module io.amqproxy {
    requires static transitive org.jspecify;

    exports io.amqproxy;
    exports io.amqproxy.spi;

    uses io.amqproxy.spi.AmqProxyProvider;
}
