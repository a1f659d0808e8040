package io.amqproxy.impl.amqp10;

import static io.amqproxy.impl.amqp10.Peer10.ACCEPTED;
import static io.amqproxy.impl.amqp10.Peer10.REJECTED;
import static io.amqproxy.impl.amqp10.Peer10.RELEASED;
import static io.amqproxy.impl.amqp10.Peer10.message;
import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.DETACH;
import static io.amqproxy.impl.amqp10.Wire10.DISPOSITION;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static io.amqproxy.impl.amqp10.Wire10.FLOW;
import static io.amqproxy.impl.amqp10.Wire10.TRANSFER;
import static io.amqproxy.impl.amqp10.Wire10.composite;
import static io.amqproxy.impl.amqp10.Wire10.source;
import static io.amqproxy.impl.amqp10.Wire10.symbol;
import static io.amqproxy.impl.amqp10.Wire10.target;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Messages both ways, credit, and what becomes of them. */
final class TransferScenarios10 {

    private TransferScenarios10() {}

    static List<Scenario10> all() {
        return List.of(
                new Scenario10("outcomes of unsettled messages, ids from far away", s -> unsettled(s, 1000)),
                new Scenario10("outcomes of unsettled messages, ids that wrap", s -> unsettled(s, -3)),
                new Scenario10("settled messages", TransferScenarios10::settled),
                new Scenario10("settled and unsettled in turn", TransferScenarios10::mixed),
                new Scenario10("a message in many frames", TransferScenarios10::inParts),
                new Scenario10("messages in parts, interleaved", TransferScenarios10::interleaved),
                new Scenario10("a message given up", TransferScenarios10::aborted),
                new Scenario10("anonymous terminus", TransferScenarios10::anonymous),
                new Scenario10("a large message in small frames of the receiver", TransferScenarios10::smallFrames),
                new Scenario10("accepted", s -> settle(s, ACCEPTED, 0)),
                new Scenario10("rejected", s -> settle(s, REJECTED, 0)),
                new Scenario10("released", s -> settle(s, RELEASED, 3)),
                new Scenario10("modified", s -> settle(s, composite(0x27, true), 3)),
                new Scenario10("modified, not here", s -> settle(s, composite(0x27, true, true), 3)),
                new Scenario10("settled without a state", s -> settle(s, null, 3)),
                new Scenario10("received, and then left", TransferScenarios10::leftUnsettled),
                new Scenario10("detached with unsettled messages", TransferScenarios10::detachedUnsettled),
                new Scenario10("vanished with unsettled messages", TransferScenarios10::vanished),
                new Scenario10("ranges", TransferScenarios10::ranges),
                new Scenario10("ranges that are none", TransferScenarios10::badRanges),
                new Scenario10("credit in small amounts", TransferScenarios10::smallCredit),
                new Scenario10("drain", TransferScenarios10::drain),
                new Scenario10("credit taken back", TransferScenarios10::creditTakenBack),
                new Scenario10("echo of a session", TransferScenarios10::echo),
                new Scenario10("a closed window", TransferScenarios10::closedWindow),
                new Scenario10("settled by the sender's mode", TransferScenarios10::presettledDeliveries),
                new Scenario10("receiver settles second", TransferScenarios10::second),
                new Scenario10("a message that is none", TransferScenarios10::noMessage),
                new Scenario10("an empty message", TransferScenarios10::emptyMessage),
                new Scenario10("no delivery-id", s -> incomplete(s, null, new byte[] {1})),
                new Scenario10("no delivery-tag", s -> incomplete(s, 0, null)),
                new Scenario10("long delivery-tag", s -> incomplete(s, 0, new byte[33])),
                new Scenario10("a delivery-id that jumps", TransferScenarios10::jump),
                new Scenario10("all sections", TransferScenarios10::sections),
                new Scenario10("another message-format", TransferScenarios10::format),
                new Scenario10("sender settles before the outcome", TransferScenarios10::settlesFirst),
                new Scenario10("many messages", TransferScenarios10::many),
                new Scenario10("transfers beyond the credit", TransferScenarios10::beyondCredit));
    }

    private static Peer10 sender(Stage10 stage, String queue) throws Exception {
        Peer10 peer = stage.open("s").begin(0);
        peer.attachSender(0, 0, "s", queue);
        peer.hear(ATTACH);
        return peer;
    }

    private static Peer10 receiver(Stage10 stage, String queue) throws Exception {
        Peer10 peer = stage.open("r").begin(0);
        peer.attachReceiver(0, 0, "r", queue);
        peer.hear(ATTACH);
        return peer;
    }

