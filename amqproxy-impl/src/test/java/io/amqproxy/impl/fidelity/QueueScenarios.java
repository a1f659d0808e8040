package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.Scenario.onChannel;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.Map;

/** Queues, exchanges and bindings. */
final class QueueScenarios {

    private static final int PASSIVE = 1;
    private static final int DURABLE = 2;
    private static final int EXCLUSIVE = 4;
    private static final int AUTO_DELETE = 8;
    private static final int NO_WAIT = 16;
    private static final int INTERNAL = 8;

    private QueueScenarios() {}

    static List<Scenario> all() {
        return List.of(
                onChannel("a queue is declared, found, declared differently and deleted", (run, a) -> {
                    declare(run, a, "q", DURABLE);
                    declare(run, a, "q", PASSIVE);
                    a.publish(1, "", run.name("q"), 0, "one").sync(1);
                    declare(run, a, "q", PASSIVE);
                    declare(run, a, "q", AUTO_DELETE);
                    a.sync(1).channel(1).send(1, Method.QUEUE_DELETE, 0, run.name("q"), 2);
                    a.sync(1).channel(1).send(1, Method.QUEUE_PURGE, 0, run.name("q"), 0);
                    a.expect(1, Method.QUEUE_PURGE_OK).send(1, Method.QUEUE_DELETE, 0, run.name("q"), 2);
                    a.expect(1, Method.QUEUE_DELETE_OK).send(1, Method.QUEUE_DELETE, 0, run.name("q"), 0);
                    a.expect(1, Method.QUEUE_DELETE_OK);
                    declare(run, a, "q", PASSIVE);
                    a.sync(1);
                }),
                onChannel("a queue is declared without waiting", (run, a) -> {
                    declare(run, a, "q", NO_WAIT);
                    a.send(1, Method.QUEUE_BIND, 0, "", "amq.direct", "", 1, Map.of());
                    a.publish(1, "amq.direct", run.name("q"), 0, "bound").sync(1);
                    a.send(1, Method.QUEUE_PURGE, 0, "", 1).sync(1).send(1, Method.QUEUE_DELETE, 0, "", 4);
                    a.sync(1);
                    run.await("q", "missing");
                }),
                onChannel("the broker names a queue", (run, a) -> {
                    a.send(1, Method.QUEUE_DECLARE, 0, "", EXCLUSIVE, Map.of()).expect(1, Method.QUEUE_DECLARE_OK);
                    a.send(1, Method.QUEUE_BIND, 0, "", "amq.topic", run.name("key"), 0, Map.of());
                    a.expect(1, Method.QUEUE_BIND_OK).publish(1, "amq.topic", run.name("key"), 0, "found");
                    a.sync(1).send(1, Method.BASIC_GET, 0, "", 1).expect(1, Method.BASIC_GET_OK);
                    a.send(1, Method.BASIC_CONSUME, 0, "", "tag", 2, Map.of()).expect(1, Method.BASIC_CONSUME_OK);
                    a.send(1, Method.QUEUE_DECLARE, 0, "", PASSIVE, Map.of()).sync(1);
                }),
                onChannel("the last declared queue is a channel's own", (run, a) -> {
                    declare(run, a, "q", AUTO_DELETE);
                    a.channel(2).send(2, Method.BASIC_GET, 0, "", 1).sync(2);
                }),
                onChannel(
                        "no queue was declared on the channel: get",
                        (run, a) -> a.send(1, Method.BASIC_GET, 0, "", 1).sync(1)),
                onChannel(
                        "no queue was declared on the channel: consume",
                        (run, a) -> a.send(1, Method.BASIC_CONSUME, 0, "", "", 0, Map.of())
                                .sync(1)),
                onChannel(
                        "no queue was declared on the channel: bind",
                        (run, a) -> a.send(1, Method.QUEUE_BIND, 0, "", "amq.direct", "", 0, Map.of())
                                .sync(1)),
                onChannel(
                        "no queue was declared on the channel: bind with a key",
                        (run, a) -> a.send(1, Method.QUEUE_BIND, 0, "", "amq.direct", "key", 0, Map.of())
                                .sync(1)),
                onChannel(
                        "no queue was declared on the channel: purge",
                        (run, a) -> a.send(1, Method.QUEUE_PURGE, 0, "", 0).sync(1)),
                onChannel(
                        "no queue was declared on the channel: delete",
                        (run, a) -> a.send(1, Method.QUEUE_DELETE, 0, "", 0).sync(1)),
                onChannel(
                        "no queue was declared on the channel: unbind",
                        (run, a) -> a.send(1, Method.QUEUE_UNBIND, 0, "", "amq.direct", "", Map.of())
                                .sync(1)),
                onChannel(
                        "no queue was declared on the channel: passive declare",
                        (run, a) -> a.send(1, Method.QUEUE_DECLARE, 0, "", PASSIVE, Map.of())
                                .sync(1)),
                onChannel("the last declared queue is one whose declaration is under way", (run, a) -> {
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("new"), AUTO_DELETE, Map.of());
                    a.expect(1, Method.QUEUE_DECLARE_OK);
                    a.publish(1, "", run.name("new"), 0, "message");
                    declare(run, a, "old", AUTO_DELETE);
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("new"), AUTO_DELETE, Map.of());
                    a.send(1, Method.BASIC_GET, 0, "", 1).sync(1);
                }),
                onChannel("the last declared queue is one whose declaration wants no answer", (run, a) -> {
                    declare(run, a, "old", AUTO_DELETE);
                    declare(run, a, "new", AUTO_DELETE | NO_WAIT);
                    a.publish(1, "", run.name("new"), 0, "message");
                    a.send(1, Method.BASIC_GET, 0, "", 1).sync(1);
                }),
                onChannel("a deleted queue stays the last one", (run, a) -> {
                    declare(run, a, "q", 0);
                    a.send(1, Method.QUEUE_DELETE, 0, "", 0).expect(1, Method.QUEUE_DELETE_OK);
                    a.send(1, Method.BASIC_GET, 0, "", 1).sync(1);
                }),
                onChannel(
                        "a queue with a reserved name",
                        (run, a) -> a.send(1, Method.QUEUE_DECLARE, 0, "amq.mine", 0, Map.of())
                                .sync(1)),
                onChannel(
                        "a queue with a bad argument",
                        (run, a) -> a.send(
                                        1, Method.QUEUE_DECLARE, 0, run.name("q"), 0, Map.of("x-message-ttl", "soon"))
                                .sync(1)),
                onChannel("a queue with arguments", (run, a) -> {
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 8, Map.of("x-max-length", 1));
                    a.expect(1, Method.QUEUE_DECLARE_OK);
                    a.publish(1, "", run.name("q"), 0, "one")
                            .publish(1, "", run.name("q"), 0, "two")
                            .sync(1);
                    a.send(1, Method.BASIC_GET, 0, run.name("q"), 1).expect(1, Method.BASIC_GET_OK);
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 8, Map.of("x-max-length", 2))
                            .sync(1);
                }),
                onChannel(
                        "a binding to a queue that is missing",
                        (run, a) -> a.send(1, Method.QUEUE_BIND, 0, run.name("q"), "amq.direct", "k", 0, Map.of())
                                .sync(1)),
                onChannel("a binding to the default exchange", (run, a) -> {
                    declare(run, a, "q", AUTO_DELETE);
                    a.send(1, Method.QUEUE_BIND, 0, run.name("q"), "", "k", 0, Map.of())
                            .sync(1);
                }),
                onChannel("a binding is made and taken back", (run, a) -> {
                    declare(run, a, "q", AUTO_DELETE);
                    a.send(1, Method.QUEUE_BIND, 0, run.name("q"), "amq.direct", run.name("k"), 0, Map.of());
                    a.expect(1, Method.QUEUE_BIND_OK);
                    a.send(1, Method.QUEUE_UNBIND, 0, run.name("q"), "amq.direct", run.name("k"), Map.of());
                    a.expect(1, Method.QUEUE_UNBIND_OK).publish(1, "amq.direct", run.name("k"), 1, "nowhere");
                    a.expect(1, Method.BASIC_RETURN);
                    a.send(1, Method.QUEUE_UNBIND, 0, run.name("q"), "amq.direct", run.name("k"), Map.of());
                    a.expect(1, Method.QUEUE_UNBIND_OK);
                }),
                onChannel("an exchange is declared, found, declared differently and deleted", (run, a) -> {
                    exchange(run, a, "x", "topic", DURABLE).expect(1, Method.EXCHANGE_DECLARE_OK);
                    exchange(run, a, "x", "topic", PASSIVE).expect(1, Method.EXCHANGE_DECLARE_OK);
                    exchange(run, a, "x", "fanout", DURABLE).sync(1).channel(1);
                    a.send(1, Method.EXCHANGE_DELETE, 0, run.name("x"), 0).expect(1, Method.EXCHANGE_DELETE_OK);
                    a.send(1, Method.EXCHANGE_DELETE, 0, run.name("x"), 0).expect(1, Method.EXCHANGE_DELETE_OK);
                    exchange(run, a, "x", "topic", PASSIVE).sync(1);
                }),
                onChannel(
                        "an exchange with a reserved name",
                        (run, a) -> a.send(1, Method.EXCHANGE_DECLARE, 0, "amq.mine", "direct", 0, Map.of())
                                .sync(1)),
                onChannel(
                        "a standard exchange is deleted",
                        (run, a) -> a.send(1, Method.EXCHANGE_DELETE, 0, "amq.direct", 0)
                                .sync(1)),
                onChannel("exchanges are bound to each other", (run, a) -> {
                    exchange(run, a, "from", "fanout", 4).expect(1, Method.EXCHANGE_DECLARE_OK);
                    exchange(run, a, "to", "fanout", 4).expect(1, Method.EXCHANGE_DECLARE_OK);
                    declare(run, a, "q", AUTO_DELETE);
                    a.send(1, Method.QUEUE_BIND, 0, "", run.name("to"), "", 0, Map.of())
                            .expect(1, Method.QUEUE_BIND_OK);
                    a.send(1, Method.EXCHANGE_BIND, 0, run.name("to"), run.name("from"), "", 0, Map.of());
                    a.expect(1, Method.EXCHANGE_BIND_OK).publish(1, run.name("from"), "", 1, "through");
                    a.sync(1).send(1, Method.BASIC_GET, 0, "", 1).expect(1, Method.BASIC_GET_OK);
                    a.send(1, Method.EXCHANGE_UNBIND, 0, run.name("to"), run.name("from"), "", 0, Map.of());
                    a.expect(1, Method.EXCHANGE_UNBIND_OK);
                }),
                onChannel("an alternate exchange", (run, a) -> {
                    exchange(run, a, "rest", "fanout", 4).expect(1, Method.EXCHANGE_DECLARE_OK);
                    declare(run, a, "q", AUTO_DELETE);
                    a.send(1, Method.QUEUE_BIND, 0, "", run.name("rest"), "", 1, Map.of());
                    a.send(
                                    1,
                                    Method.EXCHANGE_DECLARE,
                                    0,
                                    run.name("x"),
                                    "direct",
                                    0,
                                    Map.of("alternate-exchange", run.name("rest")))
                            .expect(1, Method.EXCHANGE_DECLARE_OK);
                    a.publish(1, run.name("x"), "unknown", 1, "found").sync(1);
                    a.send(1, Method.BASIC_GET, 0, "", 1).expect(1, Method.BASIC_GET_OK);
                }),
                onChannel("a publish to an internal exchange", (run, a) -> {
                    exchange(run, a, "x", "fanout", INTERNAL).expect(1, Method.EXCHANGE_DECLARE_OK);
                    a.publish(1, run.name("x"), "", 0, "refused").sync(1);
                }),
                Scenario.of("an exclusive queue is its connection's", run -> {
                    Peer a = run.peer("a").open().channel(1);
                    Peer b = run.peer("b").open().channel(1);
                    declare(run, a, "q", EXCLUSIVE);
                    for (Method method : List.of(Method.QUEUE_PURGE, Method.QUEUE_DELETE, Method.BASIC_GET)) {
                        b.send(1, method, 0, run.name("q"), 0).sync(1).channel(1);
                    }
                    declare(run, b, "q", PASSIVE);
                    b.sync(1).channel(1);
                    declare(run, b, "q", EXCLUSIVE);
                    b.sync(1).channel(1);
                    b.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "", 0, Map.of())
                            .sync(1)
                            .channel(1);
                    b.send(1, Method.QUEUE_BIND, 0, run.name("q"), "amq.fanout", "", 0, Map.of())
                            .sync(1);
                    b.channel(1)
                            .publish(1, "", run.name("q"), 1, "may be published")
                            .sync(1);
                    a.channel(2).send(2, Method.BASIC_GET, 0, run.name("q"), 0).expect(2, Method.BASIC_GET_OK);
                    a.leave();
                    run.await("q", "missing");
                    declare(run, b, "q", EXCLUSIVE);
                    b.leave();
                }),
                Scenario.of("an exclusive queue is declared on a connection that has done other things", run -> {
                    Peer a = run.peer("a").open().channel(1);
                    Peer b = run.peer("b").open().channel(1);
                    declare(run, a, "before", AUTO_DELETE);
                    a.publish(1, "", run.name("before"), 0, "before").sync(1);
                    declare(run, a, "q", EXCLUSIVE);
                    a.publish(1, "", run.name("q"), 1, "own").sync(1);
                    b.send(1, Method.BASIC_GET, 0, run.name("q"), 1).sync(1);
                    b.leave();
                    a.leave();
                    run.await("q", "missing");
                }),
                Scenario.of("an exclusive queue goes when its client vanishes", run -> {
                    Peer a = run.peer("a").open().channel(1);
                    declare(run, a, "q", EXCLUSIVE);
                    a.kill();
                    run.await("q", "missing");
                }));
    }

    private static Peer exchange(ScenarioRun run, Peer a, String name, String type, int bits) throws Exception {
        return a.send(1, Method.EXCHANGE_DECLARE, 0, run.name(name), type, bits, Map.of());
    }

    private static void declare(ScenarioRun run, Peer a, String name, int bits) throws Exception {
        a.send(1, Method.QUEUE_DECLARE, 0, run.name(name), bits, Map.of());
        if ((bits & NO_WAIT) == 0) {
            a.expect(1, Method.QUEUE_DECLARE_OK);
        }
    }
}
