package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.TraceFilter;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever asks for what cannot be is told what was wrong. */
@Timeout(60)
class MistakesOfTestsTest {

    @AutoClose
    private final InMemoryBroker broker = InMemoryBroker.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstreams(List.of(broker.uri()))
            .listenInProcess()
            .start();

    @Test
    void aPredicateThatFailsSaysHow() throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(proxy.uri());
        factory.setSocketFactory(proxy.socketFactory());
        FaultScope failing = FaultScope.all().ofClients(client -> {
            throw new IllegalArgumentException("mine");
        });
        try (Connection connection = factory.newConnection()) {
            assertThatThrownBy(() -> proxy.faults().cutClients(failing, Cut.RESET))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("it failed on a loop of the proxy: java.lang.IllegalArgumentException: mine");
            assertThat(connection.isOpen()).isTrue();
        }
    }

    @Test
    void aProxyThatIsClosedSaysSo() {
        Faults faults = proxy.faults();
        proxy.close();
        assertThatThrownBy(faults::brokerDown).hasMessage("the proxy is closed");
        assertThatThrownBy(() -> faults.cutClients(FaultScope.all(), Cut.END)).hasMessage("the proxy is closed");
    }

    @Test
    void aTraceOfWhatNobodyCanSayIsRefused() {
        for (TraceFilter filter : List.of(
                TraceFilter.all().names(),
                TraceFilter.all().names("basic.deliver").directions(Direction.FROM_CLIENT, Direction.TO_BROKER),
                TraceFilter.all().names("sasl-init").directions(Direction.TO_CLIENT))) {
            assertThatThrownBy(() -> proxy.trace(filter, event -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("nothing that can be said is wanted by TraceFilter[");
        }
        for (String name : List.of("basic.publish", "sasl-init", "transfer", "heartbeat", "protocol-header")) {
            proxy.trace(TraceFilter.all().names(name), event -> {}).close();
        }
    }

    @Test
    void aMisspeltNameIsRefusedBesideARightOne() {
        TraceFilter filter = TraceFilter.all().names("basic.publish", "basic.publsh");
        assertThatThrownBy(() -> proxy.trace(filter, event -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no method or performative 'basic.publsh'");
        proxy.trace(TraceFilter.ofClients().names("basic.publish", "basic.qos-ok"), event -> {})
                .close();
    }

    @Test
    void aFaultOfWhatNamesNothingIsRefusedWhereItIsToNameSomething() {
        FaultScope orders = FaultScope.all().naming("orders");
        Faults faults = proxy.faults();
        Map<String, ThrowingCallable> begins = Map.of(
                "clients that only connect", () -> faults.refuseClients(orders),
                "frames that are cut", () -> faults.cutFrames(orders),
                "methods basic.ack", () -> faults.failMethods(orders, "basic.ack", 404, "on purpose"),
                "heartbeats", () -> faults.loseHeartbeats(orders),
                "log-ins", () -> faults.refuseLogins(orders, "on purpose"));
        faults.failMethods(orders, "basic.cancel", 404, "on purpose").close();
        begins.forEach((what, begin) -> assertThatThrownBy(begin)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(what + " name nothing, so that this fault would never happen"));
    }
}
