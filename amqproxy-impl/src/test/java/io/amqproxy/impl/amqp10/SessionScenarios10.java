package io.amqproxy.impl.amqp10;

import static io.amqproxy.impl.amqp10.Peer10.message;
import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.BEGIN;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static io.amqproxy.impl.amqp10.Wire10.FLOW;
import static io.amqproxy.impl.amqp10.Wire10.TRANSFER;
import static io.amqproxy.impl.amqp10.Wire10.symbol;

import java.util.List;

/** Sessions: how they begin and how they end. */
final class SessionScenarios10 {

    private SessionScenarios10() {}

    static List<Scenario10> all() {
        return List.of(
                new Scenario10("many sessions, ended and begun again", SessionScenarios10::sessions),
                new Scenario10("begin on a channel in use", SessionScenarios10::beginTwice),
                new Scenario10("frames without a session", SessionScenarios10::noSession),
                new Scenario10("end without a session", SessionScenarios10::endNothing),
                new Scenario10("end with an error", SessionScenarios10::endWithError),
                new Scenario10("everything in one write", SessionScenarios10::pipelined),
                new Scenario10("end at once behind the attach", SessionScenarios10::endAtOnce));
    }

    private static void sessions(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a");
        for (int channel = 0; channel < 10; channel++) {
            peer.begin(channel);
        }
        String queue = stage.queue(0);
        for (int channel = 9; channel >= 0; channel--) {
            peer.attachSender(channel, channel, "s" + channel, queue);
            peer.hear(ATTACH);
        }
        for (int channel = 0; channel < 10; channel += 3) {
            peer.say(channel, END);
            peer.hear(END);
            peer.begin(channel);
        }
        peer.closeInOrder();
    }

    private static void beginTwice(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.say(0, BEGIN, null, 0, 100, 100);
        peer.hear(CLOSE, END);
    }

    private static void noSession(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a");
        peer.attachSender(3, 0, "s", "anywhere");
        peer.hear(CLOSE);
    }

    private static void endNothing(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a");
        peer.say(3, END);
        peer.listen(300);
    }

    private static void endWithError(Stage10 stage) throws Exception {
        Peer10 peer = stage.open("a").begin(0);
        peer.attachSender(0, 0, "s", stage.queue(0));
        peer.hear(ATTACH);
        peer.say(0, END, Wire10.composite(0x1D, symbol("amqp:internal-error"), "because"));
        peer.hear(END);
        peer.begin(0);
        peer.closeInOrder();
    }

    private static void pipelined(Stage10 stage) throws Exception {
        String queue = stage.queue(0);
        Peer10 peer = stage.open("a");
        peer.say(0, BEGIN, null, 0, 100, 100);
        peer.attachSender(0, 0, "s", queue);
        peer.attachReceiver(0, 1, "r", queue);
        peer.say(0, FLOW, null, 100, 0, 100, 1, 0, 10);
        peer.hear(BEGIN);
        peer.hear(ATTACH);
        peer.hear(ATTACH);
        peer.transfer(0, 0, 0, false, false, message("hello"));
        peer.hear(TRANSFER);
        peer.disposition(0, true, 0, 0, true, Peer10.ACCEPTED);
        peer.outcomes(1);
        peer.closeInOrder();
        stage.left(0);
    }

    private static void endAtOnce(Stage10 stage) throws Exception {
        String queue = stage.queue(1);
        Peer10 peer = stage.open("a").begin(0);
        peer.attachReceiver(0, 0, "r", queue);
        peer.credit(0, 0, 0, 1);
        peer.say(0, END);
        peer.hearQuietly(END);
        peer.begin(0);
        peer.closeInOrder();
        stage.left(1);
    }
}
