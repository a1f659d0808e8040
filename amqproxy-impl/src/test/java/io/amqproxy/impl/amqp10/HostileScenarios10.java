package io.amqproxy.impl.amqp10;

import static io.amqproxy.impl.amqp10.Peer10.message;
import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.BEGIN;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.DETACH;
import static io.amqproxy.impl.amqp10.Wire10.DISPOSITION;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static io.amqproxy.impl.amqp10.Wire10.FLOW;
import static io.amqproxy.impl.amqp10.Wire10.TRANSFER;
import static io.amqproxy.impl.amqp10.Wire10.source;
import static io.amqproxy.impl.amqp10.Wire10.symbol;
import static io.amqproxy.impl.amqp10.Wire10.target;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What no client should send; a neighbour on the same broker has to notice nothing. */
final class HostileScenarios10 {

    /** What the offender does, in a session with a sender on handle 0 and a receiver on handle 1. */
    private interface Offence {
        void by(Peer10 peer, String queue) throws Exception;
    }

    private HostileScenarios10() {}

    static List<Scenario10> all() {
        List<Scenario10> all = new ArrayList<>();
        add(all, "an unknown performative", (peer, queue) -> peer.say(0, 0x2F, 1));
        add(all, "an unknown symbolic performative", (peer, queue) -> body(peer, described(symbol("x:y"), List.of())));
        add(all, "a performative that is a map", (peer, queue) -> body(peer, described(0x13L, Map.of())));
        add(
                all,
                "a performative that is cut off",
                (peer, queue) -> body(peer, new Wire10.Raw(new byte[] {0, 0x53, 0x13, (byte) 0xC0, 50, 4, 0x43})));
        add(all, "no performative", (peer, queue) -> body(peer, "text"));
        add(
                all,
                "an unknown constructor",
                (peer, queue) -> body(peer, new Wire10.Raw(new byte[] {0, 0x53, 0x13, (byte) 0xC0, 3, 1, 0x3F, 0})));
        add(all, "an attach without a role", (peer, queue) -> peer.say(0, ATTACH, "x", 2));
        add(all, "an attach without a name", (peer, queue) -> peer.say(0, ATTACH, null, 2, true));
        add(
                all,
                "an attach with a name of a wrong type",
                (peer, queue) -> peer.say(0, ATTACH, 7, 2, true, null, null, source(queue), target("me")));
        add(
                all,
                "an attach with a source of a wrong type",
                (peer, queue) -> peer.say(0, ATTACH, "x", 2, true, null, null, "source", target("me")));
        add(
                all,
                "an attach with an address of a wrong type",
                (peer, queue) -> peer.say(0, ATTACH, "x", 2, true, null, null, source(7), target("me")));
        add(
                all,
                "an attach with a durability of a wrong type",
                (peer, queue) -> peer.say(0, ATTACH, "x", 2, true, null, null, source(queue, "durable"), target("me")));
        add(
                all,
                "an attach with a settle mode that there is not",
                (peer, queue) -> peer.say(0, ATTACH, "x", 2, true, (byte) 9, null, source(queue), target("me")));
        add(all, "a flow without windows", (peer, queue) -> peer.say(0, FLOW, 0));
        add(
                all,
                "a flow with a credit of a wrong type",
                (peer, queue) -> peer.say(0, FLOW, 0, 10, 0, 10, 1, 0, "much"));
        add(all, "a transfer without a handle", (peer, queue) -> peer.say(0, TRANSFER));
        add(all, "a transfer with a handle of a wrong type", (peer, queue) -> peer.say(0, TRANSFER, "0", 0));
        add(all, "a disposition without a role", (peer, queue) -> peer.say(0, DISPOSITION, null, 0));
        add(
                all,
                "a disposition of all there is",
                (peer, queue) -> peer.disposition(0, true, 0, -1, true, Peer10.ACCEPTED));
        add(
                all,
                "a disposition of half of all there is",
                (peer, queue) -> peer.disposition(0, true, 0, Integer.MAX_VALUE, true, Peer10.ACCEPTED));
        add(
                all,
                "a disposition with an unknown state",
                (peer, queue) -> peer.disposition(0, true, 0, 0, true, Wire10.composite(0x55)));
        add(all, "a detach without a handle", (peer, queue) -> peer.say(0, DETACH));
        add(all, "a begin without windows", (peer, queue) -> peer.say(3, BEGIN));
        add(all, "a channel above channel-max", (peer, queue) -> peer.say(60_000, BEGIN, null, 0, 10, 10));
        add(
                all,
                "a handle above handle-max",
                (peer, queue) -> peer.say(0, ATTACH, "x", -2, true, null, null, source(queue), target("me")));
        add(
                all,
                "deep nesting",
                (peer, queue) -> peer.say(
                        0,
                        ATTACH,
                        "x",
                        2,
                        true,
                        null,
                        null,
                        source(queue, null, null, null, null, null, deep(2000)),
                        target("m")));
        add(
                all,
                "an array that is said to be large",
                (peer, queue) -> body(peer, new Wire10.Raw(new byte[] {
                    0, 0x53, 0x12, (byte) 0xC0, 12, 1, (byte) 0xF0, 0, 0, 0, 5, 0x7F, -1, -1, -1, 0x40
                })));
        add(
                all,
                "a frame above the size",
                (peer, queue) -> peer.raw(ByteBuffer.allocate(1_000_000)
                        .putInt(1_000_000)
                        .put(new byte[] {2, 0, 0, 0})
                        .array()));
        add(all, "a frame of four octets", (peer, queue) -> peer.raw(new byte[] {0, 0, 0, 4, 2, 0, 0, 0}));
        add(all, "a data offset of one", (peer, queue) -> peer.raw(new byte[] {0, 0, 0, 8, 1, 0, 0, 0}));
        add(all, "a data offset behind the frame", (peer, queue) -> peer.raw(new byte[] {0, 0, 0, 8, 9, 0, 0, 0}));
        add(all, "a frame of SASL", (peer, queue) -> peer.say(0, 0x41, symbol("PLAIN")));
        add(all, "a frame of an unknown type", (peer, queue) -> peer.raw(new byte[] {0, 0, 0, 8, 2, 9, 0, 0}));
        add(all, "an open again", (peer, queue) -> peer.say(0, Wire10.OPEN, "again"));
        add(all, "empty frames and extended headers", (peer, queue) -> {
            peer.raw(new byte[] {0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 12, 3, 0, 0, 0, 1, 2, 3, 4});
            peer.begin(1);
        });
        add(all, "a transfer in parts with another delivery's id", (peer, queue) -> {
            peer.transfer(0, 0, 0, false, true, message("a"));
            peer.transfer(0, 0, 1, false, false, message("b"));
        });
        add(
                all,
                "a transfer that resumes",
                (peer, queue) -> peer.raw(Wire10.frame(
                        0, TRANSFER, message("x"), 0, 0, new byte[] {1}, 0, false, false, null, null, true)));
        return all;
    }