    private static void unsettled(Stage10 stage, int first) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = stage.open("s").begin(0, first);
        peer.attachSender(0, 0, "s", queue);
        peer.hear(ATTACH);
        for (int i = 0; i < 6; i++) {
            peer.transfer(0, 0, first + i, false, false, message("m" + i));
            peer.hear(DISPOSITION);
        }
        peer.closeInOrder();
        stage.left(6);
    }

    private static void settled(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = sender(stage, queue);
        for (int i = 0; i < 20; i++) {
            peer.transfer(0, 0, i, true, false, message("m" + i));
        }
        peer.say(0, DETACH, 0, true);
        peer.hear(DETACH);
        peer.closeInOrder();
        stage.left(20);
    }

    private static void mixed(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = sender(stage, queue);
        for (int i = 0; i < 10; i++) {
            peer.transfer(0, 0, i, i % 2 == 0, false, message("m" + i));
            if (i % 2 == 1) {
                peer.outcomes(1);
            }
        }
        stage.left(10);
    }

    private static void inParts(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = sender(stage, queue);
        byte[] message = message("x".repeat(100_000));
        for (int i = 0; i < 10; i++) {
            int end = i == 9 ? message.length : (i + 1) * 10_000;
            byte[] part = Arrays.copyOfRange(message, i * 10_000, end);
            if (i % 2 == 0) {
                peer.transfer(0, 0, 0, false, i < 9, part);
            } else {
                peer.raw(Wire10.frame(0, TRANSFER, part, 0, null, null, null, null, i < 9));
            }
        }
        peer.outcomes(1);
        stage.left(1);
    }

    private static void interleaved(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = sender(stage, queue);
        peer.attachSender(0, 1, "t", queue);
        peer.hear(ATTACH);
        byte[] message = message("y".repeat(10));
        peer.transfer(0, 0, 0, false, true, Arrays.copyOf(message, 5));
        peer.transfer(0, 1, 1, false, true, Arrays.copyOf(message, 7));
        peer.transfer(0, 0, 0, false, false, Arrays.copyOfRange(message, 5, message.length));
        peer.outcomes(1);
        peer.transfer(0, 1, 1, false, false, Arrays.copyOfRange(message, 7, message.length));
        peer.outcomes(1);
        stage.left(2);
    }

    private static void aborted(Stage10 stage) throws Exception {
        if (stage.isRabbitMq()) {
            return; // It takes what came for the message.
        }
        String queue = stage.queue(0);
        Peer10 peer = sender(stage, queue);
        peer.transfer(0, 0, 0, false, true, Arrays.copyOf(message("gone"), 5));
        peer.raw(Wire10.frame(0, TRANSFER, new byte[0], 0, 0, null, null, null, false, null, null, null, true));
        peer.transfer(0, 0, 1, false, false, message("here"));
        peer.hear(DISPOSITION);
        stage.left(1);
    }

    private static void anonymous(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = stage.open("s").begin(0);
        peer.attachSender(0, 0, "s", null);
        peer.hear(ATTACH, END);
        byte[] properties = Wire10.encode(composite(0x73, "id", null, queue));
        byte[] body = message("anywhere");
        byte[] all = Arrays.copyOf(properties, properties.length + body.length);
        System.arraycopy(body, 0, all, properties.length, body.length);
        peer.transfer(0, 0, 0, false, false, all);
        peer.outcomes(1);
        stage.left(1);
    }

    private static void smallFrames(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 sender = sender(stage, queue);
        sender.transfer(0, 0, 0, false, false, message("z".repeat(3000)));
        sender.outcomes(1);
        Peer10 peer = stage.peer("small").open("small" + System.nanoTime(), 512).begin(0);
        peer.attachReceiver(0, 0, "r", queue);
        peer.hear(ATTACH);
        peer.credit(0, 0, 0, 1);
        int octets = 0;
        Peer10.Heard heard;
        do {
            heard = peer.hearQuietly(TRANSFER);
            octets += heard.payload().length;
        } while (heard.code() == TRANSFER && heard.is(5));
        peer.note((octets > 3000) + " " + heard.code());
        peer.disposition(0, true, 0, 0, true, ACCEPTED);
        peer.closeInOrder();
        stage.left(0);
    }

    private static void settle(Stage10 stage, @org.jspecify.annotations.Nullable Object state, int left)
            throws Exception {
        String queue = stage.queue(3);
        Peer10 peer = receiver(stage, queue);
        peer.credit(0, 0, 0, 3);
        for (int i = 0; i < 3; i++) {
            peer.hear(TRANSFER);
        }
        for (int i = 0; i < 3; i++) {
            peer.disposition(0, true, i, i, true, state);
        }
        peer.closeInOrder();
        stage.left(left);
    }

    private static void leftUnsettled(Stage10 stage) throws Exception {
        String queue = stage.queue(2);
        Peer10 peer = receiver(stage, queue);
        peer.credit(0, 0, 0, 2);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        peer.closeInOrder();
        stage.left(2);
    }

    private static void detachedUnsettled(Stage10 stage) throws Exception {
        String queue = stage.queue(2);
        Peer10 peer = receiver(stage, queue);
        peer.credit(0, 0, 0, 2);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        peer.say(0, DETACH, 0, true);
        peer.hear(DETACH);
        stage.left(2);
        peer.disposition(0, true, 0, 1, true, ACCEPTED);
        peer.closeInOrder();
    }

    private static void vanished(Stage10 stage) throws Exception {
        String queue = stage.queue(2);
        Peer10 peer = receiver(stage, queue);
        peer.credit(0, 0, 0, 2);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        peer.close();
        stage.left(2);
    }

    private static void ranges(Stage10 stage) throws Exception {
        String queue = stage.queue(10);
        Peer10 peer = receiver(stage, queue);
        peer.credit(0, 0, 0, 10);
        for (int i = 0; i < 10; i++) {
            peer.hear(TRANSFER);
        }
        peer.disposition(0, true, 0, 3, true, ACCEPTED);
        peer.disposition(0, true, 2, 5, true, RELEASED);
        peer.say(0, DISPOSITION, true, 6, null, true, ACCEPTED);
        peer.disposition(0, true, 8, 9, true, ACCEPTED);
        peer.listen(200);
        peer.closeInOrder();
        stage.left(3);
    }

    private static void badRanges(Stage10 stage) throws Exception {
        String queue = stage.queue(2);
        Peer10 peer = receiver(stage, queue);
        peer.credit(0, 0, 0, 2);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        peer.disposition(0, true, 1000, 2000, true, ACCEPTED);
        peer.disposition(0, false, 0, 7, true, ACCEPTED);
        peer.listen(200);
        peer.disposition(0, true, 0, 1, true, ACCEPTED);
        peer.listen(200);
        peer.closeInOrder();
        stage.left(0);
    }

    private static void smallCredit(Stage10 stage) throws Exception {
        String queue = stage.queue(5);
        Peer10 peer = receiver(stage, queue);
        for (int i = 0; i < 5; i++) {
            peer.credit(0, 0, i, 1);
            peer.hear(TRANSFER);
            peer.listen(100);
            peer.disposition(0, true, i, i, true, ACCEPTED);
        }
        peer.closeInOrder();
        stage.left(0);
    }

    private static void drain(Stage10 stage) throws Exception {
        String queue = stage.queue(2);
        Peer10 peer = receiver(stage, queue);
        peer.drain(0, 0, 10);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        Peer10.Heard flow = peer.hear(FLOW);
        while (flow.code() == FLOW && flow.field(4) == null) {
            flow = peer.hear(FLOW);
        }
    }

    private static void creditTakenBack(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = receiver(stage, queue);
        peer.credit(0, 0, 0, 10);
        peer.credit(0, 0, 0, 0);
        peer.listen(200);
        Peer10 sender = sender(stage, queue);
        sender.transfer(0, 0, 0, false, false, message("wait"));
        sender.outcomes(1);
        peer.listen(200);
        peer.credit(0, 0, 0, 1);
        peer.hear(TRANSFER);
    }

    private static void echo(Stage10 stage) throws Exception {
        Peer10 peer = receiver(stage, stage.queue(0));
        peer.flow(0, 2048, null, null, null, null, null, true);
        peer.listen(200);
    }

    private static void closedWindow(Stage10 stage) throws Exception {
        String queue = stage.queue(5);
        Peer10 peer = receiver(stage, queue);
        peer.credit(0, 0, 0, 5, 2);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        peer.listen(300);
        peer.flow(0, 10);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
    }

    private static void presettledDeliveries(Stage10 stage) throws Exception {
        String queue = stage.queue(3);
        Peer10 peer = stage.open("r").begin(0);
        peer.say(0, ATTACH, "r", 0, true, (byte) 1, null, source(queue), target("me"));
        peer.hear(ATTACH);
        peer.credit(0, 0, 0, 3);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        peer.hear(TRANSFER);
        peer.closeInOrder();
        stage.left(0);
    }

    private static void second(Stage10 stage) throws Exception {
        String queue = stage.queue(1);
        Peer10 peer = stage.open("r").begin(0);
        peer.say(0, ATTACH, "r", 0, true, (byte) 0, (byte) 1, source(queue), target("me"));
        peer.hear(ATTACH);
        peer.credit(0, 0, 0, 1);
        peer.hear(TRANSFER);
        peer.disposition(0, true, 0, 0, false, ACCEPTED);
        peer.listen(300);
        peer.disposition(0, true, 0, 0, true, ACCEPTED);
        peer.closeInOrder();
        stage.left(0);
        Peer10 sender = stage.open("s").begin(0);
        sender.attachSender(0, 0, "s", target(queue), (byte) 0, (byte) 1);
        sender.hear(ATTACH);
        sender.transfer(0, 0, 0, false, false, message("once"));
        sender.hear(DISPOSITION);
        sender.disposition(0, false, 0, 0, true, ACCEPTED);
        sender.listen(200);
        sender.closeInOrder();
        stage.left(1);
    }

    private static void noMessage(Stage10 stage) throws Exception {
        Peer10 peer = sender(stage, stage.queue(0));
        peer.transfer(0, 0, 0, false, false, new byte[] {1, 2, 3, 4});
        peer.listen(500);
    }

    private static void emptyMessage(Stage10 stage) throws Exception {
        Peer10 peer = sender(stage, stage.queue(0));
        peer.transfer(0, 0, 0, false, false, new byte[0]);
        peer.listen(500);
    }

    private static void incomplete(
            Stage10 stage,
            @org.jspecify.annotations.Nullable Integer id,
            byte @org.jspecify.annotations.Nullable [] tag)
            throws Exception {
        Peer10 peer = sender(stage, stage.queue(0));
        peer.raw(Wire10.frame(0, TRANSFER, message("x"), 0, id, tag, 0, false));
        peer.listen(500);
    }

    private static void jump(Stage10 stage) throws Exception {
        Peer10 peer = sender(stage, stage.queue(0));
        peer.transfer(0, 0, 0, false, false, message("a"));
        peer.outcomes(1);
        peer.transfer(0, 0, 5, false, false, message("b"));
        peer.listen(500);
    }

    private static void sections(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = sender(stage, queue);
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        all.writeBytes(Wire10.encode(composite(0x70, false, (byte) 7)));
        all.writeBytes(Wire10.encode(new Wire10.Described(0x72L, Map.of(symbol("x-opt"), "annotation"))));
        all.writeBytes(Wire10.encode(composite(0x73, "id", null, null, "subject")));
        all.writeBytes(Wire10.encode(new Wire10.Described(0x74L, Map.of("key", "value"))));
        all.writeBytes(Wire10.encode(new Wire10.Described(0x77L, "text")));
        all.writeBytes(Wire10.encode(new Wire10.Described(0x78L, Map.of(symbol("foot"), "er"))));
        peer.transfer(0, 0, 0, true, false, all.toByteArray());
        peer.listen(300);
        peer.closeInOrder();
        Peer10 receiver = receiver(stage, queue);
        receiver.credit(0, 0, 0, 1);
        receiver.listen(300);
    }

    private static void format(Stage10 stage) throws Exception {
        Peer10 peer = sender(stage, stage.queue(0));
        peer.raw(Wire10.frame(0, TRANSFER, message("x"), 0, 0, new byte[] {1}, 77, false));
        peer.listen(300);
    }

    private static void settlesFirst(Stage10 stage) throws Exception {
        Peer10 peer = sender(stage, stage.queue(0));
        peer.transfer(0, 0, 0, false, false, message("a"));
        peer.hear(DISPOSITION);
        peer.disposition(0, false, 0, 0, true, null);
        peer.transfer(0, 0, 1, false, false, message("b"));
        peer.outcomes(1);
    }

    private static void many(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = sender(stage, queue);
        for (int i = 0; i < 150; i++) {
            peer.transfer(0, 0, i, false, false, message("m" + i));
        }
        peer.outcomes(150);
        Peer10 receiver = receiver(stage, queue);
        receiver.credit(0, 0, 0, 150);
        for (int i = 0; i < 150; i++) {
            receiver.hearQuietly(TRANSFER);
        }
        receiver.disposition(0, true, 0, 149, true, ACCEPTED);
        receiver.closeInOrder();
        stage.left(0);
    }

    private static void beyondCredit(Stage10 stage) throws Exception {
        Peer10 peer = sender(stage, stage.queue(0));
        Peer10.Heard flow = peer.hearQuietly(FLOW);
        int credit = flow.number(6);
        if (credit > 1000) {
            return;
        }
        for (int i = 0; i < credit + 300; i++) {
            peer.transfer(0, 0, i, true, false, message("m" + i));
        }
        peer.hearQuietly(END, CLOSE, DETACH);
    }
}
