package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DeliverCallback;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.RabbitNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a fault does to a client is what RabbitMQ itself does, where it can be brought to do it. */
@Tag("broker")
@Timeout(600)
@SuppressWarnings("try") // a fault is there to be closed
class FaultsLikeRabbitMqTest {

    private static RabbitNode broker;
    private static AmqProxy proxy;

    @BeforeAll
    static void start() {
        assumeTrue(RabbitNode.isInstalled());
        broker = RabbitNode.start();
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.login().port())
                .listen(0)
                .start();
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    private static Connection connect(int port, String password) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(port);
        factory.setUsername(broker.login().user());
        factory.setPassword(password);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private static Connection atBroker() throws Exception {
        return connect(broker.login().port(), broker.login().password());
    }

    private static Connection atProxy() throws Exception {
        return connect(proxy.address().getPort(), broker.login().password());
    }

    private interface Talk {
        void with(Channel channel) throws Exception;
    }

    /** How the channel ends, as the client sees it. */
    private static String end(Connection connection, Talk talk) throws Exception {
        try (connection) {
            Channel channel = connection.createChannel();
            CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
            channel.addShutdownListener(end::complete);
            try {
                talk.with(channel);
            } catch (IOException said) {
                assertThat(said).hasCauseInstanceOf(ShutdownSignalException.class);
            }
            return end.get(30, TimeUnit.SECONDS).getReason() + ", connection open: " + connection.isOpen();
        }
    }

    @Test
    void aMethodFailsWithTheSameClose() throws Exception {
        Talk publishes = channel -> channel.basicPublish("missing", "k", null, new byte[10]);
        String text = "NOT_FOUND - no exchange 'missing' in vhost '/'";
        String real = end(atBroker(), publishes);
        try (Fault ignored =
                proxy.faults().failMethods(FaultScope.all().naming("amq.fanout"), "basic.publish", 404, text)) {
            assertThat(end(atProxy(), channel -> channel.basicPublish("amq.fanout", "k", null, new byte[10])))
                    .isEqualTo(real);
        }
        Talk declares = channel -> channel.queueDeclarePassive("missing");
        String realOfQueue = end(atBroker(), declares);
        try (Fault ignored = proxy.faults()
                .failMethods(FaultScope.all(), "queue.declare", 404, "NOT_FOUND - no queue 'missing' in vhost '/'")) {
            assertThat(end(atProxy(), channel -> channel.queueDeclare("there", false, true, true, Map.of())))
                    .isEqualTo(realOfQueue);
        }
    }

    /** Which methods RabbitMQ does not do with a queue that another connection has for itself. */
    @Test
    void aLockedQueueIsRefusedWithTheSameClose() throws Exception {
        Map<String, Talk> asked = Map.of(
                "queue.declare", channel -> channel.queueDeclare("locked", false, true, true, Map.of()),
                "basic.consume", channel -> channel.basicConsume("locked", (tag, delivery) -> {}, tag -> {}),
                "basic.get", channel -> channel.basicGet("locked", true),
                "queue.purge", channel -> channel.queuePurge("locked"),
                "queue.delete", channel -> channel.queueDelete("locked"));
        Map<String, String> real = new TreeMap<>();
        try (Connection owner = atBroker()) {
            owner.createChannel().queueDeclare("locked", false, true, true, Map.of());
            for (Map.Entry<String, Talk> method : asked.entrySet()) {
                real.put(method.getKey(), end(atBroker(), method.getValue()));
            }
        }
        assertThat(real.values()).allSatisfy(end -> assertThat(end).contains("reply-code=405"));
        try (Connection owner = atBroker()) {
            owner.createChannel().queueDeclare("locked", false, false, true, Map.of()); // Open to all.
            for (Map.Entry<String, Talk> method : asked.entrySet()) {
                try (Fault locked = proxy.faults()
                        .failMethods(
                                FaultScope.all().naming("locked"),
                                method.getKey(),
                                405,
                                "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'locked' in vhost '/'. It"
                                        + " could be originally declared on another connection or the exclusive property"
                                        + " value does not match that of the original declaration.")) {
                    assertThat(end(atProxy(), method.getValue())).isEqualTo(real.get(method.getKey()));
                    assertThat(locked.count()).isOne();
                }
            }
        }
    }

