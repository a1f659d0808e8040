package io.amqproxy.benchmark;

/** Messages as fast as they are taken, over connections that share them. */
interface MessageStream extends Work {

    /** How many octets a message's body has. */
    int size();

    int connections();

    /** So many go over each connection at least between two looks at the clock. */
    @Override
    default long step() {
        return Math.max(10, 2_000_000L / (size() + 100)) * connections();
    }
}
