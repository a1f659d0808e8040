package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Makes the faults that the script of a client asks for, each until the next one. */
final class FaultsAskedFor implements Consumer<String> {

    private static final Duration LONG = Duration.ofMinutes(10);

    private final AmqProxy proxy;
    private final Faults faults;
    private final List<Fault> lasting = new ArrayList<>();

    FaultsAskedFor(AmqProxy proxy) {
        this.proxy = proxy;
        this.faults = proxy.faults();
    }

    @Override
    public void accept(String asked) {
        lasting.forEach(Fault::close);
        lasting.clear();
        FaultScope once = FaultScope.all().nth(1);
        switch (asked) {
            case "nack a confirm" -> lasting.add(faults.nackConfirms(once));
            case "lose a confirm" -> lasting.add(faults.loseConfirms(once));
            case "return a message" -> lasting.add(faults.returnMessages(once, 312, "on purpose"));
            case "fail a declaration" -> lasting.add(faults.failMethods(once, "queue.declare", 404, "on purpose"));
            case "deliver again" -> lasting.add(faults.redeliver(once));
            case "cancel a consumer" ->
                assertThat(faults.cancelConsumers(any -> true, "tag"::equals)).isOne();
            case "block" -> lasting.add(faults.block(any -> true, "on purpose"));
            case "refuse a log-in" -> lasting.add(faults.refuseLogins(once, "on purpose"));
            case "close connections" -> faults.closeConnections(any -> true, 320, "on purpose");
            case "reject" -> lasting.add(faults.rejectDeliveries(once, "amqp:resource-limit-exceeded", "on purpose"));
            case "release" -> lasting.add(faults.releaseDeliveries(once));
            case "withhold credit" -> lasting.add(faults.withholdCredit(FaultScope.all()));
            case "detach" -> faults.detachLinks(any -> true, any -> true, "amqp:resource-deleted", "on purpose");
            case "end sessions" -> faults.endSessions(any -> true, "amqp:internal-error", "on purpose");
            case "close for a condition" -> faults.closeConnections(any -> true, "amqp:not-allowed", "on purpose");
            case "close channels" -> faults.closeChannels(any -> true, 404, "on purpose");
            case "fail a publish" -> lasting.add(faults.failMethods(once, "basic.publish", 404, "on purpose"));
            case "fail one at all costs" -> lasting.add(faults.failMethods(once, "basic.publish", 541, "on purpose"));
            case "delay a confirm" -> lasting.add(faults.delayConfirms(once, LONG, LONG, 1));
            case "take the broker away" -> lasting.add(faults.brokerDown());
            case "unblock", "give credit" -> {}
            case "revoke" -> Await.until("found up", () -> proxy.health().ready());
            default -> onNetwork(asked);
        }
    }

    private void onNetwork(String asked) {
        switch (asked) {
            case "cut by FIN" -> faults.cutClients(any -> true, Cut.END);
            case "cut by a reset" -> faults.cutClients(any -> true, Cut.RESET);
            case "cut by halves" -> faults.cutClients(any -> true, Cut.HALF);
            case "cut within a frame" -> lasting.add(faults.cutFrames(FaultScope.all()));
            case "cut the broker off" ->
                assertThat(faults.cutUpstreams(any -> true, Cut.RESET)).isPositive();
            case "stop reading" -> lasting.add(faults.stopReading(any -> true));
            case "be silent" -> lasting.add(faults.silence(any -> true));
            case "lose all" -> lasting.add(faults.blackHole(any -> true));
            case "delay all" -> lasting.add(faults.delay(any -> true, LONG, LONG, 1));
            case "limit the bandwidth" -> lasting.add(faults.limitBandwidth(any -> true, 1));
            case "refuse clients" -> lasting.add(faults.refuseClients());
            default -> throw new AssertionError("nobody knows how to " + asked);
        }
    }
}
