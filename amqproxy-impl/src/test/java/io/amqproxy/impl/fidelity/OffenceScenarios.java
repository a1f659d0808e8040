package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.FrameBytes.body;
import static io.amqproxy.impl.fidelity.FrameBytes.frame;
import static io.amqproxy.impl.fidelity.FrameBytes.header;
import static io.amqproxy.impl.fidelity.FrameBytes.ints;
import static io.amqproxy.impl.fidelity.FrameBytes.join;
import static io.amqproxy.impl.fidelity.FrameBytes.method;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What costs a client its connection: each is sent once on an idle channel and once on one that has published. */
final class OffenceScenarios {

    private static final int BAD_FLAGS = 0x0001;

    private OffenceScenarios() {}

    static List<Scenario> all() {
        byte[] publish = method(1, Method.BASIC_PUBLISH, 0, "", "nobody", 0);
        byte[] header = header(1, 5, Map.of());
        byte[] body = body(1, new byte[5]);
        byte[] close = method(1, Method.CHANNEL_CLOSE, 200, "bye", 0, 0);
        return Stream.of(
                        offence("channel.close between publish and header", join(publish, close)),
                        offence("channel.close between header and body", join(publish, header, close)),
                        offence("connection.close between publish and header", join(publish, bye())),
                        offence("a publish in a publish", join(publish, publish)),
                        offence("a publish between header and body", join(publish, header, publish)),
                        offence(
                                "a method between two body frames",
                                join(publish, header(1, 10, Map.of()), body, close)),
                        offence("a body without a publish", body),
                        offence("a header without a publish", header),
                        offence("a header in place of a body", join(publish, header, header)),
                        offence("a body before its header", join(publish, body)),
                        offence("a body on channel 0", body(0, new byte[5])),
                        offence("a header on channel 0", header(0, 5, Map.of())),
                        offence("a header of another class", join(publish, otherClass(header))),
                        offence("a header with a weight", join(publish, weight(header))),
                        offence("a header cut short", join(publish, frame(Frame.HEADER, 1, new byte[13]))),
                        offence("a header with properties that are not there", join(publish, flags(header, 0x8000))),
                        offence("a header with more flags to come", join(publish, flags(header, BAD_FLAGS))),
                        offence(
                                "immediate publish",
                                join(method(1, Method.BASIC_PUBLISH, 0, "", "x", 2), header, body)),
                        offence("channel.flow off", method(1, Method.CHANNEL_FLOW, 0)),
                        offence("channel.flow-ok unasked", method(1, Method.CHANNEL_FLOW_OK, 1)),
                        offence("channel.open-ok to the broker", method(1, Method.CHANNEL_OPEN_OK, "")),
                        offence("basic.cancel-ok to the broker", method(1, Method.BASIC_CANCEL_OK, "tag")),
                        offence("a prefetch size", method(1, Method.BASIC_QOS, 10, 0, 0)),
                        offence("basic.recover without requeue", method(1, Method.BASIC_RECOVER, 0)),
                        offence("basic.recover-async without requeue", method(1, Method.BASIC_RECOVER_ASYNC, 0)),
                        offence("a second channel.open", method(1, Method.CHANNEL_OPEN, "")),
                        offence("a method on a channel not open", method(7, Method.TX_SELECT)),
                        offence(
                                "a publish on a channel not open",
                                join(method(7, Method.BASIC_PUBLISH, 0, "", "x", 0), header(7, 0, Map.of()))),
                        offence("a close of a channel not open", method(7, Method.CHANNEL_CLOSE, 200, "", 0, 0)),
                        offence("a close-ok of a channel not open", method(7, Method.CHANNEL_CLOSE_OK)),
                        offenceAlone("a close-ok of a channel that is open", method(1, Method.CHANNEL_CLOSE_OK)),
                        offence("content on a channel not open", body(7, new byte[5])),
                        offence("channel.open on channel 0", method(0, Method.CHANNEL_OPEN, "")),
                        offence("basic.get on channel 0", method(0, Method.BASIC_GET, 0, "x", 0)),
                        offence("a connection method on a channel", method(1, Method.CONNECTION_CLOSE, 200, "", 0, 0)),
                        offence("a frame over frame_max", frame(Frame.BODY, 1, new byte[131_073])),
                        offence("a frame a little over frame_max", frame(Frame.BODY, 1, new byte[131_065])),
                        offence("an unknown frame type", frame(9, 1, new byte[5])),
                        offence("a heartbeat on a channel", frame(Frame.HEARTBEAT, 1)),
                        offence("a heartbeat with a payload", frame(Frame.HEARTBEAT, 0, new byte[3])),
                        offence("a frame without its end", badEnd(body)),
                        offence("a bad end of a frame on channel 0", badEnd(frame(Frame.HEARTBEAT, 0))),
                        offence("an unknown method of a known class", frame(Frame.METHOD, 1, ints(60 << 16 | 99))),
                        offence("an unknown class", frame(Frame.METHOD, 1, ints(61 << 16 | 10))),
                        offence("a method of the broker", method(1, Method.BASIC_QOS_OK)),
                        offence("a delivery to the broker", method(1, Method.BASIC_DELIVER, "t", 1, 0, "", "q")),
                        offence("a method frame without a method", frame(Frame.METHOD, 1, new byte[2])),
                        offence("an empty method frame", frame(Frame.METHOD, 1)),
                        offence("a field table that is cut short", cutTable()),
                        offence("a field table of an unknown type", badTable()),
                        offence("a field table with a number that is none", declareWith(Double.NaN)),
                        offence("a field table with an endless number", declareWith(Double.NEGATIVE_INFINITY)),
                        offence(
                                "a header with a number that is none",
                                join(publish, header(1, 5, Map.of(2, Map.of("number", Double.NaN))), body)),
                        offence(
                                "a header with octets behind its properties",
                                join(publish, flags(header(1, 5, Map.of(0, "text/plain")), 0), body)),
                        offence(
                                "a queue's name that is not UTF-8",
                                method(1, Method.QUEUE_DECLARE, 0, new byte[] {(byte) 0xFF}, 8, Map.of())),
                        offence(
                                "a consumer tag that is not UTF-8",
                                method(1, Method.BASIC_CANCEL, new byte[] {'a', (byte) 0xC3}, 0)),
                        offence("arguments cut short", frame(Frame.METHOD, 1, ints(Method.QUEUE_DECLARE.id()))),
                        offence("arguments with more behind", frame(Frame.METHOD, 1, ints(Method.TX_SELECT.id(), 7))),
                        offence("connection.open again", method(0, Method.CONNECTION_OPEN, "/", "", 0)),
                        offence("start-ok again", method(0, Method.CONNECTION_TUNE_OK, 0, 0, 0)),
                        offence("a close-ok of a connection that is open", method(0, Method.CONNECTION_CLOSE_OK)),
                        offence("exchange.declare of an unknown type", declareOfUnknownType()),
                        List.of(consumeTwice()))
                .flatMap(List::stream)
                .toList();
    }

