package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.LatencyLink;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What clients wait for. Times would say little on a busy machine; instead the link to the broker goes silent: what
 * works all the same needs no round trip.
 */
@RequiresRabbitMq
class RoundTripsTest {

    private BrokerNode broker;
    private LatencyLink link;
    private AmqProxy proxy;

    @BeforeEach
    void startLinkAndProxy(BrokerNode node) throws Exception {
        broker = node;
        link = LatencyLink.to(node.port(), Duration.ofMillis(5));
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + link.port())
                .listen(0)
                .amqp10(false) // Else the broker may be asked how it speaks that while something is counted.
                .start();
        Await.until(
                "the proxy has asked the broker how it introduces itself",
                () -> proxy.health().ready() && link.openConnections() == 0);
    }

    @AfterEach
    void stop() throws Exception {
        link.resume();
        proxy.close();
        link.close();
    }

    @Test
    void warmCyclesOfConnectPublishAndCloseNeedNoRoundTrip() throws Exception {
        cycle();
        Await.until("the fence passed", () -> proxy.stats().channelsIdle() == 1);
        long before = broker.messagesReceivedTotal();
        link.stall();

        for (int i = 0; i < 100; i++) {
            cycle();
        }

        link.resume();
        Await.until("all arrived", () -> broker.messagesReceivedTotal() - before == 100);
    }

    @Test
    void ahundredClientsAtOnceOnColdChannelsNeedNoRoundTrip() throws Exception {
        cycle();
        Await.until("the fence passed", () -> proxy.stats().channelsIdle() == 1);
        link.stall();

        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            RawClient client = RawClient.open(port()).openChannel(1);
            client.write(RawClient.method(1, Method.CONFIRM_SELECT, writer -> writer.octet(0)));
            client.expect(Method.CONFIRM_SELECT_OK);
            client.write(RawClient.publish(1, "nobody", new byte[] {1}));
            clients.add(client);
        }

        link.resume();
        for (RawClient client : clients) {
            assertThat(client.expect(Method.BASIC_ACK).payload().getLong(4)).isEqualTo(1);
            client.close();
        }
    }

    @Test
    void aConfirmOnAWarmChannelCostsOneRoundTrip() throws Exception {
        confirmedCycle();
        Await.until("the fence passed", () -> proxy.stats().channelsIdle() == 1);
        long before = link.roundTrips();

        confirmedCycle();

        Await.until("the fence passed", () -> proxy.stats().channelsIdle() == 1);
        // One for the confirm, one for the fence, for which no client waits.
        assertThat(link.roundTrips() - before).isBetween(1L, 2L);
    }

    @Test
    void theFirstClientCostsThreeRoundTripsAndOneForItsConfirm() throws Exception {
        long before = link.roundTrips();

        try (RawClient client = RawClient.open(port()).openChannel(1)) {
            byte[] select = RawClient.method(1, Method.CONFIRM_SELECT, writer -> writer.octet(0));
            byte[] publish = RawClient.publish(1, "nobody", new byte[] {1});
            client.write(ByteBuffer.allocate(select.length + publish.length)
                    .put(select)
                    .put(publish)
                    .array());
            client.expect(Method.CONFIRM_SELECT_OK);
            client.expect(Method.BASIC_ACK);

            assertThat(link.roundTrips() - before).isEqualTo(4);
        }
    }

    private int port() {
        return proxy.address().getPort();
    }

    private void cycle() throws Exception {
        try (RawClient client = RawClient.open(port()).openChannel(1)) {
            client.write(RawClient.publish(1, "nobody", new byte[] {1}));
            closeInOrder(client);
        }
    }

    private void confirmedCycle() throws Exception {
        try (RawClient client = RawClient.open(port()).openChannel(1)) {
            client.write(RawClient.method(1, Method.CONFIRM_SELECT, writer -> writer.octet(0)));
            client.expect(Method.CONFIRM_SELECT_OK);
            client.write(RawClient.publish(1, "nobody", new byte[] {1}));
            client.expect(Method.BASIC_ACK);
            closeInOrder(client);
        }
    }

    private static void closeInOrder(RawClient client) throws Exception {
        client.write(RawClient.method(
                1,
                Method.CHANNEL_CLOSE,
                writer -> writer.shortInt(200).shortString("").longInt(0)));
        client.expect(Method.CHANNEL_CLOSE_OK);
        client.write(RawClient.method(
                0,
                Method.CONNECTION_CLOSE,
                writer -> writer.shortInt(200).shortString("").longInt(0)));
        client.expect(Method.CONNECTION_CLOSE_OK);
    }
}
