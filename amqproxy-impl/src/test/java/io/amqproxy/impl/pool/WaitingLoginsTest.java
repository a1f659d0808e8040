package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many accounts that cannot log in now: they wait for what would change that, and not by asking for it. */
class WaitingLoginsTest {

    private static final Duration LITTLE = Duration.ofMillis(100);
    private static final int MANY = 200;
    /** As many as are refused without being asked about after that. */
    private static final int GUESSES = 6;

    private final Rig.Options options = new Rig.Options();

    /** Where {@code b} can be reached, but does not speak the protocol. */
    private Rig withoutItsEndpoint() {
        options.endpoints = List.of("a", "b");
        Rig rig = new Rig(options);
        rig.registry.onSpoken("b", rig.protocol(), false);
        return rig;
    }

    private static List<TestClient> logIn(Rig rig) {
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            clients.add(rig.connect().logIn("user" + i, "guest", "/"));
        }
        return clients;
    }

    /** How often a timer is due within a time in which nothing happens. */
    private static int wakings(Rig rig) {
        long end = rig.loop.now + LITTLE.toNanos();
        int count = 0;
        for (long next = rig.loop.timers.untilNext(rig.loop.now);
                next >= 0 && rig.loop.now + next <= end;
                next = rig.loop.timers.untilNext(rig.loop.now)) {
            rig.loop.now += next;
            rig.loop.timers.fire(rig.loop.now);
            count++;
        }
        return count;
    }

    @Test
    void whileTheirEndpointsAreDownNobodyIsWokenForThem() {
        Rig rig = withoutItsEndpoint();
        rig.registry.onUnusable("a", "down");
        List<TestClient> clients = logIn(rig);
        rig.registry.pause(true);
        rig.registry.pause(false);

        assertThat(wakings(rig)).isLessThan(5);

        rig.registry.onUsable("a");
        rig.pass(LITTLE);
        rig.run();
        assertThat(clients).allMatch(client -> client.hears(Method.CONNECTION_OPEN_OK));
    }

    /** As many secrets of a user from an address are tried at a time as may fail. */
    @Test
    void whileOthersOfTheirAddressAndUserLogInNobodyIsWokenForThem() {
        Rig rig = new Rig(options);
        rig.mute.add("broker:5672");
        for (int i = 0; i < MANY; i++) {
            rig.connect().logIn("guest", "wrong" + i, "/");
        }
        rig.registry.pause(true);
        rig.registry.pause(false);

        assertThat(wakings(rig)).isLessThan(10);
        assertThat(rig.registry.limitEntries()).as("most of them wait").isGreaterThan(MANY / 2);
    }

    @Test
    void aSecretIsNotTriedWhereItsEndpointsAreDown() {
        Rig rig = withoutItsEndpoint();
        TestClient client = rig.open().openChannel(1);
        for (int i = 0; i < GUESSES; i++) {
            rig.connect().logIn("guest", "wrong" + i, "/");
        }
        rig.run();
        rig.registry.onUnusable("a", "down");
        int attempts = rig.attemptTimes.size();
        client.updateSecret("wrong0");
        rig.run();

        assertThat(client.closeHeard(0).text()).contains("could not be asked about the new secret");
        assertThat(rig.attemptTimes).hasSize(attempts);
    }
}
