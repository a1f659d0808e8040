package io.amqproxy.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A program that listens.
 *
 * @param child its process
 * @param address where it listens
 * @param startNanos from starting the program until its port was open
 */
record Started(Child child, InetSocketAddress address, long startNanos) implements AutoCloseable {

    static Started await(Child child, int port) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try {
            return new Started(child, address, child.awaitPort(address));
        } catch (IOException e) {
            child.close();
            throw e;
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
