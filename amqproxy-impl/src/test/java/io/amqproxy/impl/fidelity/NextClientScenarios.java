package io.amqproxy.impl.fidelity;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.Map;

/** What one client does on its channel, and the numbers that the next one gets, which may be on the same. */
final class NextClientScenarios {

    private static final int NO_ACK = 2;
    private static final int NO_WAIT = 1;
    private static final int MESSAGES = 3;

    /** What the first client does on channel 1. */
    private interface Play {
        void in(ScenarioRun run, Peer client) throws Exception;
    }

    private NextClientScenarios() {}

    static List<Scenario> all() {
        return List.of(
                before("gets", (run, a) -> {
                    for (int i = 0; i < 2; i++) {
                        a.publish(1, "", run.name("other"), 0, "message").sync(1);
                        a.send(1, Method.BASIC_GET, 0, run.name("other"), i).expect(1, Method.BASIC_GET_OK);
                    }
                    a.send(1, Method.BASIC_ACK, 1, 0);
                }),
                before("direct replies", (run, a) -> {
                    a.send(1, Method.BASIC_CONSUME, 0, "amq.rabbitmq.reply-to", "r", NO_ACK, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK);
                    for (int i = 0; i < 2; i++) {
                        a.publish(1, "", run.name("other"), 0, Map.of(6, "amq.rabbitmq.reply-to"), new byte[2]);
                        a.sync(1).send(1, Method.BASIC_GET, 0, run.name("other"), 1);
                        a.expect(1, Method.BASIC_GET_OK);
                        a.publish(1, "", a.replyTo(), 0, "answer").deliveries(1, 1);
                    }
                    a.send(1, Method.BASIC_CANCEL, "r", 0).expect(1, Method.BASIC_CANCEL_OK);
                }),
                before("a consumer that was cancelled without an answer", (run, a) -> {
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("other"), "tag", NO_ACK, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK)
                            .publish(1, "", run.name("other"), 0, "message")
                            .deliveries(1, 1);
                    a.send(1, Method.BASIC_CANCEL, "tag", NO_WAIT).sync(1);
                }),
                before("returns and confirms", (run, a) -> {
                    a.send(1, Method.CONFIRM_SELECT, 0).expect(1, Method.CONFIRM_SELECT_OK);
                    a.publish(1, "", run.name("missing"), 1, "returned");
                    a.confirms(1, 1);
                }),
                before(
                        "a channel that the broker closed",
                        (run, a) -> a.send(1, Method.BASIC_ACK, 99, 0).expect(1, Method.CHANNEL_CLOSE)));
    }

    private static Scenario before(String what, Play play) {
        return Scenario.of("the next client after " + what, run -> {
            Peer a = run.peer("a").open().channel(1);
            for (String queue : List.of("q", "other")) {
                a.send(1, Method.QUEUE_DECLARE, 0, run.name(queue), 0, Map.of()).expect(1, Method.QUEUE_DECLARE_OK);
            }
            play.in(run, a);
            a.closeChannel(1).leave();
            Peer b = run.peer("b").open().channel(1);
            b.send(1, Method.CONFIRM_SELECT, 0).expect(1, Method.CONFIRM_SELECT_OK);
            for (int i = 0; i < MESSAGES; i++) {
                b.publish(1, "", run.name("q"), 0, "message " + i).confirms(1, i + 1);
            }
            run.await("q", "ready 3, unacked 0, consumers 0");
            for (int i = 0; i < MESSAGES; i++) {
                b.send(1, Method.BASIC_GET, 0, run.name("q"), 0).expect(1, Method.BASIC_GET_OK);
            }
            b.send(1, Method.BASIC_ACK, 1, 0).sync(1).closeChannel(1);
            run.await("q", "ready 2, unacked 0, consumers 0");
            b.leave();
        });
    }
}