    /** What a consumer gets, what it gets on after an acknowledgement, and what the next one does when that ends. */
    private static List<String> deliveries(int port, String queue, Talk ends) throws Exception {
        List<String> all = new ArrayList<>();
        BlockingQueue<String> come = new LinkedBlockingQueue<>();
        DeliverCallback hears =
                (tag, delivery) -> come.add(delivery.getEnvelope().getDeliveryTag() + " "
                        + new String(delivery.getBody(), StandardCharsets.UTF_8)
                        + (delivery.getEnvelope().isRedeliver() ? " again" : ""));
        try (Connection direct = atBroker();
                Connection first = connect(port, broker.login().password());
                Connection second = connect(port, broker.login().password())) {
            Channel publisher = direct.createChannel();
            publisher.confirmSelect();
            publisher.queueDeclare(queue, false, false, false, Map.of());
            for (String body : List.of("a", "b", "c", "d", "e")) {
                publisher.basicPublish("", queue, null, body.getBytes(StandardCharsets.UTF_8));
            }
            publisher.waitForConfirmsOrDie(30_000);
            Channel channel = first.createChannel();
            channel.basicQos(3);
            channel.basicConsume(queue, false, hears, tag -> {});
            take(come, 3, all);
            channel.basicAck(1, false);
            take(come, 1, all);
            CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
            channel.addShutdownListener(end::complete);
            try {
                ends.with(channel);
            } catch (IOException said) {
                assertThat(said).hasCauseInstanceOf(ShutdownSignalException.class);
            }
            all.add("ends with " + end.get(30, TimeUnit.SECONDS).getReason());
            publisher.basicPublish("", queue, null, "f".getBytes(StandardCharsets.UTF_8));
            publisher.waitForConfirmsOrDie(30_000);
            Await.until("all is given back", () -> publisher.messageCount(queue) == 5);
            second.createChannel().basicConsume(queue, false, hears, tag -> {});
            take(come, 5, all);
            publisher.queueDelete(queue);
        } catch (AlreadyClosedException closed) {
            all.add("and its connection"); // That is the first one, at the end.
        }
        return all;
    }

