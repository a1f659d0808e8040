package io.amqproxy.benchmark;

/** The protocol that clients speak. */
enum Dialect {
    AMQP_091("", NullBroker.class),
    AMQP_10(" (1.0)", NullBroker10.class);

    private final String suffix;
    private final Class<?> nullBroker;

    Dialect(String suffix, Class<?> nullBroker) {
        this.suffix = suffix;
        this.nullBroker = nullBroker;
    }

    /** What speaks it at the other end. */
    Class<?> nullBroker() {
        return nullBroker;
    }

    /** What the names of works end with. */
    String suffix() {
        return suffix;
    }

    /** Connect, open, send a message, close. */
    Script cycle(LoginScript login, boolean confirms) {
        return this == AMQP_091 ? Script.cycle(login, confirms) : Script10.cycle(login, confirms);
    }

    /** Connect, log in, and be ready to send. */
    Script opening(LoginScript login) {
        return this == AMQP_091 ? Script.opening(login) : Script10.opening(login);
    }
}
