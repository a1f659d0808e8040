package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the broker is told of clients. */
class BrokerGreetingTest {

    private final Rig.Options options = new Rig.Options();

    @Test
    void aConnectionThatIsSharedSpeaksForAll() {
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        rig.connect().logInAs("orders").openChannel(1).publish(1, "q", "m");
        rig.run();

        assertThat(names(rig))
                .singleElement()
                .asString()
                .startsWith("AmqProxy 1 on ")
                .endsWith(": guest");
        assertThat(rig.broker.only().properties).containsEntry("product", "AmqProxy");
    }

    @Test
    void aConnectionThatIsOpenedForAPurposeSaysWhich() {
        options.minConnections = 2;
        Rig rig = new Rig(options);
        rig.open();

        assertThat(names(rig)).anyMatch(name -> name.endsWith(": guest in /, publish"));
    }

    @Test
    void aConnectionOfOnesOwnSaysWhatItsClientSays() {
        Rig rig = new Rig(options);
        rig.open().openChannel(1).publish(1, "q", "m");
        rig.broker.queue("q");
        rig.connect().logInAs("orders").openChannel(1).consume(1, "q", "t", true);
        rig.run();

        assertThat(rig.broker.connections).anySatisfy(one -> {
            assertThat(one.properties)
                    .containsEntry("connection_name", "orders")
                    .containsEntry("threads", 7);
            assertThat(one.properties.get("proxy")).asString().startsWith("AmqProxy ");
            assertThat(String.valueOf(one.properties.get("capabilities"))).contains("consumer_cancel_notify=true");
        });
    }

    @Test
    void withOneConnectionForEachClientAllSayWhatTheirClientsSay() {
        options.policy = new ExclusivePolicy();
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        for (String name : List.of("orders", "bills")) {
            rig.connect().logInAs(name).openChannel(1).publish(1, "q", name);
            rig.run();
        }

        assertThat(names(rig)).containsExactly("orders", "bills");
    }

    @Test
    void aConnectionServesAnotherClientThatSaysTheSame() {
        options.policy = new ExclusivePolicy();
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        for (int i = 0; i < 5; i++) {
            rig.connect()
                    .logInAs("orders")
                    .openChannel(1)
                    .publish(1, "q", "m")
                    .closeChannel(1)
                    .close();
            rig.run();
        }

        assertThat(names(rig)).containsExactly("orders");
        assertThat(rig.broker.bodies()).hasSize(5);
    }

    @Test
    void aConnectionThatIsSomebodyElsesMakesRoomWhenThePoolIsFull() {
        options.policy = new ExclusivePolicy();
        options.maxConnections = 2;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        for (int i = 0; i < 6; i++) {
            rig.connect()
                    .logInAs("client " + i)
                    .openChannel(1)
                    .publish(1, "q", "m" + i)
                    .closeChannel(1)
                    .close();
            rig.pass(Duration.ofMillis(1));
        }

        assertThat(rig.broker.bodies()).containsExactly("m0", "m1", "m2", "m3", "m4", "m5");
        assertThat(names(rig)).containsExactly("client 0", "client 1", "client 2", "client 3", "client 4", "client 5");
        assertThat(rig.broker.openConnections()).isLessThanOrEqualTo(2);
    }

    private static List<String> names(Rig rig) {
        return rig.broker.connections.stream()
                .map(one -> String.valueOf(one.properties.get("connection_name")))
                .toList();
    }
}
