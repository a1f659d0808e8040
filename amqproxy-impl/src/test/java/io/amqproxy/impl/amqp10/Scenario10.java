package io.amqproxy.impl.amqp10;

/** What clients do, to be compared directly and through a proxy. */
record Scenario10(String name, Play play) {

    /** The scenario's steps. */
    interface Play {
        void on(Stage10 stage) throws Exception;
    }

    @Override
    public String toString() {
        return name;
    }
}
