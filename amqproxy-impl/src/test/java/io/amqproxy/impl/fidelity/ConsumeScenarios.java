package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.Scenario.onChannel;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.Map;

/** Consuming and getting, acknowledging, prefetch limits, cancellations. */
final class ConsumeScenarios {

    private static final int NO_ACK = 2;
    private static final int EXCLUSIVE = 4;
    private static final int NO_WAIT = 8;
    private static final int REQUEUE = 1;

    private ConsumeScenarios() {}

    static List<Scenario> all() {
        return List.of(
                onChannel("get with and without acknowledgements", (run, a) -> {
                    filled(run, a, 3);
                    get(run, a, 0);
                    get(run, a, 1);
                    get(run, a, 0);
                    a.send(1, Method.BASIC_GET, 0, run.name("q"), 0).expect(1, Method.BASIC_GET_EMPTY);
                    a.send(1, Method.BASIC_ACK, 1, 0).sync(1);
                    run.await("q", "ready 0, unacked 1, consumers 0");
                    a.closeChannel(1);
                    run.await("q", "ready 1, unacked 0, consumers 0");
                    a.channel(1);
                    get(run, a, 1);
                }),
                onChannel("a message is rejected and comes again", (run, a) -> {
                    filled(run, a, 1);
                    get(run, a, 0);
                    a.send(1, Method.BASIC_REJECT, 1, REQUEUE).sync(1);
                    run.await("q", "ready 1, unacked 0, consumers 0");
                    get(run, a, 0);
                    a.send(1, Method.BASIC_NACK, 0, 3).sync(1);
                    run.await("q", "ready 1, unacked 0, consumers 0");
                    get(run, a, 0);
                    a.send(1, Method.BASIC_REJECT, 3, 0).sync(1);
                    run.await("q", "ready 0, unacked 0, consumers 0");
                }),
                onChannel("a rejected message goes to the dead letters", (run, a) -> {
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("dead"), 8, Map.of());
                    a.expect(1, Method.QUEUE_DECLARE_OK);
                    Map<String, Object> arguments = new java.util.TreeMap<>(
                            Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", run.name("dead")));
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 8, arguments);
                    a.expect(1, Method.QUEUE_DECLARE_OK)
                            .publish(1, "", run.name("q"), 0, "bad")
                            .sync(1);
                    get(run, a, 0);
                    a.send(1, Method.BASIC_REJECT, 1, 0).sync(1);
                    run.await("dead", "ready 1, unacked 0, consumers 0");
                }),
                onChannel(
                        "an unknown delivery tag",
                        (run, a) -> a.send(1, Method.BASIC_ACK, 7, 0).sync(1)),
                onChannel(
                        "an unknown delivery tag with multiple",
                        (run, a) -> a.send(1, Method.BASIC_ACK, 7, 1).sync(1)),
                onChannel(
                        "an unknown delivery tag is rejected",
                        (run, a) -> a.send(1, Method.BASIC_REJECT, 7, 1).sync(1)),
                onChannel(
                        "an unknown delivery tag is nacked",
                        (run, a) -> a.send(1, Method.BASIC_NACK, 7, 1).sync(1)),
                onChannel(
                        "the tag 0 without multiple",
                        (run, a) -> a.send(1, Method.BASIC_ACK, 0, 0).sync(1)),
                onChannel(
                        "all of nothing is acknowledged",
                        (run, a) -> a.send(1, Method.BASIC_ACK, 0, 1).sync(1)),
                onChannel("a message is acknowledged twice", (run, a) -> {
                    filled(run, a, 2);
                    get(run, a, 0);
                    get(run, a, 0);
                    a.send(1, Method.BASIC_ACK, 2, 1)
                            .sync(1)
                            .send(1, Method.BASIC_ACK, 2, 0)
                            .sync(1);
                }),
                onChannel("a tag of another channel", (run, a) -> {
                    filled(run, a, 1);
                    get(run, a, 0);
                    a.channel(2).send(2, Method.BASIC_ACK, 1, 0).sync(2);
                }),
                onChannel(
                        "a negative delivery tag",
                        (run, a) -> a.send(1, Method.BASIC_ACK, -1L, 0).sync(1)),
                onChannel("a consumer without a limit", (run, a) -> {
                    filled(run, a, 5);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "", 0, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK).deliveries(1, 5);
                    a.send(1, Method.BASIC_ACK, 5, 1).sync(1);
                    run.await("q", "ready 0, unacked 0, consumers 1");
                }),
                onChannel("a consumer without acknowledgements", (run, a) -> {
                    filled(run, a, 5);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", NO_ACK, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK).deliveries(1, 5).send(1, Method.BASIC_CANCEL, "tag", 0);
                    a.expect(1, Method.BASIC_CANCEL_OK).send(1, Method.BASIC_CANCEL, "tag", 0);
                    a.expect(1, Method.BASIC_CANCEL_OK);
                    run.await("q", "ready 0, unacked 0, consumers 0");
                }),
                onChannel("a consumer that is begun and cancelled without waiting", (run, a) -> {
                    filled(run, a, 1);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", NO_WAIT, Map.of())
                            .deliveries(1, 1);
                    a.send(1, Method.BASIC_CANCEL, "tag", 1).sync(1);
                    run.await("q", "ready 0, unacked 1, consumers 0");
                    a.send(1, Method.BASIC_ACK, 1, 0).sync(1);
                    run.await("q", "ready 0, unacked 0, consumers 0");
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK);
                }),
                onChannel("the prefetch limit of each consumer", (run, a) -> {
                    filled(run, a, 5);
                    a.send(1, Method.BASIC_QOS, 0, 2, 0).expect(1, Method.BASIC_QOS_OK);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "one", 0, Map.of())
                            .deliveries(1, 2);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "two", 0, Map.of())
                            .deliveries(1, 2);
                    run.await("q", "ready 1, unacked 4, consumers 2");
                    a.send(1, Method.BASIC_ACK, 1, 0).deliveries(1, 1);
                    run.await("q", "ready 0, unacked 4, consumers 2");
                }),
                onChannel("the prefetch limit of a channel", (run, a) -> {
                    filled(run, a, 5);
                    a.send(1, Method.BASIC_QOS, 0, 2, 1).expect(1, Method.BASIC_QOS_OK);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "one", 0, Map.of())
                            .deliveries(1, 2);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "two", 0, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK).sync(1);
                    run.await("q", "ready 3, unacked 2, consumers 2");
                    a.send(1, Method.BASIC_QOS, 0, 0, 1).expect(1, Method.BASIC_QOS_OK);
                    run.await("q", "ready 0, unacked 5, consumers 2");
                }),
                onChannel("a prefetch limit does not bind get", (run, a) -> {
                    filled(run, a, 3);
                    a.send(1, Method.BASIC_QOS, 0, 1, 0).expect(1, Method.BASIC_QOS_OK);
                    get(run, a, 0);
                    get(run, a, 0);
                    run.await("q", "ready 1, unacked 2, consumers 0");
                }),
                onChannel("basic.recover", (run, a) -> {
                    filled(run, a, 2);
                    get(run, a, 0);
                    get(run, a, 0);
                    a.send(1, Method.BASIC_RECOVER, REQUEUE).expect(1, Method.BASIC_RECOVER_OK);
                    run.await("q", "ready 2, unacked 0, consumers 0");
                    get(run, a, 0);
                    a.send(1, Method.BASIC_RECOVER_ASYNC, REQUEUE).sync(1);
                    run.await("q", "ready 2, unacked 0, consumers 0");
                    get(run, a, 1);
                }),
                onChannel("basic.recover of a consumer", (run, a) -> {
                    filled(run, a, 2);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of())
                            .deliveries(1, 2);
                    a.send(1, Method.BASIC_RECOVER, REQUEUE).deliveries(1, 2).sync(1);
                    a.send(1, Method.BASIC_ACK, 4, 0).sync(1);
                    run.await("q", "ready 0, unacked 1, consumers 1");
                }),
                onChannel("an exclusive consumer", (run, a) -> {
                    filled(run, a, 0);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", EXCLUSIVE, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK).channel(2);
                    a.send(2, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of())
                            .sync(2);
                    a.send(1, Method.BASIC_CANCEL, "tag", 0).expect(1, Method.BASIC_CANCEL_OK);
                    a.channel(2).send(2, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of());
                    a.expect(2, Method.BASIC_CONSUME_OK);
                }),
                onChannel("consumer priorities", (run, a) -> {
                    filled(run, a, 0);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "low", 0, Map.of("x-priority", -1));
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "high", 0, Map.of("x-priority", 5));
                    a.expect(1, Method.BASIC_CONSUME_OK).expect(1, Method.BASIC_CONSUME_OK);
                    a.publish(1, "", run.name("q"), 0, "to high").deliveries(1, 1);
                }),
                onChannel("a consumer with bad arguments", (run, a) -> {
                    filled(run, a, 0);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "t", 0, Map.of("x-priority", "high"))
                            .sync(1);
                }),
                onChannel(
                        "a consumer of a missing queue",
                        (run, a) -> a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "", 0, Map.of())
                                .sync(1)),
                onChannel(
                        "a get from a missing queue",
                        (run, a) ->
                                a.send(1, Method.BASIC_GET, 0, run.name("q"), 0).sync(1)),
                onChannel("the queue of a consumer is deleted", (run, a) -> {
                    filled(run, a, 0);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK).send(1, Method.QUEUE_DELETE, 0, run.name("q"), 0);
                    a.expect(1, Method.QUEUE_DELETE_OK).expect(1, Method.BASIC_CANCEL);
                    filled(run, a, 0);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK);
                }),
                Scenario.of("the queue of a consumer without consumer_cancel_notify is deleted", run -> {
                    Peer a = run.peer("a").capabilities(Map.of()).open().channel(1);
                    filled(run, a, 0);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK).send(1, Method.QUEUE_DELETE, 0, run.name("q"), 0);
                    a.expect(1, Method.QUEUE_DELETE_OK).sync(1).closeChannel(1).leave();
                    a.unclaimed(1, Method.BASIC_CANCEL);
                }),
                Scenario.of("a consumer vanishes, and another client gets its messages", run -> {
                    Peer a = run.peer("a").open().channel(1);
                    Peer b = run.peer("b").open().channel(1);
                    filled(run, a, 3);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of())
                            .deliveries(1, 3);
                    a.send(1, Method.BASIC_ACK, 1, 0).sync(1).kill();
                    run.await("q", "ready 2, unacked 0, consumers 0");
                    b.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of())
                            .deliveries(1, 2);
                    b.send(1, Method.BASIC_ACK, 2, 1).sync(1).leave();
                    run.await("q", "ready 0, unacked 0, consumers 0");
                }),
                onChannel("large messages are consumed", (run, a) -> {
                    filled(run, a, 0);
                    a.send(1, Method.BASIC_QOS, 0, 2, 0).expect(1, Method.BASIC_QOS_OK);
                    a.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of());
                    a.expect(1, Method.BASIC_CONSUME_OK);
                    for (int i = 1; i <= 4; i++) {
                        a.publish(1, "", run.name("q"), 0, Map.of(), new byte[i * 100_000]);
                    }
                    a.deliveries(1, 2).send(1, Method.BASIC_ACK, 2, 1).deliveries(1, 2);
                }),
                Scenario.of("direct reply-to", run -> {
                    Peer client = run.peer("client").open().channel(1);
                    Peer server = run.peer("server").open().channel(1);
                    filled(run, server, 0);
                    client.send(1, Method.BASIC_CONSUME, 0, "amq.rabbitmq.reply-to", "", NO_ACK, Map.of());
                    client.expect(1, Method.BASIC_CONSUME_OK);
                    String replyTo = "";
                    for (int i = 0; i < 2; i++) {
                        client.publish(1, "", run.name("q"), 0, Map.of(6, "amq.rabbitmq.reply-to"), new byte[2]);
                        run.await("q", "ready 1, unacked 0, consumers 0");
                        if (run.isOver()) {
                            return; // Nobody would answer.
                        }
                        server.send(1, Method.BASIC_GET, 0, run.name("q"), 1).expect(1, Method.BASIC_GET_OK);
                        replyTo = server.replyTo();
                        server.publish(1, "", replyTo, 0, "answer " + i);
                        client.deliveries(1, 1);
                    }
                    client.leave();
                    server.publish(1, "", replyTo, 1, "too late").sync(1).leave();
                }),
                onChannel(
                        "direct reply-to with acknowledgements",
                        (run, a) -> a.send(1, Method.BASIC_CONSUME, 0, "amq.rabbitmq.reply-to", "", 0, Map.of())
                                .sync(1)),
                onChannel("direct reply-to without a consumer", (run, a) -> {
                    filled(run, a, 0);
                    a.publish(1, "", run.name("q"), 0, Map.of(6, "amq.rabbitmq.reply-to"), new byte[2])
                            .sync(1);
                }),
                onChannel(
                        "direct reply-to twice on a channel",
                        (run, a) -> a.send(1, Method.BASIC_CONSUME, 0, "amq.rabbitmq.reply-to", "", NO_ACK, Map.of())
                                .expect(1, Method.BASIC_CONSUME_OK)
                                .send(1, Method.BASIC_CONSUME, 0, "amq.rabbitmq.reply-to", "", NO_ACK, Map.of())
                                .sync(1)));
    }

    private static void filled(ScenarioRun run, Peer a, int count) throws Exception {
        a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 0, Map.of()).expect(1, Method.QUEUE_DECLARE_OK);
        for (int i = 0; i < count; i++) {
            a.publish(1, "", run.name("q"), 0, "message " + i);
        }
        a.sync(1);
        run.await("q", "ready " + count + ", unacked 0, consumers 0");
    }

    private static void get(ScenarioRun run, Peer a, int bits) throws Exception {
        a.send(1, Method.BASIC_GET, 0, run.name("q"), bits).expect(1, Method.BASIC_GET_OK);
    }
}
