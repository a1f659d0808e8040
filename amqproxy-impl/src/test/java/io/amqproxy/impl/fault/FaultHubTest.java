package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientInfo;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
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

    private final FaultScope ofUpstreams = FaultScope.upstreams();

    @Test
    void faultsOfClientsRefuseTheScopeOfConnectionsToTheBroker() {
        List<Consumer<Faults>> ofClients = List.of(
                faults -> faults.cutClients(ofUpstreams, Cut.HALF),
                faults -> faults.cancelConsumers(ofUpstreams),
                faults -> faults.refuseClients(ofUpstreams),
                faults -> faults.block(ofUpstreams, ""),
                faults -> faults.failMethods(ofUpstreams, "basic.publish", 404, ""),
                faults -> faults.redeliver(ofUpstreams),
                faults -> faults.returnMessages(ofUpstreams, 312, ""),
                faults -> faults.loseConfirms(ofUpstreams),
                faults -> faults.delayConfirms(ofUpstreams, Duration.ZERO, Duration.ZERO, 1),
                faults -> faults.nackConfirms(ofUpstreams),
                faults -> faults.rejectDeliveries(ofUpstreams),
                faults -> faults.rejectDeliveries(ofUpstreams, "c", ""),
                faults -> faults.releaseDeliveries(ofUpstreams),
                faults -> faults.withholdCredit(ofUpstreams),
                faults -> faults.refuseLogins(ofUpstreams, ""),
                faults -> faults.refuseLogins(ofUpstreams, 530, ""));
        for (Consumer<Faults> fault : ofClients) {
            assertThatThrownBy(() -> fault.accept(hub)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> hub.cutUpstreams(FaultScope.all(), Cut.END))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ofUpstreams.naming("q")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ofUpstreams.ofClients(client -> true)).isInstanceOf(IllegalStateException.class);
        assertThat(revoked).isZero();
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
