package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Settings;
import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;

/** Who makes the broker or the proxy say much and reads nothing of it is not read itself, so that no neighbour pays. */
class UnreadAnswersTest {

    private static final int READ = 2 * Settings.FRAME_MAX;
    private static final int MANY = 40;
    private static final String MESSAGE = "x".repeat(100_000);

    private final Rig.Options options = new Rig.Options();

    private Rig rig() {
        options.readBuffer = READ;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        return rig;
    }

    private static TestClient publisher(Rig rig) {
        TestClient publisher = rig.open();
        publisher.openChannel(1).select(1);
        rig.run();
        return publisher;
    }

    private static long count(TestClient client, int channel, Method method) {
        return client.methods(channel).stream().filter(method::equals).count();
    }

    @Test
    void returnsThatNobodyReadsHoldUpNoNeighboursConfirms() {
        Rig rig = rig();
        TestClient neighbour = publisher(rig);
        TestClient deaf = publisher(rig);
        deaf.link().clogged = true;
        for (int i = 0; i < MANY; i++) {
            deaf.publish(1, "", "nowhere", true, MESSAGE);
        }
        rig.run();

        neighbour.publish(1, "q", "good");
        rig.run();
        assertThat(rig.broker.bodies()).contains("good");
        assertThat(neighbour.hears(Method.BASIC_ACK)).isTrue();
        assertThat(deaf.link().session().out().size()).isLessThan(Settings.OWNED_BACKLOG + 3L * READ);

        deaf.link().unclog();
        rig.run();
        assertThat(count(deaf, 1, Method.BASIC_RETURN)).isEqualTo(MANY);
    }

    @Test
    void answersOfTheProxyAreBoundedToo() {
        Rig rig = rig();
        TestClient deaf = rig.open();
        deaf.link().clogged = true;
        int times = 60_000;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            all.writeBytes(Frames.method(1, Method.CHANNEL_OPEN, writer -> writer.shortString("")));
            all.writeBytes(Frames.close(1, 200, "", 0));
        }
        deaf.write(all.toByteArray());
        rig.run();
        assertThat(deaf.link().session().out().size()).isLessThan(Settings.OWNED_BACKLOG + READ);

        deaf.link().unclog();
        rig.run();
        assertThat(count(deaf, 1, Method.CHANNEL_CLOSE_OK)).isEqualTo(times);
    }
}
