package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientInfo;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.impl.net.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A fault that cannot begin everywhere is nowhere. */
class FaultHubTest {

    private int revoked;

    private final FaultHub hub = new FaultHub(new FaultHub.Loops() {
        @Override
        public int sum(Function<EventLoop, Integer> what) {
            throw new IllegalStateException("one of several loops does not answer");
        }

        @Override
        public void revoke(Consumer<EventLoop> what) {
            revoked++;
        }
    });

    @Test
    void aFaultSaysWhatItIs() {
        FaultHub working = new FaultHub(new FaultHub.Loops() {
            @Override
            public int sum(Function<EventLoop, Integer> what) {
                return 0;
            }

            @Override
            public void revoke(Consumer<EventLoop> what) {}
        });
        Fault fault = working.loseConfirms(FaultScope.all());
        assertThat(fault).hasToString("lost confirm, happened 0 times");
        fault.close();
        assertThat(fault).hasToString("lost confirm, happened 0 times, closed");
    }

    @Test
    void whatFailsHalfWayIsRevokedOnAllLoops() {
        List<Consumer<Faults>> all = List.of(
                Faults::brokerDown,
                faults -> faults.refuseClients(FaultScope.all()),
                faults -> faults.silence(FaultScope.all()),
                faults -> faults.stopReading(FaultScope.all()),
                faults -> faults.block(FaultScope.all(), "on purpose"),
                faults -> faults.delay(FaultScope.all(), Duration.ZERO, Duration.ZERO, 1),
                faults -> faults.loseConfirms(FaultScope.all()));
        for (Consumer<Faults> fault : all) {
            revoked = 0;
            assertThatThrownBy(() -> fault.accept(hub)).isInstanceOf(IllegalStateException.class);
            assertThat(revoked).isOne();
        }
        assertThat(hub.isBrokerDown()).isFalse();
        assertThat(hub.refuses(ClientInfo.of(1, new InetSocketAddress(0), null, null)))
                .isFalse();
    }
}
