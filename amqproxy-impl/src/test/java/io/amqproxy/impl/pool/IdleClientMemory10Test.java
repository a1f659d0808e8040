package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.ReachableObjects;
import java.util.ArrayList;
import java.util.List;
import javax.management.JMException;
import org.junit.jupiter.api.Test;

/**
 * What a client of AMQP 1.0 that does nothing takes of the heap in objects of the proxy's own classes, those for its
 * session at the broker included, and without those for its socket.
 */
class IdleClientMemory10Test {

    private static final int CLIENTS = 1000;
    /** What comes with the first ones is not theirs alone. */
    private static final int FIRST = 200;

    private static final long MOST = 2350;
    /** Less would mean that something else is measured. */
    private static final long LEAST = 300;

    @Test
    void anIdleClientWithASessionAndALinkTakesFewOctetsOfTheProxysObjects() throws JMException {
        Rig10 rig = new Rig10(options -> options.maxConnections = 100);
        List<TestClient10> clients = new ArrayList<>(FIRST + CLIENTS);
        open(rig, clients, FIRST);
        long before = ReachableObjects.octets();
        open(rig, clients, CLIENTS);

        assertThat(rig.broker.sessions()).isEqualTo(FIRST + CLIENTS);
        assertThat((ReachableObjects.octets() - before) / CLIENTS).isBetween(LEAST, MOST);
    }

    private static void open(Rig10 rig, List<TestClient10> clients, int more) {
        for (int i = 0; i < more; i++) {
            TestClient10 client = rig.open();
            client.begin(0).sender(0, 0, "q").run();
            client.heard.clear();
            clients.add(client);
        }
    }
}
