package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.stream.LongStream;

/** A confirm publisher and a consumer on one upstream, beside whom others misbehave. */
final class Neighbours {

    /** Nobody else uses it; a name that no chance comes upon. */
    private static final String QUEUE = "the beats of the neighbours";

    final Rig rig;

    private final TestClient publisher;
    private final TestClient consumer;
    private final ScriptedBroker.Connection upstream;
    private long beats;

    /** A broker that lets us have one connection, so that publishers and consumers share it. */
    private static Rig.Options oneConnection() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        return options;
    }

    Neighbours() {
        this(oneConnection());
    }

    /** With options that let the pool have one connection only, until both are there. */
    Neighbours(Rig.Options options) {
        rig = new Rig(options);
        rig.broker.refusesUnscripted = true;
        rig.broker.queue(QUEUE);
        publisher = open(options.frameMax);
        publisher.openChannel(1).select(1);
        consumer = open(options.frameMax);
        consumer.openChannel(1).qos(1, 10, false).consume(1, QUEUE, "listener", false);
        rig.run();
        upstream = rig.broker.only();
        beat();
    }

    private TestClient open(int frameMax) {
        TestClient client = rig.connect();
        client.frameMax = frameMax;
        return client.logIn("guest", "guest", "/");
    }

    /** Publishes a message and takes it, as ever, on the upstream that they had from the beginning. */
    void beat() {
        beats++;
        publisher.publish(1, QUEUE, "beat");
        rig.run();
        consumer.ack(1, beats, false);
        rig.run();
        List<Long> all = LongStream.rangeClosed(1, beats).boxed().toList();
        assertThat(publisher.tags(Method.BASIC_ACK)).isEqualTo(all);
        assertThat(consumer.tags(Method.BASIC_DELIVER)).isEqualTo(all);
        for (TestClient client : List.of(publisher, consumer)) {
            assertThat(client.ended || client.hears(Method.CONNECTION_CLOSE) || client.hears(Method.CHANNEL_CLOSE))
                    .isFalse();
        }
        assertThat(upstream.open).isTrue();
    }
}
