package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.FrameBytes.join;
import static io.amqproxy.impl.fidelity.FrameBytes.method;
import static io.amqproxy.impl.fidelity.Scenario.onChannel;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.Map;

/** Channels and how they end. */
final class ChannelScenarios {

    private ChannelScenarios() {}

    static List<Scenario> all() {
        return List.of(
                onChannel(
                        "a channel is closed and opened again",
                        (run, a) -> a.closeChannel(1).channel(1).closeChannel(1)),
                onChannel(
                        "a channel is opened again in the same flight",
                        (run, a) -> a.raw(join(
                                        method(1, Method.CHANNEL_CLOSE, 200, "", 0, 0),
                                        method(1, Method.CHANNEL_OPEN, "")))
                                .expect(1, Method.CHANNEL_OPEN_OK)),
                onChannel(
                        "the highest channel number",
                        (run, a) -> a.channel(2047)
                                .send(2047, Method.QUEUE_DECLARE, 0, run.name("q"), 8, Map.of())
                                .expect(2047, Method.QUEUE_DECLARE_OK)),
                onChannel(
                        "a channel number above channel_max",
                        (run, a) -> a.send(2048, Method.CHANNEL_OPEN, "")
                                .expect(2048, Method.CHANNEL_OPEN_OK)
                                .closeChannel(2048)),
                Scenario.of("more channels than channel_max", run -> {
                    Peer a = run.peer("a").channelMax(2).open().channel(1).channel(2);
                    a.closeChannel(1)
                            .channel(1)
                            .send(3, Method.CHANNEL_OPEN, "")
                            .end();
                }),
                onChannel(
                        "channel.flow on",
                        (run, a) -> a.send(1, Method.CHANNEL_FLOW, 1)
                                .expect(1, Method.CHANNEL_FLOW_OK)
                                .sync(1)
                                .send(1, Method.CHANNEL_FLOW, 1)
                                .expect(1, Method.CHANNEL_FLOW_OK)),
                onChannel(
                        "access.request",
                        (run, a) ->
                                a.send(1, Method.ACCESS_REQUEST, "/data", 31).sync(1)),
                onChannel(
                        "access.request on a channel in use",
                        (run, a) -> a.sync(1)
                                .send(1, Method.ACCESS_REQUEST, "/data", 31)
                                .sync(1)),
                onChannel("the broker closes a channel, which is opened again", (run, a) -> {
                    missingExchange(run, a);
                    a.sync(1).channel(1).send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 8, Map.of());
                    a.expect(1, Method.QUEUE_DECLARE_OK);
                }),
                onChannel("what follows a channel error is dropped", (run, a) -> {
                    a.doesNotAnswerCloses();
                    missingExchange(run, a);
                    a.expect(1, Method.CHANNEL_CLOSE);
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 8, Map.of());
                    a.publish(1, "", "x", 0, "dropped");
                    a.send(1, Method.CHANNEL_CLOSE_OK).channel(1).closeChannel(1);
                    run.await("q", "missing");
                    a.doesAnswerCloses();
                }),
                onChannel("a channel that the broker has closed is closed by its client", (run, a) -> {
                    a.doesNotAnswerCloses();
                    missingExchange(run, a);
                    a.expect(1, Method.CHANNEL_CLOSE).reopens(1);
                    a.send(1, Method.CHANNEL_CLOSE, 200, "bye", 0, 0).expect(1, Method.CHANNEL_CLOSE_OK);
                    a.send(1, Method.CHANNEL_CLOSE_OK).channel(1).closeChannel(1);
                    a.doesAnswerCloses();
                }),
                onChannel("a channel that is closing is opened", (run, a) -> {
                    a.doesNotAnswerCloses();
                    missingExchange(run, a);
                    a.expect(1, Method.CHANNEL_CLOSE)
                            .doesAnswerCloses()
                            .send(1, Method.CHANNEL_OPEN, "")
                            .end();
                }),
                onChannel("the connection is closed while a channel is closing", (run, a) -> {
                    a.doesNotAnswerCloses();
                    missingExchange(run, a);
                    a.expect(1, Method.CHANNEL_CLOSE);
                }),
                onChannel("a channel error leaves the other channel alone", (run, a) -> {
                    a.channel(2).send(2, Method.QUEUE_DECLARE, 0, run.name("q"), 8, Map.of());
                    a.expect(2, Method.QUEUE_DECLARE_OK);
                    missingExchange(run, a);
                    a.sync(1).publish(2, "", run.name("q"), 0, "still").sync(2);
                    run.await("q", "ready 1, unacked 0, consumers 0");
                }),
                onChannel("the connection is closed with all channels open", (run, a) -> {
                    for (int channel = 2; channel < 20; channel++) {
                        a.channel(channel).sync(channel);
                    }
                }),
                Scenario.of(
                        "connection.close of the client with a code",
                        run -> run.peer("a")
                                .open()
                                .channel(1)
                                .sync(1)
                                .send(0, Method.CONNECTION_CLOSE, 320, "going", 60, 40)
                                .end()),
                Scenario.of(
                        "frames after connection.close",
                        run -> run.peer("a")
                                .open()
                                .channel(1)
                                .sync(1)
                                .raw(join(
                                        method(0, Method.CONNECTION_CLOSE, 200, "bye", 0, 0),
                                        method(1, Method.QUEUE_DECLARE, 0, run.name("q"), 8, Map.of())))
                                .end()),
                Scenario.of("a client vanishes in the middle of a message", run -> {
                    Peer a = run.peer("a").open().channel(1);
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 0, Map.of())
                            .expect(1, Method.QUEUE_DECLARE_OK);
                    a.publish(1, "", run.name("q"), 0, "whole").sync(1);
                    a.raw(join(
                            method(1, Method.BASIC_PUBLISH, 0, "", run.name("q"), 0),
                            FrameBytes.header(1, 10, Map.of()),
                            FrameBytes.body(1, new byte[4])));
                    a.kill();
                    run.await("q", "ready 1, unacked 0, consumers 0");
                }));
    }

    private static void missingExchange(ScenarioRun run, Peer a) throws Exception {
        a.send(1, Method.EXCHANGE_DECLARE, 0, run.name("missing"), "direct", 1, Map.of());
    }
}
