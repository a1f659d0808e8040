/** The implementation of AmqProxy. It exports nothing; {@code io.amqproxy} finds it as a service. */
module io.amqproxy.impl {
    requires io.amqproxy;
    requires jdk.net;
    requires org.slf4j;
    requires static org.jspecify;

    provides io.amqproxy.spi.AmqProxyProvider with
            io.amqproxy.impl.Provider;
}
