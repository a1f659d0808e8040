package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Makes the faults that the script of a client asks for, each until the next one. */
final class FaultsAskedFor implements Consumer<String> {

    private final Faults faults;
    private final List<Fault> lasting = new ArrayList<>();

    FaultsAskedFor(Faults faults) {
        this.faults = faults;
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
            case "unblock", "give credit" -> {}
            default -> throw new AssertionError("nobody knows how to " + asked);
        }
    }
}