    private static void take(BlockingQueue<String> come, int count, List<String> into) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            into.add(come.poll(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void whatWasNotAcknowledgedComesAgainInTheSameOrder() throws Exception {
        int real = broker.login().port();
        int front = proxy.address().getPort();
        Faults faults = proxy.faults();
        String missing = "NOT_FOUND - no queue 'missing' in vhost '/'";
        List<String> ofChannel = deliveries(real, "again", channel -> channel.queueDeclarePassive("missing"));
        assertThat(ofChannel)
                .contains("4 d", "1 b again", "2 c again", "3 d again", "4 e", "5 f")
                .hasSize(10);
        try (Fault failed = faults.failMethods(FaultScope.all(), "queue.purge", 404, missing)) {
            assertThat(deliveries(front, "again", channel -> channel.queuePurge("again")))
                    .usingElementComparator(FaultsLikeRabbitMqTest::compareButTheMethod)
                    .isEqualTo(ofChannel);
            assertThat(failed.count()).isOne();
        }
        FaultScope consuming = FaultScope.all().naming("again");
        for (FaultScope scope : List.of(consuming, FaultScope.upstreams())) {
            List<String> seen = deliveries(front, "again", channel -> faults.closeChannels(scope, 404, missing));
            assertThat(seen)
                    .usingElementComparator(FaultsLikeRabbitMqTest::compareButTheMethod)
                    .isEqualTo(ofChannel);
        }
        Talk immediate = channel -> channel.basicPublish("", "again", false, true, null, new byte[1]);
        List<String> ofConnection = deliveries(real, "again", immediate);
        assertThat(ofConnection).anyMatch(line -> line.contains("reply-code=540"));
        Talk closed = channel -> faults.closeConnections(consuming, 540, "NOT_IMPLEMENTED - immediate=true");
        assertThat(deliveries(front, "again", closed))
                .usingElementComparator(FaultsLikeRabbitMqTest::compareButTheMethod)
                .isEqualTo(ofConnection);
    }

    /** A fault that no method has caused names none. */
    private static int compareButTheMethod(String one, String other) {
        String method = "(class|method)-id=[0-9]+";
        return one.replaceAll(method, "").compareTo(other.replaceAll(method, ""));
    }

    @Test
    void aLogInIsRefusedWithTheSameWords() {
        String real = refusal(broker.login().port(), "wrong");
        try (Fault ignored = proxy.faults()
                .refuseLogins(
                        FaultScope.all(),
                        "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker"
                                + " logfile.")) {
            assertThat(refusal(proxy.address().getPort(), broker.login().password()))
                    .isEqualTo(real);
        }
    }

    private static String refusal(int port, String password) {
        try (Connection connection = connect(port, password)) {
            return "let in as " + connection.getId();
        } catch (Exception refused) {
            return refused.toString();
        }
    }

    /** What a publisher hears of an alarm, in order. */
    private static List<String> alarm(Connection connection, AutoCloseable alarm) throws Exception {
        List<String> heard = new ArrayList<>();
        try (connection) {
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            connection.addBlockedListener(reason -> told.add("blocked"), () -> told.add("unblocked"));
            Channel other = connection.createChannel();
            heard.add("a channel can be opened: " + other.isOpen());
            heard.add("told before publishing: " + told);
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.basicPublish("", "nowhere", null, new byte[10]);
            heard.add(told.poll(30, TimeUnit.SECONDS));
            try {
                heard.add("confirmed: " + channel.waitForConfirms(500));
            } catch (TimeoutException none) {
                heard.add("not confirmed");
            }
            alarm.close();
            heard.add(told.poll(30, TimeUnit.SECONDS));
            heard.add("confirmed: " + channel.waitForConfirms(30_000));
        }
        return heard;
    }

    @Test
    void anAlarmHoldsPublishersInTheSameWay() throws Exception {
        Connection there = atBroker();
        List<String> real;
        try {
            broker.ctl("set_vm_memory_high_watermark", "0.000001");
            Await.until(
                    "an alarm", () -> broker.eval("rabbit_alarm:get_alarms()").contains("memory"));
            real = alarm(there, () -> broker.ctl("set_vm_memory_high_watermark", "0.4"));
        } finally {
            broker.ctl("set_vm_memory_high_watermark", "0.4");
        }
        Await.until("no alarm", () -> !broker.eval("rabbit_alarm:get_alarms()").contains("memory"));
        assertThat(real).contains("blocked", "not confirmed", "unblocked");

        Connection here = atProxy();
        assertThat(alarm(here, proxy.faults().block(FaultScope.all(), "low on memory")))
                .isEqualTo(real);
    }

    /** What a publisher hears of messages to an exchange that leads nowhere, or is said to, in order. */
    private static List<String> returns(Connection connection) throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (connection) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.addReturnListener(back -> heard.add("return " + back.getReplyCode() + " " + back.getReplyText()
                    + " " + back.getExchange() + " " + back.getRoutingKey() + " " + back.getBody().length));
            channel.addConfirmListener(
                    (tag, multiple) -> heard.add("ack " + tag), (tag, multiple) -> heard.add("nack"));
            List<String> inOrder = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                channel.basicPublish("amq.fanout", "key" + i, i != 1, null, new byte[300_000 * i]);
                for (int more = i == 1 ? 1 : 2; more > 0; more--) {
                    inOrder.add(heard.poll(30, TimeUnit.SECONDS));
                }
            }
            return inOrder;
        }
    }

    @Test
    void aMessageIsReturnedInTheSameOrder() throws Exception {
        List<String> real = returns(atBroker());
        assertThat(real).startsWith("return 312 NO_ROUTE amq.fanout key0 0", "ack 1");
        try (Connection connection = atBroker()) {
            Channel channel = connection.createChannel();
            channel.queueBind(channel.queueDeclare().getQueue(), "amq.fanout", "");
            try (Fault returned = proxy.faults().returnMessages(FaultScope.all(), 312, "NO_ROUTE")) {
                assertThat(returns(atProxy())).isEqualTo(real);
                assertThat(returned.count()).isEqualTo(2);
            }
        }
    }

    /** What a consumer hears whose queue is deleted, or is said to be. */
    private static String cancelled(Connection connection, String queue, Talk deletes) throws Exception {
        try (connection) {
            Channel channel = connection.createChannel();
            channel.queueDeclare(queue, false, false, true, Map.of());
            CompletableFuture<String> cancelled = new CompletableFuture<>();
            channel.basicConsume(queue, true, "tag", (tag, delivery) -> {}, cancelled::complete);
            deletes.with(channel);
            return cancelled.get(30, TimeUnit.SECONDS) + ", channel open: " + channel.isOpen();
        }
    }

    @Test
    void aConsumerIsCancelledInTheSameWay() throws Exception {
        String real = cancelled(atBroker(), "deleted", channel -> channel.queueDelete("deleted"));
        assertThat(cancelled(
                        atProxy(),
                        "kept",
                        channel ->
                                proxy.faults().cancelConsumers(FaultScope.all().naming("tag"))))
                .isEqualTo(real);
    }

    /** What a publisher hears of two messages to this queue, in order. */
    private static List<String> confirms(Connection connection, String queue, Map<String, Object> arguments)
            throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (connection) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.queueDeclare(queue, false, false, true, arguments);
            channel.addConfirmListener(
                    (tag, multiple) -> heard.add("ack " + tag), (tag, multiple) -> heard.add("nack " + tag));
            List<String> inOrder = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                channel.basicPublish("", queue, null, new byte[10]);
                inOrder.add(heard.poll(30, TimeUnit.SECONDS));
            }
            inOrder.add("channel open: " + channel.isOpen());
            channel.queueDelete(queue);
            return inOrder;
        }
    }

    @Test
    void aConfirmIsRefusedAsByAQueueThatIsFull() throws Exception {
        List<String> real = confirms(atBroker(), "full", Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
        assertThat(real).startsWith("ack 1", "nack 2");
        try (Fault nacked = proxy.faults().nackConfirms(FaultScope.all().nth(2))) {
            assertThat(confirms(atProxy(), "empty", Map.of())).isEqualTo(real);
            assertThat(nacked.count()).isOne();
        }
    }

    /** How a connection with an unacknowledged message ends when this happens, as the client sees it. */
    private static String lost(Connection connection, AutoCloseable happens) throws Exception {
        CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        channel.basicPublish("", queue, null, new byte[10]);
        CompletableFuture<String> delivered = new CompletableFuture<>();
        channel.basicConsume(queue, false, (tag, delivery) -> delivered.complete(tag), tag -> {});
        delivered.get(30, TimeUnit.SECONDS);
        connection.addShutdownListener(end::complete);
        happens.close();
        ShutdownSignalException said = end.get(30, TimeUnit.SECONDS);
        return said.getReason() + ", "
                + (said.getCause() == null ? null : said.getCause().getClass());
    }

    @Test
    void connectionsAreClosedAsByTheBrokersOperator() throws Exception {
        String real;
        try (RabbitNode node = RabbitNode.start()) {
            real = lost(
                    connect(node.login().port(), node.login().password()),
                    () -> node.ctl("close_all_connections", "why"));
        }
        assertThat(real).contains("reply-code=320");
        assertThat(lost(
                        atProxy(),
                        () -> proxy.faults().closeConnections(FaultScope.all(), 320, "CONNECTION_FORCED - why")))
                .isEqualTo(real);
    }

    @Test
    void connectionsOfTheProxyAreClosedAsByTheBrokersOperator() throws Exception {
        String real;
        try (RabbitNode node = RabbitNode.start();
                AmqProxy front = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + node.login().port())
                        .listen(0)
                        .start()) {
            real = lost(
                    connect(front.address().getPort(), node.login().password()),
                    () -> node.ctl("close_all_connections", "why"));
        }
        assertThat(real).contains("reply-code=320", "why");
        FaultScope upstreams = FaultScope.upstreams();
        assertThat(lost(atProxy(), () -> proxy.faults().closeConnections(upstreams, 320, "CONNECTION_FORCED - why")))
                .isEqualTo(real);
    }

    @Test
    void aNodeThatIsKilledCutsItsClientsOffAndABrokerThatIsDownLosesThoseOfTheProxy() throws Exception {
        String directly;
        String behindTheProxy;
        try (RabbitNode node = RabbitNode.start();
                AmqProxy front = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + node.login().port())
                        .listen(0)
                        .start()) {
            CompletableFuture<Void> ready = new CompletableFuture<>();
            CompletableFuture<Void> killed = new CompletableFuture<>();
            Connection direct = connect(node.login().port(), node.login().password());
            Connection indirect =
                    connect(front.address().getPort(), node.login().password());
            CompletableFuture<String> other = CompletableFuture.supplyAsync(() -> {
                try {
                    return lost(indirect, () -> {
                        ready.complete(null);
                        killed.join();
                    });
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            directly = lost(direct, () -> {
                ready.get(60, TimeUnit.SECONDS);
                node.kill();
                killed.complete(null);
            });
            behindTheProxy = other.get(60, TimeUnit.SECONDS);
        }
        assertThat(lost(atProxy(), () -> proxy.faults().cutClients(FaultScope.all(), Cut.RESET)))
                .isEqualTo(directly);
        List<Fault> down = new ArrayList<>();
        assertThat(lost(atProxy(), () -> down.add(proxy.faults().brokerDown()))).isEqualTo(behindTheProxy);
        down.forEach(Fault::close);
        Await.until("the broker is found again", () -> proxy.health().ready());
    }
}
