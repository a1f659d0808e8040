package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.FrameBytes.join;
import static io.amqproxy.impl.fidelity.FrameBytes.method;
import static io.amqproxy.impl.fidelity.Scenario.onChannel;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.Map;

/** Publishing: routing, returns, confirms, transactions, sizes. */
final class PublishScenarios {

    private static final int MANDATORY = 1;

    private PublishScenarios() {}

    static List<Scenario> all() {
        return List.of(
                onChannel("a message with all properties", (run, a) -> {
                    queue(run, a);
                    Map<String, Object> headers = new java.util.TreeMap<>(Map.of(
                            "flag", true, "list", List.of(1, "two"), "long", 1L << 40, "table", Map.of("a", "b")));
                    a.publish(
                                    1,
                                    "",
                                    run.name("q"),
                                    0,
                                    Map.ofEntries(
                                            Map.entry(0, "text/plain"),
                                            Map.entry(1, "utf-8"),
                                            Map.entry(2, headers),
                                            Map.entry(3, 2),
                                            Map.entry(4, 5),
                                            Map.entry(5, "correlation"),
                                            Map.entry(6, "reply"),
                                            Map.entry(7, "60000"),
                                            Map.entry(8, "message"),
                                            Map.entry(9, 1_700_000_000L),
                                            Map.entry(10, "type"),
                                            Map.entry(11, "guest"),
                                            Map.entry(12, "app"),
                                            Map.entry(13, "cluster")),
                                    FrameBytes.utf8("all"))
                            .sync(1);
                    a.send(1, Method.BASIC_GET, 0, run.name("q"), 1).expect(1, Method.BASIC_GET_OK);
                }),
                onChannel("messages of all sizes", (run, a) -> {
                    queue(run, a);
                    a.send(1, Method.CONFIRM_SELECT, 0).expect(1, Method.CONFIRM_SELECT_OK);
                    int[] sizes = {0, 1, 4088, 131_063, 131_064, 131_065, 262_128, 1_000_000};
                    for (int size : sizes) {
                        a.publish(1, "", run.name("q"), 0, Map.of(), new byte[size]);
                    }
                    a.confirms(1, sizes.length);
                    for (int i = 0; i <= sizes.length; i++) {
                        a.send(1, Method.BASIC_GET, 0, run.name("q"), 1);
                    }
                    a.expect(1, Method.BASIC_GET_EMPTY);
                }),
                Scenario.of("large messages to a client with the smallest frame_max", run -> {
                    Peer a = run.peer("a").open().channel(1);
                    Peer b = run.peer("b").frameMax(4096).open().channel(1);
                    queue(run, a);
                    a.publish(1, "", run.name("q"), 0, Map.of(), new byte[300_000])
                            .sync(1);
                    b.publish(1, "", run.name("q"), 0, Map.of(), new byte[300_000])
                            .sync(1);
                    b.send(1, Method.BASIC_GET, 0, run.name("q"), 1).expect(1, Method.BASIC_GET_OK);
                    a.send(1, Method.BASIC_GET, 0, run.name("q"), 1).expect(1, Method.BASIC_GET_OK);
                    a.leave();
                    b.leave();
                }),
                Scenario.of("a large header to a client with the smallest frame_max", run -> {
                    Peer a = run.peer("a").open().channel(1);
                    Peer b = run.peer("b").frameMax(4096).open().channel(1);
                    queue(run, a);
                    a.publish(1, "", run.name("q"), 0, Map.of(2, Map.of("long", "x".repeat(10_000))), new byte[3])
                            .sync(1);
                    b.send(1, Method.BASIC_GET, 0, run.name("q"), 1).expect(1, Method.BASIC_GET_OK);
                    b.leave();
                    a.leave();
                }),
                onChannel("a user-id that is not the user's", (run, a) -> {
                    queue(run, a);
                    a.publish(1, "", run.name("q"), 0, Map.of(11, "somebody"), new byte[1])
                            .sync(1);
                }),
                onChannel("an expiration that is no number", (run, a) -> {
                    queue(run, a);
                    a.publish(1, "", run.name("q"), 0, Map.of(7, "soon"), new byte[1])
                            .sync(1);
                }),
                onChannel("a message that is larger than the broker allows, a little", (run, a) -> {
                    queue(run, a);
                    int size = 134_217_729;
                    a.raw(join(
                            method(1, Method.BASIC_PUBLISH, 0, "", run.name("q"), 0),
                            FrameBytes.header(1, size, Map.of())));
                    for (int sent = 0; sent < size; sent += 131_064) {
                        a.rawQuietly(FrameBytes.body(1, new byte[Math.min(131_064, size - sent)]));
                    }
                    a.sync(1);
                }),
                onChannel(
                        "a publish to a missing exchange",
                        (run, a) -> a.publish(1, run.name("x"), "k", 0, "lost").sync(1)),
                onChannel(
                        "a mandatory message without a queue",
                        (run, a) -> a.publish(1, "", run.name("q"), MANDATORY, Map.of(5, "id"), FrameBytes.utf8("back"))
                                .expect(1, Method.BASIC_RETURN)),
                onChannel(
                        "a mandatory message without a body",
                        (run, a) -> a.publish(1, "amq.direct", run.name("k"), MANDATORY, "")
                                .expect(1, Method.BASIC_RETURN)),
                onChannel("a message with CC and BCC", (run, a) -> {
                    queue(run, a);
                    a.publish(
                                    1,
                                    "",
                                    run.name("nobody"),
                                    MANDATORY,
                                    Map.of(2, Map.of("BCC", List.of(run.name("q")))),
                                    FrameBytes.utf8("blind"))
                            .sync(1);
                    a.send(1, Method.BASIC_GET, 0, run.name("q"), 1).expect(1, Method.BASIC_GET_OK);
                }),
                onChannel("confirms count from one", (run, a) -> {
                    queue(run, a);
                    a.send(1, Method.CONFIRM_SELECT, 0).expect(1, Method.CONFIRM_SELECT_OK);
                    for (int i = 0; i < 20; i++) {
                        a.publish(1, "", run.name("q"), 0, "m");
                    }
                    a.confirms(1, 20).send(1, Method.CONFIRM_SELECT, 0).expect(1, Method.CONFIRM_SELECT_OK);
                    a.publish(1, "", run.name("q"), 0, "m")
                            .confirms(1, 21)
                            .closeChannel(1)
                            .channel(1);
                }),
                onChannel("confirms after publishes without", (run, a) -> {
                    queue(run, a);
                    a.publish(1, "", run.name("q"), 0, "m").publish(1, "", run.name("q"), 0, "m");
                    a.send(1, Method.CONFIRM_SELECT, 1).publish(1, "", run.name("q"), 0, "m");
                    a.confirms(1, 1);
                }),
                onChannel(
                        "a return before the answer to a later select",
                        (run, a) -> a.publish(1, "", run.name("q"), MANDATORY, "back")
                                .send(1, Method.CONFIRM_SELECT, 0)
                                .expect(1, Method.CONFIRM_SELECT_OK)),
                onChannel(
                        "a missing exchange before a select",
                        (run, a) -> a.publish(1, run.name("x"), "k", 0, "lost")
                                .send(1, Method.CONFIRM_SELECT, 0)
                                .sync(1)),
                onChannel(
                        "a returned message is confirmed",
                        (run, a) -> a.send(1, Method.CONFIRM_SELECT, 0)
                                .expect(1, Method.CONFIRM_SELECT_OK)
                                .publish(1, "", run.name("q"), MANDATORY, "back")
                                .expect(1, Method.BASIC_RETURN)
                                .confirms(1, 1)),
                onChannel("a message that a full queue rejects", (run, a) -> {
                    Map<String, Object> full = Map.of("x-max-length", 1, "x-overflow", "reject-publish");
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 8, full).expect(1, Method.QUEUE_DECLARE_OK);
                    a.send(1, Method.CONFIRM_SELECT, 0).expect(1, Method.CONFIRM_SELECT_OK);
                    a.publish(1, "", run.name("q"), 0, "one").confirms(1, 1);
                    a.publish(1, "", run.name("q"), 0, "two").confirms(1, 2);
                }),
                onChannel(
                        "a missing exchange on a confirm channel",
                        (run, a) -> a.send(1, Method.CONFIRM_SELECT, 0)
                                .expect(1, Method.CONFIRM_SELECT_OK)
                                .publish(1, run.name("x"), "k", 0, "lost")
                                .sync(1)),
                onChannel(
                        "tx on a confirm channel",
                        (run, a) -> a.send(1, Method.CONFIRM_SELECT, 0)
                                .expect(1, Method.CONFIRM_SELECT_OK)
                                .send(1, Method.TX_SELECT)
                                .sync(1)),
                onChannel(
                        "confirms on a tx channel",
                        (run, a) -> a.send(1, Method.TX_SELECT)
                                .expect(1, Method.TX_SELECT_OK)
                                .send(1, Method.CONFIRM_SELECT, 0)
                                .sync(1)),
                onChannel(
                        "commit without a transaction",
                        (run, a) -> a.send(1, Method.TX_COMMIT).sync(1)),
                onChannel(
                        "rollback without a transaction",
                        (run, a) -> a.send(1, Method.TX_ROLLBACK).sync(1)),
                onChannel("transactions", (run, a) -> {
                    queue(run, a);
                    a.send(1, Method.TX_SELECT).expect(1, Method.TX_SELECT_OK);
                    a.publish(1, "", run.name("q"), 0, "kept").sync(1);
                    run.await("q", "ready 0, unacked 0, consumers 0");
                    a.send(1, Method.TX_COMMIT).expect(1, Method.TX_COMMIT_OK);
                    run.await("q", "ready 1, unacked 0, consumers 0");
                    a.publish(1, "", run.name("q"), 0, "dropped").send(1, Method.TX_ROLLBACK);
                    a.expect(1, Method.TX_ROLLBACK_OK).send(1, Method.TX_SELECT).expect(1, Method.TX_SELECT_OK);
                    a.publish(1, "", run.name("q"), 0, "never committed").sync(1);
                    a.closeChannel(1);
                    run.await("q", "ready 1, unacked 0, consumers 0");
                }),
                onChannel("acks in a transaction", (run, a) -> {
                    queue(run, a);
                    a.publish(1, "", run.name("q"), 0, "one").sync(1);
                    a.send(1, Method.TX_SELECT).expect(1, Method.TX_SELECT_OK);
                    a.send(1, Method.BASIC_GET, 0, run.name("q"), 0).expect(1, Method.BASIC_GET_OK);
                    a.send(1, Method.BASIC_ACK, 1, 0)
                            .send(1, Method.TX_ROLLBACK)
                            .expect(1, Method.TX_ROLLBACK_OK);
                    run.await("q", "ready 0, unacked 1, consumers 0");
                    a.send(1, Method.BASIC_ACK, 1, 0).send(1, Method.TX_COMMIT).expect(1, Method.TX_COMMIT_OK);
                    run.await("q", "ready 0, unacked 0, consumers 0");
                }));
    }

    private static void queue(ScenarioRun run, Peer a) throws Exception {
        a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 0, Map.of()).expect(1, Method.QUEUE_DECLARE_OK);
    }
}
