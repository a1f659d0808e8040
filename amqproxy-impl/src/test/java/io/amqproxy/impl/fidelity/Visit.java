package io.amqproxy.impl.fidelity;

import io.amqproxy.impl.amqp091.codec.Method;
import java.io.IOException;
import java.util.Map;

/** What a client did on the channels that a scenario is lent after it. */
final class Visit {

    private Visit() {}

    static void of(ScenarioRun run, Peer visitor) throws IOException {
        String queue = run.name("visited");
        visitor.send(1, Method.QUEUE_DECLARE, 0, queue, 0, Map.of()).expect(1, Method.QUEUE_DECLARE_OK);
        visitor.publish(1, "", queue, 0, "left behind").publish(1, "", queue, 0, "taken");
        visitor.send(1, Method.BASIC_GET, 0, queue, 1).expect(1, Method.BASIC_GET_OK);
        visitor.publish(1, "", run.name("nobody"), 1, "returned").expect(1, Method.BASIC_RETURN);
        visitor.send(2, Method.CONFIRM_SELECT, 0).expect(2, Method.CONFIRM_SELECT_OK);
        visitor.publish(2, "", queue, 0, "one").publish(2, "", queue, 0, "two").confirms(2, 2);
        visitor.closeChannel(1).closeChannel(2);
    }
}
