package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.core.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whoever listens hears why a client, or its neighbour, is slow or was closed. */
class TroubleEventsTest {

    private static final String MESSAGE = "x".repeat(100_000);
    /** More than a client may leave unread where others need its upstream. */
    private static final int MANY = 40;

    private static final String OTHERS_WAIT = "behind: others on its connection to the broker wait for it";
    private static final String GOES_BACK = "behind: messages for it go back to their queues until it has read";

    private final List<String> told = new ArrayList<>();
    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();

    private void begin(int maxConnections) {
        options.maxConnections = maxConnections;
        options.readBuffer = 2 * Settings.FRAME_MAX;
        options.listener = new ProxyListener() {
            @Override
            public void clientBehind(ClientInfo client, String effect) {
                told.add("behind: " + effect);
            }

            @Override
            public void clientDisconnected(ClientInfo client, CloseReason reason) {
                told.add(reason.initiator() + ": " + reason.text());
            }

            @Override
            public void limitReached(String limit, String effect, @Nullable String user) {
                told.add(limit + ": " + effect);
            }
        };
        rig = new Rig(options);
        rig.broker.queue("a").queue("n");
    }

    private TestClient deaf(boolean noAck) {
        TestClient consumer = rig.open();
        consumer.openChannel(1).qos(1, 1000, false).consume(1, "a", "tag", noAck);
        rig.run();
        consumer.link().clogged = true;
        return consumer;
    }

    private void publishMuch() {
        TestClient publisher = rig.open();
        publisher.openChannel(1);
        for (int i = 0; i < MANY; i++) {
            publisher.publish(1, "a", MESSAGE);
        }
        rig.run();
    }

    private void neighbour() {
        rig.open().openChannel(1).qos(1, 1, false).consume(1, "n", "tag", false);
        rig.run();
    }

    @Test
    void thatOthersWaitForAClientIsToldOnceInTenSeconds() {
        begin(1);
        neighbour();
        deaf(true);
        publishMuch();

        assertThat(told).containsExactly(OTHERS_WAIT);
        rig.pass(Duration.ofSeconds(9));
        assertThat(told).containsExactly(OTHERS_WAIT);
    }

    @Test
    void thatMessagesGoBackIsToldToo() {
        begin(1);
        neighbour();
        TestClient deaf = deaf(false);
        publishMuch();
        rig.pass(Duration.ofSeconds(1));
        publishMuch();
        assertThat(told).containsExactly(OTHERS_WAIT, GOES_BACK);

        deaf.link().unclog();
        rig.pass(Duration.ofSeconds(11));
        deaf.link().clogged = true;
        publishMuch();
        rig.pass(Duration.ofSeconds(1));
        publishMuch();
        assertThat(told).startsWith(OTHERS_WAIT, GOES_BACK, OTHERS_WAIT).hasSizeLessThan(5);
    }

    @Test
    void whoKeepsNobodyWaitingIsNotNamed() {
        begin(2);
        deaf(true);
        publishMuch();
        rig.pass(Duration.ofMinutes(1));

        assertThat(told).isEmpty();
    }

    @Test
    void whoSaysNothingForTooLongIsClosedByTheProxy() {
        options.heartbeat = Duration.ofSeconds(10);
        begin(1);
        TestClient silent = rig.connect();
        silent.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        silent.write(TestClient.tuneOk(100, silent.frameMax, 10)).write(TestClient.openVhost("/"));
        rig.run();
        rig.pass(Duration.ofMinutes(1));

        assertThat(told).containsExactly("PROXY: CONNECTION_FORCED - missed heartbeats from client");
    }

    @Test
    void whatTheBrokerLetsAUserHaveIsToldWithTheNumberAndTheVhost() {
        begin(4);
        rig.broker.mostConnections = 1;
        publishMuch();
        neighbour();

        assertThat(told)
                .hasSize(1)
                .first()
                .asString()
                .startsWith("brokerConnections: the broker lets user guest in / have 1 connections: NOT_ALLOWED");
    }
}
