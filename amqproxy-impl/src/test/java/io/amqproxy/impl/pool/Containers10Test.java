package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients and links are told apart at the broker whatever containers and links are called. */
class Containers10Test {

    private static final int MOST_OF_NAME = 255;

    private static final Object DYNAMIC = Wire10.composite(0x29, null, null, null, null, true);

    private final Rig10 rig = new Rig10();

    static List<String> odd() {
        return List.of("", "c".repeat(256), "\u20AC".repeat(100), "c".repeat(4000));
    }

    private TestClient10 open(String container) {
        return TestClient10.open(rig.rig, container);
    }

    /** A receiver of a durable source, which is known by its container and name. */
    private static TestClient10 subscribe(TestClient10 client, int channel) {
        return client.begin(channel)
                .say(
                        channel,
                        0x12,
                        "sub",
                        0,
                        true,
                        null,
                        null,
                        Wire10.composite(0x28, "p", 1),
                        Wire10.composite(0x29, "me"))
                .run();
    }

    private List<BrokerConnection10> connections() {
        return rig.broker.connections.stream()
                .filter(connection -> !connection.ended)
                .toList();
    }

    private List<String> linkNames() {
        List<String> names = new ArrayList<>();
        for (BrokerConnection10 connection : connections()) {
            for (ScriptedBroker10.Session session : connection.sessions.values()) {
                session.links.values().forEach(link -> names.add(link.name));
            }
        }
        return names;
    }

    @ParameterizedTest
    @MethodSource("odd")
    void linksOfOneNameAreTwoWhoeverHasThem(String container) {
        open(container).begin(0).sender(0, 0, "q").receiver(0, 1, "q").run();
        open(container).begin(0).sender(0, 0, "q").receiver(0, 1, "q").run();
        assertThat(linkNames()).hasSize(4).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("odd")
    void whatIsForAContainerIsOnAConnectionOfItsOwn(String container) {
        TestClient10 neighbour =
                open("neighbour").begin(0).sender(0, 0, "q").receiver(0, 1, "q").run();
        TestClient10 client = open(container).begin(0).receiver(0, 0, "q").run();
        int shared = connections().size();
        subscribe(client, 1);
        assertThat(client.last(0x12).field(0)).isEqualTo("sub");
        assertThat(connections()).hasSize(shared + 1);
        BrokerConnection10 own = connections().get(shared);
        assertThat(own.container.getBytes(UTF_8).length).isLessThanOrEqualTo(MOST_OF_NAME);
        assertThat(own.sessions.values().iterator().next().link(0).name).isEqualTo("sub");

        client.vanish();
        assertThat(own.ended).isTrue();
        assertThat(neighbour.transfer(0, 0, 0, false, "m").run().last(0x15).is(3))
                .isTrue();

        subscribe(open(container), 0);
        assertThat(connections().get(shared).container).as("the same again").isEqualTo(own.container);
    }

    @Test
    void longContainersThatBeginAlikeAreTwo() {
        subscribe(open("c".repeat(300) + "a"), 0);
        subscribe(open("c".repeat(300) + "b"), 0);
        assertThat(connections().stream().map(one -> one.container).filter(id -> id.startsWith("ccc")))
                .hasSize(2)
                .doesNotHaveDuplicates();
    }

    @Test
    void aLinkIsCalledByNoMoreThanItTakesToTellItApart() {
        TestClient10 client = open("c").begin(0);
        for (String end : List.of("a", "b")) {
            String name = "\u20AC".repeat(10_000) + end;
            client.say(
                            0,
                            0x12,
                            name,
                            end.charAt(0) - 'a',
                            true,
                            null,
                            null,
                            Wire10.composite(0x28, "q"),
                            Wire10.composite(0x29, "me"))
                    .run();
            assertThat(client.last(0x12).field(0)).isEqualTo(name);
        }
        assertThat(linkNames())
                .hasSize(2)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.getBytes(UTF_8).length <= MOST_OF_NAME);
    }

    @Test
    void noFrameGrowsBeyondWhatTheBrokerTakesOnTheWay() {
        TestClient10 neighbour = open("n").begin(0).sender(0, 0, "q").run();
        TestClient10 client = open("c").begin(0);
        int overhead = Wire10.frame(0, 0x12, new byte[0], attach("x".repeat(300))).length - 300;
        client.say(0, 0x12, attach("x".repeat(65_536 - overhead))).run();
        assertThat(client.last(0x17).error(0)).isEqualTo("amqp:frame-size-too-small");
        assertThat(neighbour.transfer(0, 0, 0, false, "m").run().last(0x15).is(3))
                .isTrue();
    }

    private static Object[] attach(String address) {
        return new Object[] {
            "n", 0, true, (byte) 0, (byte) 0, Wire10.composite(0x28, address), Wire10.composite(0x29, "t")
        };
    }

    @Test
    void aSharedConnectionThatHasSomethingOfALeaverServesNobodyElse() {
        TestClient10 neighbour = open("n").begin(0).sender(0, 0, "q").run();
        TestClient10 client = open("c").begin(0).sender(0, 0, "q").run();
        client.say(0, 0x12, "d", 1, false, null, null, Wire10.composite(0x28, "me"), DYNAMIC, null, null, 0)
                .run();
        assertThat(client.all(0x12)).hasSize(2);
        BrokerConnection10 shared = connections().get(0);
        client.leave();
        assertThat(neighbour.transfer(0, 0, 0, false, "m").run().last(0x15).is(3))
                .isTrue();

        TestClient10 next = open("n").begin(0).sender(0, 0, "q").run();
        neighbour.leave();
        assertThat(shared.ended).isTrue();
        assertThat(next.transfer(0, 0, 0, false, "m").run().last(0x15).is(3)).isTrue();
    }

    @Test
    void whatOneUserCallsItsContainerIsNoMatterOfAnother() {
        rig.broker.capability = "sole-connection-for-container";
        assertThat(sole("guest").all(0x18)).isEmpty();
        assertThat(sole("guest").last(0x18).error(0)).isEqualTo("amqp:invalid-field");
        assertThat(sole("carol").all(0x18)).isEmpty();
        assertThat(sole("g".repeat(300)).all(0x18)).isEmpty();
        assertThat(sole("g".repeat(301)).all(0x18)).isEmpty();
    }

    /** A client that wants to be the only one of its container. */
    /** It lets nobody in twice, whether that is desired or not. */
    @Test
    void inFrontOfClassicAContainerIsConnectedOnce() {
        rig.broker.product = "ActiveMQ";
        TestClient10 first = TestClient10.open(rig.rig, "same");
        assertThat(again("same").last(0x18).error(0)).isEqualTo("amqp:invalid-field");
        assertThat(again("other").all(0x18)).isEmpty();

        first.leave();
        assertThat(again("same").all(0x18)).isEmpty();
    }

    private TestClient10 again(String container) {
        TestClient10 client = TestClient10.connect(rig.rig);
        return client.write(TestClient10.handshake("guest", container, 65_536)).run();
    }

    private TestClient10 sole(String user) {
        Wire10.Symbol desired = new Wire10.Symbol("sole-connection-for-container");
        TestClient10 client = TestClient10.connect(rig.rig);
        return client.write(TestClient10.handshake(user, "c", 65_536, desired)).run();
    }
}
