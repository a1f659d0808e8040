package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.amqproxy.UpstreamStats;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Consumers that live long are spread over the nodes of a cluster. */
class SpreadConsumersTest {

    private static final String A = "a:5672";
    private static final String B = "b:5672";
    private static final String C = "c:5672";

    private final Rig.Options options = new Rig.Options();

    private Rig rig() {
        options.policy = new SpreadPolicy();
        options.endpoints = List.of(A, B, C);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        return rig;
    }

    private static TestClient consumer(Rig rig) {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        return client;
    }

    private static void publisher(Rig rig) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "body");
        rig.run();
    }

    /** Channels in use by endpoint. */
    private static Map<String, Integer> leased(Rig rig) {
        Map<String, Integer> leased = new TreeMap<>();
        for (UpstreamStats upstream : rig.registry.upstreamStats()) {
            if (upstream.channelsLeased() > 0) {
                leased.merge(upstream.info().endpoint(), upstream.channelsLeased(), Integer::sum);
            }
        }
        return leased;
    }

    @Test
    void theyAreSpreadOverTheNodesOneAfterTheOther() {
        Rig rig = rig();
        for (int i = 0; i < 7; i++) {
            assertThat(consumer(rig).hears(Method.BASIC_CONSUME_OK)).isTrue();
        }

        assertThat(leased(rig)).containsOnly(entry(A, 2), entry(B, 3), entry(C, 2));
        assertThat(rig.registry.upstreamStats()).hasSize(4);
    }

    @Test
    void publishersGoWhereTheyWent() {
        Rig rig = rig();
        consumer(rig);
        consumer(rig);
        int connections = rig.registry.upstreamStats().size();
        for (int i = 0; i < 5; i++) {
            publisher(rig);
        }

        assertThat(rig.registry.upstreamStats()).hasSize(connections);
        assertThat(leased(rig)).containsOnly(entry(A, 5), entry(B, 1), entry(C, 1));
    }

    @Test
    void thoseThatComeAtOnceAreSpreadBeforeAnyConnectionIsOpen() {
        Rig rig = rig();
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            clients.add(rig.open());
        }
        rig.mute.addAll(List.of(A, B, C));
        for (TestClient client : clients) {
            client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        }
        rig.run();
        assertThat(clients).noneMatch(client -> client.hears(Method.BASIC_CONSUME_OK));
        rig.mute.clear();
        rig.run();

        assertThat(clients).allMatch(client -> client.hears(Method.BASIC_CONSUME_OK));
        assertThat(leased(rig)).containsOnly(entry(A, 3), entry(B, 3), entry(C, 3));
    }

    @Test
    void theConsumersOfAClientStayTogether() {
        Rig rig = rig();
        TestClient client = consumer(rig);
        for (int channel = 2; channel < 6; channel++) {
            client.openChannel(channel).qos(channel, 10, false).consume(channel, "q", "tag" + channel, false);
        }
        rig.run();
        consumer(rig);

        assertThat(leased(rig)).containsOnly(entry(B, 5), entry(C, 1));
    }

    @Test
    void aNodeThatFailsIsLeftOutAndGetsThoseWhoComeOnceItIsBack() {
        Rig rig = rig();
        rig.refusing.add(B);
        for (int i = 0; i < 4; i++) {
            TestClient client = consumer(rig);
            rig.pass(Duration.ofMillis(1));
            assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
        }
        assertThat(leased(rig)).containsOnly(entry(A, 2), entry(C, 2));

        rig.refusing.clear();
        rig.pass(Duration.ofSeconds(60));
        consumer(rig);
        consumer(rig);

        assertThat(leased(rig)).containsOnly(entry(A, 2), entry(B, 2), entry(C, 2));
    }

    @Test
    void whereThePoolMayHaveNoMoreConnectionsTheEmptiestServes() {
        options.maxConnections = 3;
        Rig rig = rig();
        for (int i = 0; i < 6; i++) {
            consumer(rig);
        }

        assertThat(leased(rig)).containsOnly(entry(B, 3), entry(C, 3));
    }

    @Test
    void oneWithoutAPrefetchLimitGetsItsOwnConnectionWhereFewestAre() {
        options.maxConnections = 8;
        Rig rig = rig();
        for (int i = 0; i < 5; i++) {
            TestClient client = rig.open();
            client.openChannel(1).consume(1, "q", "tag", false);
            rig.run();
        }

        assertThat(leased(rig)).containsOnly(entry(A, 1), entry(B, 2), entry(C, 2));
    }

    @Test
    void whereABrokerHoldsBackANodeOthersAreOpenedThereToABound() {
        options.maxConnections = 20;
        Rig rig = rig();
        for (int i = 0; i < 30; i++) {
            assertThat(consumer(rig).hears(Method.BASIC_CONSUME_OK)).isTrue();
            rig.broker.connections.stream()
                    .filter(connection -> connection.open)
                    .forEach(connection -> connection.send(Frames.method(
                            0, Method.CONNECTION_BLOCKED, writer -> writer.shortString("low on memory"))));
            rig.run();
        }

        assertThat(rig.registry.upstreamStats().size()).isLessThan(10);
    }

    @Test
    void withOneNodeNothingIsOpenedMoreThanWithoutIt() {
        options.policy = new SpreadPolicy();
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        for (int i = 0; i < 5; i++) {
            consumer(rig);
        }

        assertThat(rig.registry.upstreamStats()).hasSize(2);
    }
}