    private static void add(List<Scenario10> all, String name, Offence offence) {
        all.add(new Scenario10(name, stage -> play(stage, offence)));
    }

    private static void play(Stage10 stage, Offence offence) throws Exception {
        String queue = stage.queue(0);
        Peer10 neighbour = stage.open("neighbour").begin(0);
        neighbour.attachSender(0, 0, "n", queue);
        neighbour.hear(ATTACH);
        Peer10 peer = stage.open("a").begin(0);
        peer.attachSender(0, 0, "s", queue);
        peer.hear(ATTACH);
        peer.attachReceiver(0, 1, "r", queue);
        peer.hear(ATTACH);
        offence.by(peer, queue);
        peer.hearSoon(END, CLOSE, DETACH, DISPOSITION);
        neighbour.transfer(0, 0, 0, false, false, message("unharmed"));
        neighbour.outcomes(1);
    }

    private static Wire10.Described described(Object descriptor, Object value) {
        return new Wire10.Described(descriptor, value);
    }

    private static void body(Peer10 peer, Object body) throws Exception {
        byte[] octets = Wire10.encode(body);
        peer.raw(ByteBuffer.allocate(8 + octets.length)
                .putInt(8 + octets.length)
                .put(new byte[] {2, 0, 0, 0})
                .put(octets)
                .array());
    }

    /** A list in a list, and so on. */
    private static Object deep(int depth) {
        ByteBuffer octets = ByteBuffer.allocate(9 * depth + 1);
        for (int left = depth; left > 0; left--) {
            octets.put((byte) 0xD0).putInt(9 * (left - 1) + 5).putInt(1);
        }
        return new Wire10.Raw(octets.put((byte) 0x40).array());
    }
}
