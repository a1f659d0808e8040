package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.FrameBytes.body;
import static io.amqproxy.impl.fidelity.FrameBytes.frame;
import static io.amqproxy.impl.fidelity.FrameBytes.header;
import static io.amqproxy.impl.fidelity.FrameBytes.join;
import static io.amqproxy.impl.fidelity.FrameBytes.method;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is said in one go, and is followed by an end of the channel or the connection: all of it is answered before. Not
 * so with RabbitMQ where the channel itself ends the connection, as for a prefetch size: it may lose what it has said.
 */
final class OrderScenarios {

    /** Waits until an end has come. */
    private interface Awaiting {
        Peer with(Peer client) throws Exception;
    }

    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    private record End(String name, Awaiting awaiting, byte[] bytes) {

        private Peer after(Peer client, byte... bytesBefore) throws Exception {
            return awaiting.with(client.raw(join(bytesBefore, bytes)));
        }
    }

    private static final End CHANNEL_CLOSE = new End(
            "channel.close",
            client -> client.expect(1, Method.CHANNEL_CLOSE_OK),
            method(1, Method.CHANNEL_CLOSE, 200, "bye", 0, 0));
    private static final End CONNECTION_CLOSE =
            new End("connection.close", Peer::end, method(0, Method.CONNECTION_CLOSE, 200, "bye", 0, 0));
    private static final End NO_QUEUE = new End(
            "a get from the last queue of a channel that has declared none",
            client -> client.expect(1, Method.CHANNEL_CLOSE),
            method(1, Method.BASIC_GET, 0, "", 0));

    private static final List<End> OFFENCES = List.of(
            new End("a method on a channel not open", Peer::end, method(7, Method.TX_SELECT)),
            new End("a body without a publish", Peer::end, body(1, new byte[5])),
            new End("a body on channel 0", Peer::end, body(0, new byte[5])),
            new End("an unknown frame type", Peer::end, frame(9, 1, new byte[5])));

    private OrderScenarios() {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        all.add(ofGets(CHANNEL_CLOSE));
        all.add(ofGets(CONNECTION_CLOSE));
        all.add(ofGets(NO_QUEUE));
        all.add(ofQuestions(CHANNEL_CLOSE));
        all.add(ofQuestions(CONNECTION_CLOSE));
        all.add(ofMessage("comes back", "", 1, NO_QUEUE));
        for (End offence : OFFENCES) {
            all.add(ofGets(offence));
            all.add(ofMessage("comes back", "", 1, offence));
            all.add(ofMessage("goes nowhere", "missing", 0, offence));
        }
        return all;
    }

    private static Scenario ofGets(End end) {
        return Scenario.of("gets, and then " + end.name(), run -> {
            Peer b = run.peer("b").open().channel(1);
            b.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 0, Map.of()).expect(1, Method.QUEUE_DECLARE_OK);
            b.publish(1, "", run.name("q"), 0, "one")
                    .publish(1, "", run.name("q"), 0, "two")
                    .sync(1);
            byte[] get = method(1, Method.BASIC_GET, 0, run.name("q"), 1);
            Peer a = run.peer("a").open().channel(1);
            end.after(a, join(get, get, get)).leave();
            run.await("q", "ready 0, unacked 0, consumers 0");
            b.send(1, Method.QUEUE_DELETE, 0, run.name("q"), 0).expect(1, Method.QUEUE_DELETE_OK);
            b.leave();
        });
    }

    private static Scenario ofQuestions(End end) {
        return Scenario.onChannel("questions, and then " + end.name(), (run, a) -> {
            byte[] qos = method(1, Method.BASIC_QOS, 0, 5, 0);
            byte[] declare = method(1, Method.EXCHANGE_DECLARE, 0, "amq.direct", "direct", 3, Map.of());
            end.after(a, join(declare, qos, method(1, Method.CHANNEL_FLOW, 1)));
        });
    }

    private static Scenario ofMessage(String what, String exchange, int bits, End end) {
        return Scenario.onChannel("a message that " + what + ", and then " + end.name(), (run, a) -> {
            byte[] publish = method(1, Method.BASIC_PUBLISH, 0, exchange, "nobody", bits);
            end.after(a, join(publish, header(1, 5, Map.of()), body(1, new byte[5])));
        });
    }
}
