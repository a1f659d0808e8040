package io.amqproxy.impl.amqp10;

import static io.amqproxy.impl.amqp10.Peer10.message;
import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.DETACH;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static io.amqproxy.impl.amqp10.Wire10.TRANSFER;
import static io.amqproxy.impl.amqp10.Wire10.source;
import static io.amqproxy.impl.amqp10.Wire10.symbol;
import static io.amqproxy.impl.amqp10.Wire10.target;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Links: how they begin and how they end. */
final class LinkScenarios10 {

    private LinkScenarios10() {}

    static List<Scenario10> all() {
        return List.of(
                new Scenario10("attach of both roles, detach and again", LinkScenarios10::attachAgain),
                new Scenario10("detach without closing and attach again", LinkScenarios10::attachAfterDetach),
                new Scenario10("one name in two sessions", LinkScenarios10::sameNameTwoSessions),
                new Scenario10("one name twice in a session", LinkScenarios10::sameNameTwice),
                new Scenario10("one name for a sender and a receiver", LinkScenarios10::sameNameBothRoles),
                new Scenario10("target that does not exist", LinkScenarios10::noTarget),
                new Scenario10("source that does not exist", LinkScenarios10::noSource),
                new Scenario10("null target", s -> nullTerminus(s, false)),
                new Scenario10("null source", s -> nullTerminus(s, true)),
                new Scenario10("handle in use", LinkScenarios10::handleInUse),
                new Scenario10("handle used again behind the detach", LinkScenarios10::handleAgain),
                new Scenario10("detach of an unknown handle", LinkScenarios10::detachUnknown),
                new Scenario10("flow of an unknown handle", LinkScenarios10::flowUnknown),
                new Scenario10("transfer on an unknown handle", LinkScenarios10::transferUnknown),
                new Scenario10("transfer on a receiving link", LinkScenarios10::transferOnReceiver),
                new Scenario10("properties and capabilities", LinkScenarios10::properties),
                new Scenario10("settle modes", LinkScenarios10::settleModes),
                new Scenario10("largest message of a link", LinkScenarios10::maxMessageSize),
                new Scenario10("detach with an error", LinkScenarios10::detachWithError),
                new Scenario10("detach twice", LinkScenarios10::detachTwice),
                new Scenario10("dynamic source, and a sender to it", LinkScenarios10::dynamicSource),
                new Scenario10("dynamic target", LinkScenarios10::dynamicTarget),
                new Scenario10("many links", LinkScenarios10::manyLinks),
                new Scenario10("filters", LinkScenarios10::filters),
                new Scenario10("unsettled map of a link that never was", LinkScenarios10::resume),
                new Scenario10("coordinator", LinkScenarios10::coordinator),
                new Scenario10("a pair of links for management", LinkScenarios10::management));
    }

    private static void attachAgain(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        for (int round = 0; round < 3; round++) {
            peer.attachSender(0, 0, "s" + round, queue);
            peer.hear(ATTACH);
            peer.attachReceiver(0, 1, "r" + round, queue);
            peer.hear(ATTACH);
            peer.say(0, DETACH, 0, true);
            peer.hear(DETACH);
            peer.say(0, DETACH, 1, true);
            peer.hear(DETACH);
        }
        peer.closeInOrder();
    }

    private static void attachAfterDetach(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        peer.attachSender(0, 0, "s", queue);
        peer.hear(ATTACH);
        peer.say(0, DETACH, 0, false);
        peer.hear(DETACH);
        peer.attachSender(0, 0, "s", queue);
        peer.hear(ATTACH);
        peer.attachReceiver(0, 1, "r", queue);
        peer.hear(ATTACH);
        peer.say(0, DETACH, 1, false);
        peer.hear(DETACH);
        peer.attachReceiver(0, 1, "r", queue);
        peer.hear(ATTACH);
        peer.closeInOrder();
    }

