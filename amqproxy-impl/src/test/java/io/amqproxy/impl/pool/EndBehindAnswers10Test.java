package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A client that attaches and ends in one flight hears of its links before the end is answered, as it does directly. */
class EndBehindAnswers10Test {

    private static final int BEGIN = 0x11;
    private static final int ATTACH = 0x12;
    private static final int DETACH = 0x16;
    private static final int END = 0x17;

    private final Rig10 rig = new Rig10();

    private static List<Integer> heard(TestClient10 client) {
        return client.heard.stream()
                .map(Stream10.Frame::code)
                .filter(code -> code == BEGIN || code == ATTACH || code == DETACH || code == END)
                .toList();
    }

    @Test
    void anAttachIsAnsweredBeforeTheEnd() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").say(0, END).run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, END);
    }

    @Test
    void soIsADetach() {
        TestClient10 client = rig.open()
                .begin(0)
                .receiver(0, 0, "q")
                .say(0, DETACH, 0, true)
                .say(0, END)
                .run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, DETACH, END);
    }

    @Test
    void theChannelServesAgainInTheSameFlight() {
        TestClient10 client = rig.open().begin(0).receiver(0, 0, "q").say(0, END);
        client.begin(0).receiver(0, 0, "p").run();
        assertThat(heard(client)).containsExactly(BEGIN, ATTACH, END, BEGIN, ATTACH);
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    /** Transfers wait for the broker's window, and the detach behind them. */
    @Test
    void anEndDoesNotWaitForABrokerThatTakesNothing() {
        rig.broker.announcedWindow = 0;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.transfer(0, 0, 0, false, "waits").say(0, DETACH, 0, true).say(0, END).run();
        assertThat(client.all(END)).hasSize(1);
    }
}
