package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.core.ConnectionName;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What connections are called at the broker. */
class ConnectionNameTest {

    private static final String ALL = "p{id} on {host}: {user}[ in {vhost}, {purpose}][ for {client}][ from {address}]";

    private final Rig.Options options = new Rig.Options();

    private Rig rig(String template) {
        options.connectionName = ConnectionName.parse(template);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        return rig;
    }

    private static Object name(Rig rig) {
        return Objects.requireNonNull(rig.broker
                .connections
                .get(rig.broker.connections.size() - 1)
                .properties
                .get("connection_name"));
    }

    @Test
    void aConnectionForManyTellsOfNoClient() {
        Rig rig = rig(ALL);
        rig.connect().logInAs("orders").openChannel(1).publish(1, "q", "m");
        rig.run();

        assertThat(name(rig)).isEqualTo("p1 on localhost: guest");
    }

    @Test
    void oneThatIsOpenedLaterTellsOfTheVhostAndWhatItIsFor() {
        Rig rig = rig(ALL);
        TestClient client = rig.connect().logInAs("orders");
        client.openChannel(1).publish(1, "q", "m");
        client.openChannel(2).qos(2, 1, false).consume(2, "q", "tag", false);
        rig.run();

        assertThat(name(rig)).isEqualTo("p2 on localhost: guest in /, consume");
    }

    @Test
    void aConnectionForOneClientTellsOfIt() {
        options.policy = new ExclusivePolicy();
        Rig rig = rig(ALL);
        rig.connect().logInAs("orders").openChannel(1).publish(1, "q", "m");
        rig.run();

        assertThat(name(rig)).asString().endsWith("guest for orders from localhost:40000");
    }

    @Test
    void connectionsOfAmqp10AreCalledSoToo() {
        Rig10 rig = new Rig10(all -> all.connectionName = ConnectionName.parse(ALL));
        rig.open();

        assertThat(rig.broker.connections.get(0).properties).contains("p1 on localhost: guest");
    }

    @Test
    void theNetworkIsToldOfThatClientToo() {
        Rig shared = new Rig(options);
        shared.connect().logInAs("orders").openChannel(1).publish(1, "q", "m");
        shared.run();
        options.policy = new ExclusivePolicy();
        Rig own = new Rig(options);
        own.connect().logInAs("orders").openChannel(1).publish(1, "q", "m");
        own.run();
        Rig10 own10 = new Rig10(all -> all.policy = new ExclusivePolicy());
        own10.open();

        InetSocketAddress client = new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);
        assertThat(shared.openedFor).containsOnlyNulls();
        assertThat(own.openedFor).containsExactly(client);
        assertThat(own10.rig.openedFor).containsExactly(client);
    }

    @Test
    void whatClientsSayIsOnOneLineAndCut() {
        options.policy = new ExclusivePolicy();
        Rig rig = rig("{client}");
        rig.connect().logInAs("two\nlines" + "x".repeat(2000)).openChannel(1).publish(1, "q", "m");
        rig.run();

        assertThat(name(rig)).asString().startsWith("two\\nlines").hasSizeLessThan(300);
    }

    @Test
    void whereNothingIsLeftItIsAsWithoutATemplate() {
        Rig rig = rig("[{client}]");
        rig.open();

        assertThat(name(rig)).asString().startsWith("AmqProxy 1 on localhost: guest");
    }

    @Test
    void aReloadNamesConnectionsThatAreOpenedFromThenOn() {
        Rig rig = rig("before");
        rig.open().openChannel(1).publish(1, "q", "m");
        rig.run();
        assertThat(name(rig)).isEqualTo("before");

        options.connectionName = ConnectionName.parse("after");
        rig.reload();
        rig.registry.drain("guest", "/");
        rig.open().openChannel(1).publish(1, "q", "m");
        rig.run();

        assertThat(name(rig)).isEqualTo("after");
    }

    @ParameterizedTest
    @CsvSource({
        "a{usr}, there is no {usr}",
        "a{user, a brace is not closed",
        "a[b, a bracket is not closed",
        "a}b, is closed that is not open",
        "a]b, is closed that is not open",
        "a[b[c]], one is in another one",
        "' ', 1 to 255 characters"
    })
    void whatATemplateCannotMeanIsTold(String template, String why) {
        assertThatThrownBy(() -> ConnectionName.parse(template))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("connectionName ")
                .hasMessageContaining(why);
    }
}
