package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is done from time to time fails once, and even that cannot be told: it is done again all the same. */
class HousekeepingFaultTest {

    /** As where there is no memory to tell of it. */
    private static final class Untold extends IllegalStateException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new OutOfMemoryError("on purpose");
        }
    }

    private final Rig.Options options = new Rig.Options();

    @Test
    void whoWaitsInAPoolIsNotForgotten() {
        options.maxConnections = 1;
        options.maxChannelsPerConnection = 1;
        options.listener = new ProxyListener() {
            private boolean hasFailed;

            @Override
            public void clientDisconnected(ClientInfo client, CloseReason reason) {
                if (!hasFailed) {
                    hasFailed = true;
                    throw new Untold();
                }
            }
        };
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        rig.open().openChannel(1).consume(1, "q", "tag", false);
        rig.run();
        rig.open().openChannel(1).consume(1, "q", "tag", false);
        TestClient second = rig.open();
        second.openChannel(1).consume(1, "q", "tag", false);
        rig.run();

        assertThatThrownBy(() -> rig.pass(Duration.ofSeconds(10))).isInstanceOf(OutOfMemoryError.class);
        rig.pass(Duration.ofSeconds(10));

        assertThat(second.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void anEndpointIsAskedAgain() {
        Rig rig = new Rig(options);
        rig.open().openChannel(1).declare(1, "q", false);
        rig.run();
        rig.reachable = false;
        rig.broker.only().drop();
        rig.run();
        rig.probeFault = new Untold();
        assertThatThrownBy(() -> rig.pass(Duration.ofSeconds(10))).isInstanceOf(OutOfMemoryError.class);
        rig.reachable = true;
        rig.pass(Duration.ofSeconds(10));

        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "m");
        rig.run();
        assertThat(rig.broker.bodies()).containsExactly("m");
    }
}