    private static List<Scenario> offence(String name, byte[] bytes) {
        return offence(name, client -> client.raw(bytes).sync(1));
    }

    /** The same where RabbitMQ's answer depends on what follows, and on how soon it does. */
    private static List<Scenario> offenceAlone(String name, byte[] bytes) {
        return offence(name, client -> client.raw(bytes));
    }

    private interface Offence {
        void commit(Peer client) throws Exception;
    }

    private static List<Scenario> offence(String name, Offence offence) {
        return List.of(
                Scenario.of(name, run -> {
                    Peer a = run.peer("a").open().channel(1);
                    offence.commit(a);
                    a.end();
                }),
                Scenario.of(name + ", after a publish", run -> {
                    Peer a = run.peer("a").open().channel(1);
                    a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 8, Map.of())
                            .expect(1, Method.QUEUE_DECLARE_OK);
                    a.publish(1, "", run.name("q"), 0, "before").sync(1);
                    offence.commit(a);
                    a.end();
                    run.await("q", "ready 1, unacked 0, consumers 0");
                }));
    }

    private static byte[] bye() {
        return method(0, Method.CONNECTION_CLOSE, 200, "bye", 0, 0);
    }

    private static byte[] otherClass(byte[] header) {
        byte[] bad = header.clone();
        bad[Frame.PAYLOAD_OFFSET + 1] = 50;
        return bad;
    }

    private static byte[] weight(byte[] header) {
        byte[] bad = header.clone();
        bad[Frame.PAYLOAD_OFFSET + 3] = 1;
        return bad;
    }

    private static byte[] flags(byte[] header, int flags) {
        byte[] bad = header.clone();
        bad[Frame.PAYLOAD_OFFSET + 12] = (byte) (flags >>> 8);
        bad[Frame.PAYLOAD_OFFSET + 13] = (byte) flags;
        return bad;
    }

    private static byte[] badEnd(byte[] frame) {
        byte[] bad = frame.clone();
        bad[bad.length - 1] = 0;
        return bad;
    }

    private static byte[] cutTable() {
        byte[] good = method(1, Method.QUEUE_DECLARE, 0, "x", 8, Map.of("x-max-length", 5));
        good[Frame.PAYLOAD_OFFSET + 4 + 2 + 2 + 1] = 0x7F;
        return good;
    }

    private static byte[] badTable() {
        byte[] good = method(1, Method.QUEUE_DECLARE, 0, "x", 8, Map.of("x-max-length", 5));
        good[good.length - 6] = 'Q';
        return good;
    }

    private static byte[] declareWith(double number) {
        return method(1, Method.QUEUE_DECLARE, 0, "x", 8, Map.of("x-number", number));
    }

    private static byte[] declareOfUnknownType() {
        return method(1, Method.EXCHANGE_DECLARE, 0, "odd", "no-such-type", 0, Map.of());
    }

    private static Scenario consumeTwice() {
        return Scenario.of("the same consumer tag twice", run -> {
            Peer a = run.peer("a").open().channel(1);
            a.send(1, Method.QUEUE_DECLARE, 0, "", 4, Map.of()).expect(1, Method.QUEUE_DECLARE_OK);
            a.send(1, Method.BASIC_CONSUME, 0, "", "tag", 0, Map.of()).expect(1, Method.BASIC_CONSUME_OK);
            a.send(1, Method.BASIC_CONSUME, 0, "", "tag", 0, Map.of()).sync(1).end();
        });
    }
}
