package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** While the proxy is paused new leases wait and those that are there go on. */
class PauseTest {

    private final Rig rig = new Rig();

    PauseTest() {
        rig.broker.queue("q");
    }

    private TestClient publisher(String body) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", body);
        rig.run();
        return client;
    }

    @Test
    void aChannelThatHasALeaseGoesOnAndOthersWait() {
        TestClient bound = publisher("one");
        rig.registry.pause(true);

        bound.publish(1, "q", "two");
        TestClient other = publisher("three");
        rig.pass(Duration.ofSeconds(5));
        assertThat(rig.broker.bodies()).containsExactly("one", "two");
        assertThat(other.methods(0)).endsWith(Method.CONNECTION_OPEN_OK);

        rig.registry.pause(false);
        rig.pass(Duration.ofNanos(10));
        assertThat(rig.broker.bodies()).containsExactly("one", "two", "three");
    }

    @Test
    void aBoundChannelMayBeginToConsume() {
        TestClient client = publisher("one");
        rig.registry.pause(true);

        client.consume(1, "q", "tag", true);
        rig.run();

        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
        assertThat(client.bodies()).isEqualTo("one");
    }

    @Test
    void whoWaitsTooLongIsClosedAndToldWhy() {
        publisher("one");
        rig.registry.pause(true);
        TestClient waits = publisher("two");
        TestClient fresh = rig.connect();
        fresh.logIn("other", "guest", "/");

        rig.pass(Duration.ofSeconds(11));

        assertThat(waits.closeHeard(0).code()).isEqualTo(320);
        assertThat(waits.closeHeard(0).text()).contains("the proxy is paused");
        assertThat(fresh.closeHeard(0).code()).isEqualTo(320);
        assertThat(fresh.closeHeard(0).text()).contains("the proxy is paused");
        assertThat(rig.broker.connections).hasSize(1);
    }

    @Test
    void logInsThatNeedTheBrokerWaitAndGoOn() {
        rig.registry.pause(true);
        TestClient fresh = rig.connect();
        fresh.logIn("guest", "guest", "/");
        rig.pass(Duration.ofSeconds(5));
        assertThat(rig.broker.connections).isEmpty();

        rig.registry.pause(false);
        rig.pass(Duration.ofNanos(10));

        assertThat(fresh.methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void aConnectionThatWasBeingOpenedServesAfterThePause() {
        TestClient client = rig.open();
        rig.broker.only().drop();
        rig.pass(Duration.ofNanos(10));
        client.openChannel(1).publish(1, "q", "one");
        client.link().moveToSession(Integer.MAX_VALUE);
        rig.registry.pause(true);
        rig.pass(Duration.ofSeconds(5));
        assertThat(rig.broker.published).isEmpty();

        rig.registry.pause(false);
        rig.pass(Duration.ofNanos(10));

        assertThat(rig.broker.bodies()).containsExactly("one");
        assertThat(rig.pool().upstreams()).isEqualTo(1);
    }

    @Test
    void anIdleClientStaysThroughAPause() {
        TestClient client = publisher("one");
        client.closeChannel(1);
        rig.run();
        rig.registry.pause(true);
        rig.pass(Duration.ofMinutes(5));
        rig.registry.pause(false);

        client.openChannel(1).publish(1, "q", "two");
        rig.pass(Duration.ofNanos(10));

        assertThat(rig.broker.bodies()).containsExactly("one", "two");
    }
}
