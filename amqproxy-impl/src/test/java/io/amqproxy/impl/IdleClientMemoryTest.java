package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.ReachableObjects;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a client that does nothing takes of the heap in objects of the proxy's own classes, by the JVM's count of those
 * that are reachable, with as many clients and without. The JDK's for its socket, maps, texts and arrays are not among
 * them, and nothing of the test's end of the connection.
 */
@Timeout(300)
class IdleClientMemoryTest {

    private static final int CLIENTS = 1000;
    /** What comes with the first ones is not theirs alone. */
    private static final int FIRST = 200;

    private static final long OF_CLIENT = 1200;
    private static final long OF_CLIENT_WITH_CHANNEL = 1300;
    /** Less would mean that something else is measured. */
    private static final long LEAST = 200;

    private interface Opening {
        AutoCloseable open() throws IOException;
    }

    @Test
    void anIdleClientAndItsChannelTakeFewOctetsOfTheProxysObjects() throws Exception {
        try (InMemoryBroker broker = InMemoryBroker.start();
                AmqProxy proxy = start(broker)) {
            int port = proxy.address().getPort();

            assertThat(octetsOfEach(() -> RawClient.open(port))).isBetween(LEAST, OF_CLIENT);
        }
        try (InMemoryBroker broker = InMemoryBroker.start();
                AmqProxy proxy = start(broker)) {
            int port = proxy.address().getPort();

            assertThat(octetsOfEach(() -> RawClient.open(port).openChannel(1)))
                    .isBetween(LEAST, OF_CLIENT_WITH_CHANNEL);
        }
    }

    private static AmqProxy start(InMemoryBroker broker) {
        return AmqProxy.builder()
                .upstream(broker.uri().toString())
                .listen(0)
                .loops(1)
                .start();
    }

    private static long octetsOfEach(Opening opening) throws Exception {
        List<AutoCloseable> clients = new ArrayList<>(FIRST + CLIENTS);
        try {
            for (int i = 0; i < FIRST; i++) {
                clients.add(opening.open());
            }
            long before = ReachableObjects.octets();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(opening.open());
            }
            return (ReachableObjects.octets() - before) / CLIENTS;
        } finally {
            for (AutoCloseable client : clients) {
                client.close();
            }
        }
    }
}
