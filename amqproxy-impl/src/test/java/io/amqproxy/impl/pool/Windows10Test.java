package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A client gets no more transfers than it says that it takes, whenever it says so. */
class Windows10Test {

    private final Rig10 rig = new Rig10();
    private final TestClient10 client =
            rig.open().begin(0).receiver(0, 0, "q").credit(0, 0, 0, 10).run();

    private void arrives(String body) {
        TestClient10 sender = rig.open().begin(0).sender(0, 0, "q").run();
        sender.transfer(0, 0, 0, false, body).run().leave();
        client.run();
        rig.broker.connections.forEach(
                connection -> connection.sessions.values().forEach(ScriptedBroker10.Session::deliver));
        client.run();
    }

    private TestClient10 window(int got, int window) {
        return client.say(0, 0x13, got, window, 0, 1000).run();
    }

    @Test
    void aWindowThatIsTakenBackHolds() {
        window(0, 0);
        arrives("m");
        assertThat(client.bodies()).isEmpty();
        window(0, 10);
        assertThat(client.bodies()).containsExactly("m");
    }

    @Test
    void soDoesOneThatHasBecomeSmaller() {
        window(0, 1);
        arrives("1");
        arrives("2");
        assertThat(client.bodies()).containsExactly("1");
        window(1, 1);
        assertThat(client.bodies()).containsExactly("1", "2");
    }

    /** The broker sends one transfer, which becomes several of the client's size. */
    @Test
    void whatIsCutIntoMoreFramesThanTheClientTakesWaitsForItsWindow() {
        TestClient10 small = TestClient10.open(rig.rig, 512)
                .begin(0)
                .say(0, 0x13, 0, 2, 0, 1000)
                .receiver(0, 0, "large")
                .say(0, 0x13, 0, 2, 0, 1000, 0, 7, 10);
        rig.broker.queue("large").add(new byte[2000]);
        rig.broker.queue("large").add(new byte[1]);
        small.run();
        assertThat(small.all(0x14)).hasSize(2);
        small.say(0, 0x13, 2, 1, 0, 1000).run();
        assertThat(small.all(0x14)).hasSize(3);
        small.say(0, 0x13, 3, 0, 0, 1000).run();
        assertThat(small.all(0x14)).hasSize(3);
        small.say(0, 0x13, 3, 100, 0, 1000).run();
        assertThat(String.join("", small.bodies())).hasSize(2001);
    }

    @Test
    void theRestComesBeforeTheLinkIsDetached() {
        TestClient10 small =
                TestClient10.open(rig.rig, 512).begin(0).receiver(0, 0, "large").say(0, 0x13, 0, 1, 0, 1000, 0, 7, 10);
        rig.broker.queue("large").add(new byte[2000]);
        small.run();
        assertThat(small.all(0x14)).hasSize(1);
        small.say(0, 0x16, 0, true).run();
        assertThat(small.heard.get(small.heard.size() - 1).code()).isEqualTo(0x16);
        assertThat(String.join("", small.bodies())).hasSize(2000);
    }

    @Test
    void theBrokerIsToldNothingWhereTheWindowIsTheSame() {
        arrives("1");
        int flows = rig.broker.flows.size();
        window(1, 1000).say(0, 0x13, 1, 2000, 0, 1000).run();
        assertThat(rig.broker.flows).hasSize(flows);
    }

    /**
     * Clients say that they have counted nothing, or zero, before they know where the broker begins to count: it would
     * take that for how far they have come, and RabbitMQ gives more than they ask for then.
     */
    @Test
    void aCountIsNotToldToTheBrokerBeforeItHasSaidWhereItBegins() {
        for (int i = 0; i < 5; i++) {
            rig.broker.queue("early").add(new byte[] {1});
        }
        TestClient10 client = rig.open().begin(0).receiver(0, 0, "early");
        client.say(0, 0x13, null, 1000, 0, 1000, 0, 0, 2).run();
        assertThat(client.all(0x14)).hasSize(2);
        assertThat(rig.broker.flows.stream().filter(flow -> flow.field(4) != null))
                .extracting(flow -> flow.field(5))
                .containsOnlyNulls();

        client.credit(0, 0, 9, 1).run();
        assertThat(client.all(0x14)).hasSize(3);
        assertThat(rig.broker.flows.get(rig.broker.flows.size() - 1).number(5, -1))
                .isEqualTo(9);
    }
}
