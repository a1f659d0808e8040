package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.PoolGateway;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Credentials that a mapper gave for a limited time. */
class ExpiringCredentialsTest {

    private final Rig.Options options = new Rig.Options();

    /** Lets credentials that come through it live for a minute. */
    private static PoolGateway aMinute(Rig rig) {
        PoolGateway registry = rig.registry;
        return new PoolGateway() {
            @Override
            public boolean authenticate(InboundSession client, Credentials credentials) {
                credentials.expireAt(rig.loop.now + Duration.ofMinutes(1).toNanos());
                return registry.authenticate(client, credentials);
            }

            @Override
            public void open(InboundSession client, String vhost) {
                registry.open(client, vhost);
            }

            @Override
            public void updateSecret(InboundSession client, byte[] secret, String reason) {
                throw new AssertionError("not in this test");
            }

            @Override
            public boolean leave(InboundSession client) {
                return registry.leave(client);
            }

            @Override
            public boolean lease(LeaseHolder channel, Purpose purpose) {
                return registry.lease(channel, purpose);
            }

            @Override
            public void forgo(LeaseHolder channel) {
                registry.forgo(channel);
            }

            @Override
            public void reserve(LeaseHolder channel, boolean ifSpare) {
                registry.reserve(channel, ifSpare);
            }
        };
    }

    @Test
    void theyAreBelievedUpToTheirEndAndNoLonger() {
        Rig rig = new Rig(options);
        rig.gateway = aMinute(rig);
        rig.broker.queue("q");
        TestClient early = rig.open();
        TestClient late = rig.open();
        rig.broker.password = "changed";
        rig.pass(Duration.ofSeconds(59));
        early.openChannel(1).publish(1, "q", "in time");
        rig.run();
        rig.pass(Duration.ofSeconds(2));
        late.openChannel(1).publish(1, "q", "too late");
        rig.run();

        assertThat(rig.broker.logins).isEqualTo(2);
        assertThat(rig.broker.bodies()).containsExactly("in time");
        assertThat(late.closeHeard(0).code()).isEqualTo(403);
    }

    @Test
    void equalOnesThatLastLongerRenewThem() {
        Rig rig = new Rig(options);
        rig.gateway = aMinute(rig);
        rig.open();
        for (int i = 0; i < 5; i++) {
            rig.pass(Duration.ofSeconds(50));
            assertThat(rig.open().methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        }
        assertThat(rig.broker.logins).isEqualTo(1);
    }
}
