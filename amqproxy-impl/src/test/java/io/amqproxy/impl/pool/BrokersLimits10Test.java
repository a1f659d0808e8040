package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A broker of AMQP 1.0 that lets a user have few connections, and does not say so to another one, as RabbitMQ 4. */
class BrokersLimits10Test {

    private static final int CLOSE = 0x18;

    private final ToldLimits limits = new ToldLimits();

    private Rig10 rig(int mostConnections) {
        Rig10 rig = new Rig10(options -> {
            options.credentialTtl = Duration.ofMinutes(5);
            options.maxLifetime = Duration.ofMinutes(30);
            options.listener = limits;
        });
        rig.rig.pass(Duration.ofHours(1)); // What the rig itself has opened is gone.
        rig.broker.mostConnections = mostConnections;
        return rig;
    }

    private static TestClient10 sender(Rig10 rig, String body) {
        return rig.open()
                .begin(0)
                .sender(0, 0, "other")
                .run()
                .transfer(0, 0, 0, false, body)
                .run();
    }

    private static TestClient10 receiver(Rig10 rig) {
        return rig.open().begin(0).receiver(0, 0, "q").run().credit(0, 0, 0, 10).run();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void clientsComeAndStayForHoursHoweverFewConnectionsThereMayBe(int most) {
        Rig10 rig = rig(most);
        TestClient10 stays = sender(rig, "first");
        TestClient10 receiver = receiver(rig);
        for (int minute = 0; minute < 120; minute++) {
            TestClient10 client = sender(rig, "m" + minute);
            assertThat(rig.broker.taken).as("minute %s", minute).endsWith("m" + minute);
            client.leave();
            rig.rig.pass(Duration.ofMinutes(1));
        }
        stays.begin(1).sender(1, 0, "q").run().transfer(1, 0, 0, false, "last").run();

        assertThat(receiver.bodies()).containsExactly("last");
        assertThat(stays.all(CLOSE)).isEmpty();
        assertThat(receiver.all(CLOSE)).isEmpty();
        assertThat(rig.broker.openConnections()).isLessThanOrEqualTo(most);
    }

    @Test
    void onASingleConnectionAreSendersAndReceivers() {
        Rig10 rig = rig(1);
        TestClient10 sender = sender(rig, "m");
        TestClient10 receiver = receiver(rig);
        TestClient10 another = receiver(rig);

        assertThat(sender.all(CLOSE)).isEmpty();
        assertThat(receiver.all(0x12)).hasSize(1);
        assertThat(another.all(0x12)).hasSize(1);
        assertThat(rig.broker.openConnections()).isEqualTo(1);
        assertThat(limits.names).contains("brokerConnections");
    }

    @Test
    void moreConnectionsAreTriedForAfterAWhile() {
        Rig10 rig = rig(1);
        sender(rig, "a");
        assertThat(receiver(rig).all(CLOSE)).isEmpty();
        assertThat(rig.broker.openConnections()).isEqualTo(1);
        rig.broker.mostConnections = 3;
        rig.rig.pass(Duration.ofSeconds(2));
        receiver(rig);

        assertThat(rig.broker.openConnections()).isEqualTo(2);
    }

    /** It may be for the hostname then, which the broker does not say either. */
    @Test
    void whereThereIsNoConnectionTheClientIsRefused() {
        Rig10 rig = rig(0);
        TestClient10 client = TestClient10.connect(rig.rig)
                .write(TestClient10.handshake(65_536))
                .run();

        assertThat(client.last(CLOSE).error(0)).isEqualTo("amqp:not-allowed");
        assertThat(limits.names).isEmpty();
    }
}
