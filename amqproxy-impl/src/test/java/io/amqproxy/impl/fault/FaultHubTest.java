package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientInfo;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.impl.net.EventLoop;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A fault that cannot begin everywhere is nowhere, and one that makes no sense is refused. */
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

    private final FaultHub working = new FaultHub(new FaultHub.Loops() {
        @Override
        public int sum(Function<EventLoop, Integer> what) {
            return 0;
        }

        @Override
        public void revoke(Consumer<EventLoop> what) {}
    });

    @Test
    void codesAreThoseThatAFrameHasRoomFor() {
        for (int code : new int[] {Integer.MIN_VALUE, -1, 0, 65_536, Integer.MAX_VALUE}) {
            List<Consumer<Faults>> withCodes = List.of(
                    faults -> faults.closeChannels(FaultScope.all(), code, ""),
                    faults -> faults.closeChannels(ofUpstreams, code, ""),
                    faults -> faults.closeConnections(FaultScope.all(), code, ""),
                    faults -> faults.closeConnections(ofUpstreams, code, ""),
                    faults -> faults.failMethods(FaultScope.all(), "basic.publish", code, ""),
                    faults -> faults.refuseLogins(FaultScope.all(), code, ""),
                    faults -> faults.returnMessages(FaultScope.all(), code, ""));
            for (Consumer<Faults> fault : withCodes) {
                assertThatThrownBy(() -> fault.accept(working))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("a code is 1 to 65535, not " + code);
            }
        }
        working.returnMessages(FaultScope.all(), 65_535, "").close();
    }

    /** Nothing is taken for something that was not said. */
    @ParameterizedTest
    @MethodSource("references")
    void whatIsMissingIsRefused(Method fault, int missing) {
        @Nullable Object[] arguments = new Object[fault.getParameterCount()];
        Class<?>[] types = fault.getParameterTypes();
        for (int i = 0; i < types.length; i++) {
            arguments[i] = i == missing ? null : argument(fault, types[i]);
        }
        assertThatThrownBy(() -> fault.invoke(working, arguments)).hasCauseInstanceOf(NullPointerException.class);
    }

    private static Object argument(Method fault, Class<?> type) {
        Map<Class<?>, Object> some = Map.of(
                FaultScope.class,
                fault.getName().equals("cutUpstreams") ? FaultScope.upstreams() : FaultScope.all(),
                Predicate.class,
                (Predicate<Object>) any -> true,
                Cut.class,
                Cut.END,
                String.class,
                fault.getName().equals("failMethods") ? "basic.publish" : "text",
                Duration.class,
                Duration.ZERO,
                int.class,
                404,
                long.class,
                1L);
        return Objects.requireNonNull(some.get(type));
    }

    static Stream<Arguments> references() {
        return Arrays.stream(Faults.class.getMethods())
                .flatMap(fault -> IntStream.range(0, fault.getParameterCount())
                        .filter(i -> !fault.getParameterTypes()[i].isPrimitive())
                        .mapToObj(i -> Arguments.of(fault, i)));
    }

    @Test
    void aFaultSaysWhatItIs() {
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
