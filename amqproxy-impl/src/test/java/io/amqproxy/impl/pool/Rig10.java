package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp10.Amqp10;
import java.util.function.Consumer;

/** A {@link Rig} for AMQP 1.0. */
final class Rig10 {

    final ScriptedBroker10 broker = new ScriptedBroker10();
    final Rig rig;

    Rig10() {
        this(options -> {});
    }

    Rig10(Consumer<Rig.Options> set) {
        Rig.Options options = new Rig.Options();
        options.protocol = new Amqp10();
        options.broker = broker::accept;
        set.accept(options);
        rig = new Rig(options);
        broker.connections.clear();
    }

    TestClient10 open() {
        return TestClient10.open(rig);
    }

    /** The only session that there is at the broker. */
    ScriptedBroker10.Session session() {
        for (BrokerConnection10 connection : broker.connections) {
            for (ScriptedBroker10.Session session : connection.sessions.values()) {
                return session;
            }
        }
        throw new AssertionError("no session");
    }
}
