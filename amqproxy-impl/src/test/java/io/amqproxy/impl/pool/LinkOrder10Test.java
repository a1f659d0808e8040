package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import org.junit.jupiter.api.Test;

/** Attaches and detaches come to the broker in their order, though transfers wait there for its window. */
class LinkOrder10Test {

    private final Rig10 rig = new Rig10();

    /** A client whose transfer waits. */
    private TestClient10 sender() {
        rig.broker.announcedWindow = 0;
        TestClient10 client = rig.open().begin(0);
        sender(client, "s").transfer(0, 0, 0, false, "waits").run();
        assertThat(rig.broker.taken).isEmpty();
        return client;
    }

    /** One whose link no other client could have, so that its name is its own. */
    private static TestClient10 sender(TestClient10 client, String name) {
        return client.say(
                        0, 0x12, name, 0, false, null, null, Wire10.composite(0x28, "me"), Wire10.composite(0x29, "q"))
                .run();
    }

    private void open() {
        rig.broker.announcedWindow = null;
        rig.session().say(0x13, 0, 100, ScriptedBroker10.FIRST_ID, 100);
        rig.rig.run();
    }

    @Test
    void aReceiverThatIsDetachedAndAttachedAgainDoesNotWait() {
        TestClient10 client = sender().receiver(0, 1, "p").run();
        client.say(0, 0x16, 1, true).receiver(0, 1, "p").run();
        assertThat(client.all(0x16)).hasSize(1);
        assertThat(client.all(0x12)).hasSize(3);
        rig.broker.queue("p").add("got".getBytes(UTF_8));
        client.credit(0, 1, 7, 1).run();
        assertThat(client.bodies()).containsExactly("got");
        open();
        assertThat(rig.broker.taken).containsExactly("waits");
    }

    @Test
    void aSenderThatIsDetachedAndAttachedAgainIsSoBehindWhatItSent() {
        TestClient10 client = sender();
        client.say(0, 0x16, 0, true).run();
        sender(client, "s");
        assertThat(client.all(0x12)).hasSize(1);
        open();
        assertThat(rig.broker.taken).containsExactly("waits");
        assertThat(client.all(0x16)).hasSize(1);
        assertThat(client.all(0x12)).hasSize(2);
        client.transfer(0, 0, 1, false, "next").run();
        assertThat(rig.broker.taken).containsExactly("waits", "next");
    }

    @Test
    void theHandleOfALinkThatTheBrokerDetachedIsNotUsedBeforeTheAnswerIsSaid() {
        TestClient10 client = sender();
        rig.session().detach(rig.session().link(0), "amqp:resource-deleted");
        rig.rig.run();
        client.say(0, 0x16, 0, true).run();
        sender(client, "other");
        assertThat(client.all(0x12)).hasSize(1);
        open();
        assertThat(client.all(0x12)).hasSize(2);
        assertThat(client.all(0x16)).hasSize(1);
        client.transfer(0, 0, 1, false, "next").run();
        assertThat(rig.broker.taken).endsWith("next");
    }

    @Test
    void anotherLinkIsAttachedMeanwhile() {
        TestClient10 client = sender();
        client.say(0, 0x16, 0, true).run();
        sender(client, "other");
        assertThat(client.all(0x12)).hasSize(2);
        open();
        assertThat(client.all(0x16)).hasSize(1);
    }
}