    private static void sameNameTwoSessions(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0).begin(1);
        String queue = stage.queue(0);
        peer.attachReceiver(0, 0, "r", queue);
        peer.hear(ATTACH);
        peer.attachReceiver(1, 0, "r", queue);
        peer.hear(ATTACH, DETACH);
        peer.listen(300);
    }

    private static void sameNameTwice(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        peer.attachSender(0, 0, "s", queue);
        peer.hear(ATTACH);
        peer.attachSender(0, 1, "s", queue);
        peer.hear(ATTACH, DETACH, END);
        peer.listen(300);
    }

    private static void sameNameBothRoles(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        peer.attachSender(0, 0, "both", queue);
        peer.hear(ATTACH);
        peer.attachReceiver(0, 1, "both", queue);
        peer.hear(ATTACH);
        peer.transfer(0, 0, 0, false, false, message("hello"));
        peer.outcomes(1);
        peer.credit(0, 1, 0, 1);
        peer.hear(TRANSFER);
    }

    private static void noTarget(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.attachSender(0, 0, "s", stage.address("missing"));
        peer.listen(500);
        peer.say(0, DETACH, 0, true);
        peer.listen(300);
    }

    private static void noSource(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.attachReceiver(0, 0, "r", stage.address("missing"));
        peer.listen(500);
        peer.say(0, DETACH, 0, true);
        peer.listen(300);
    }

    private static void nullTerminus(Stage10 stage, boolean isSource) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        peer.say(
                0,
                ATTACH,
                "s",
                0,
                isSource,
                null,
                null,
                isSource ? null : source("me"),
                isSource ? target("me") : null,
                null,
                null,
                isSource ? null : 0);
        peer.listen(500);
        peer.begin(1);
        peer.attachSender(1, 0, "t", queue);
        peer.hear(ATTACH);
    }

    private static void handleInUse(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        peer.attachSender(0, 4, "s", queue);
        peer.hear(ATTACH);
        peer.attachSender(0, 4, "t", queue);
        peer.hear(END, CLOSE);
        peer.say(0, END);
        peer.listen(200);
    }

    private static void handleAgain(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(3);
        peer.attachReceiver(0, 0, "r", queue);
        peer.hear(ATTACH);
        peer.credit(0, 0, 0, 1);
        peer.hear(TRANSFER);
        peer.say(0, DETACH, 0, true);
        peer.attachReceiver(0, 0, "again", queue);
        peer.hear(DETACH);
        peer.hear(ATTACH);
        peer.credit(0, 0, 0, 1);
        peer.hear(TRANSFER);
    }

    private static void detachUnknown(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.say(0, DETACH, 9, true);
        peer.listen(300);
    }

    private static void flowUnknown(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.credit(0, 9, 0, 10);
        peer.listen(300);
    }

    private static void transferUnknown(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.transfer(0, 9, 0, true, false, message("lost"));
        peer.listen(300);
    }

    private static void transferOnReceiver(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.attachReceiver(0, 0, "r", stage.queue(0));
        peer.hear(ATTACH);
        peer.transfer(0, 0, 0, true, false, message("lost"));
        peer.listen(300);
    }

    private static void properties(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        peer.say(
                0,
                ATTACH,
                "s",
                0,
                false,
                (byte) 2,
                (byte) 0,
                source("me"),
                target(queue),
                Map.of(),
                false,
                7,
                0L,
                symbol("first"),
                symbol("queue"),
                Map.of(symbol("key"), "value"));
        peer.hear(ATTACH);
        peer.transfer(0, 0, 0, false, false, message("hello"));
        peer.outcomes(1);
        stage.left(1);
    }

    private static void settleModes(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        for (byte snd = 0; snd < 3; snd++) {
            for (byte rcv = 0; rcv < 2; rcv++) {
                Peer10 peer = stage.open("s" + snd + rcv).begin(0);
                peer.attachSender(0, 0, "s", target(queue), snd, rcv);
                peer.hear(ATTACH, END);
                peer.begin(1);
                peer.say(1, ATTACH, "r", 0, true, snd, rcv, source(queue), target("me"));
                peer.hear(ATTACH, END);
                peer.close();
            }
        }
    }

    private static void maxMessageSize(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(2);
        peer.say(0, ATTACH, "r", 0, true, null, null, source(queue), target("me"), null, null, null, 5L);
        peer.hear(ATTACH);
        peer.credit(0, 0, 0, 1);
        peer.listen(500);
    }

    private static void detachWithError(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.attachSender(0, 0, "s", stage.queue(0));
        peer.hear(ATTACH);
        peer.say(0, DETACH, 0, true, Wire10.composite(0x1D, symbol("amqp:internal-error"), "because"));
        peer.hear(DETACH);
        peer.closeInOrder();
    }

    private static void detachTwice(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.attachSender(0, 0, "s", stage.queue(0));
        peer.hear(ATTACH);
        peer.say(0, DETACH, 0, true);
        peer.hear(DETACH);
        peer.say(0, DETACH, 0, true);
        peer.listen(300);
    }

    private static void dynamicSource(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.say(0, ATTACH, "r", 0, true, null, null, source(null, 0, null, 0, true), target("me"));
        Peer10.Heard attach = hearDynamic(peer, 5);
        if (attach.code() != ATTACH || stage.isRabbitMq()) {
            return;
        }
        Object node = ((Wire10.Described) Objects.requireNonNull(attach.field(5)))
                .fields()
                .get(0);
        peer.attachSender(0, 1, "s", String.valueOf(node));
        hearDynamic(peer, 6);
        peer.transfer(0, 1, 0, false, false, message("reply"));
        peer.outcomes(1);
        peer.credit(0, 0, 0, 5);
        peer.hear(TRANSFER);
    }

    /** The address in the answer is another one each time. */
    private static Peer10.Heard hearDynamic(Peer10 peer, int field) throws Exception {
        Peer10.Heard heard = peer.hearQuietly(ATTACH, END, DETACH, CLOSE);
        boolean hasAddress = heard.code() == ATTACH
                && heard.field(field) instanceof Wire10.Described terminus
                && terminus.value() instanceof List<?> fields
                && !fields.isEmpty()
                && fields.get(0) != null;
        peer.note(heard.code() + (hasAddress ? " with" : " without") + " an address");
        return heard;
    }

    private static void dynamicTarget(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.say(0, ATTACH, "s", 0, false, null, null, source("me"), target(null, 0, null, 0, true), null, null, 0);
        hearDynamic(peer, 6);
    }

    private static void manyLinks(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        for (int handle = 0; handle < 100; handle++) {
            peer.attachSender(0, handle, "s" + handle, queue);
        }
        for (int handle = 0; handle < 100; handle++) {
            peer.hear(ATTACH);
        }
        for (int handle = 99; handle >= 0; handle -= 7) {
            peer.transfer(0, handle, (99 - handle) / 7, false, false, message("h" + handle));
            peer.outcomes(1);
        }
        peer.closeInOrder();
        stage.left(15);
    }

    private static void filters(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(2);
        Wire10.Described selector = new Wire10.Described(symbol("apache.org:selector-filter:string"), "color = 'red'");
        peer.say(
                0,
                ATTACH,
                "r",
                0,
                true,
                null,
                null,
                source(queue, 0, null, 0, false, null, null, Map.of(symbol("jms-selector"), selector)),
                target("me"));
        peer.hear(ATTACH, END);
        peer.credit(0, 0, 0, 5);
        peer.listen(300);
    }

    private static void resume(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        String queue = stage.queue(0);
        peer.say(
                0,
                ATTACH,
                "s",
                0,
                false,
                null,
                null,
                source("me"),
                target(queue),
                Map.of(new byte[] {1}, Peer10.ACCEPTED),
                false,
                0);
        peer.listen(500);
    }

    private static void coordinator(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.attachSender(0, 0, "tx", Wire10.composite(0x30), null, null);
        Peer10.Heard heard = peer.hear(ATTACH, END, DETACH);
        if (heard.code() != ATTACH || heard.field(6) == null) {
            peer.listen(300);
            return;
        }
        String queue = stage.queue(0);
        peer.attachSender(0, 1, "s", queue);
        peer.hear(ATTACH);
        for (int round = 0; round < 2; round++) {
            int id = 3 * round;
            peer.raw(Wire10.frame(
                    0,
                    TRANSFER,
                    Wire10.encode(new Wire10.Described(0x77L, Wire10.composite(0x31))),
                    0,
                    id,
                    new byte[] {(byte) id},
                    0,
                    false));
            Peer10.Heard declared = peer.hearQuietly(Wire10.DISPOSITION);
            Wire10.Described state = (Wire10.Described) Objects.requireNonNull(declared.field(4));
            peer.note("declared " + state.code());
            Object txn = state.fields().get(0);
            peer.raw(Wire10.frame(
                    0,
                    TRANSFER,
                    message("in a transaction " + round),
                    1,
                    id + 1,
                    new byte[] {(byte) (id + 1)},
                    0,
                    false,
                    false,
                    null,
                    Wire10.composite(0x34, txn)));
            Peer10.Heard outcome = peer.hearQuietly(Wire10.DISPOSITION);
            peer.note("provisional " + ((Wire10.Described) Objects.requireNonNull(outcome.field(4))).code());
            peer.raw(Wire10.frame(
                    0,
                    TRANSFER,
                    Wire10.encode(new Wire10.Described(0x77L, Wire10.composite(0x32, txn, round == 0))),
                    0,
                    id + 2,
                    new byte[] {(byte) (id + 2)},
                    0,
                    false));
            peer.outcomes(1);
        }
        stage.left(1);
    }

    /** RabbitMQ's way to declare queues. */
    private static void management(Stage10 stage) throws Exception {
        if (!stage.isRabbitMq()) {
            return;
        }
        String queue = stage.queue(0);
        Peer10 peer = stage.open("a").begin(0);
        Map<Object, Object> paired = Map.of(symbol("paired"), true);
        peer.say(
                0,
                ATTACH,
                "management",
                0,
                false,
                (byte) 1,
                null,
                source("/management"),
                target("/management"),
                null,
                null,
                0,
                null,
                null,
                null,
                paired);
        peer.hear(ATTACH);
        peer.say(
                0,
                ATTACH,
                "management",
                1,
                true,
                (byte) 1,
                null,
                source("/management"),
                target("/management"),
                null,
                null,
                null,
                null,
                null,
                null,
                paired);
        peer.hear(ATTACH);
        peer.credit(0, 1, 0, 10);
        byte[] properties = Wire10.encode(Wire10.composite(0x73, "1", null, queue, "GET", "$me"));
        byte[] body = Wire10.encode(new Wire10.Described(0x77L, null));
        byte[] request = java.util.Arrays.copyOf(properties, properties.length + body.length);
        System.arraycopy(body, 0, request, properties.length, body.length);
        peer.transfer(0, 0, 0, true, false, request);
        Peer10.Heard answer = peer.hearQuietly(TRANSFER, END);
        String text = new String(answer.payload(), java.nio.charset.StandardCharsets.ISO_8859_1);
        peer.note(answer.code() + " with a queue " + text.contains("message_count"));
        peer.closeInOrder();
    }
}
