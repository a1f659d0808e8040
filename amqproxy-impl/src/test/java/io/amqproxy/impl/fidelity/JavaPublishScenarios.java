package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.JavaClient.bytes;
import static io.amqproxy.impl.fidelity.JavaClient.got;
import static io.amqproxy.impl.fidelity.JavaClient.headers;
import static io.amqproxy.impl.fidelity.JavaClient.returned;
import static io.amqproxy.impl.fidelity.JavaClient.scenario;
import static io.amqproxy.impl.fidelity.JavaClient.shutdown;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.MessageProperties;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;

/** What the RabbitMQ Java client sees as it publishes. */
final class JavaPublishScenarios {

    private static final long LIMIT_MILLIS = 15_000;
    private static final int CROSSING = 500;

    private JavaPublishScenarios() {}

    static List<Scenario> all() {
        List<Scenario> scenarios = new ArrayList<>(confirms());
        scenarios.addAll(returns());
        scenarios.addAll(transactions());
        scenarios.addAll(contents());
        return scenarios;
    }

    private static List<Scenario> confirms() {
        return List.of(
                scenario("each message is confirmed", (run, a) -> {
                    Channel channel = a.filled("q", 0);
                    for (int i = 0; i < 10; i++) {
                        run.say("next is " + channel.getNextPublishSeqNo());
                        channel.basicPublish("", run.name("q"), null, bytes("message " + i));
                        run.attempt("confirmed", () -> channel.waitForConfirms(LIMIT_MILLIS));
                    }
                    run.await("q", "ready 10, unacked 0, consumers 0");
                }),
                scenario("listeners hear of confirms, each message once", (run, a) -> {
                    Channel channel = a.filled("q", 0);
                    NavigableSet<Long> acked = new ConcurrentSkipListSet<>();
                    NavigableSet<Long> nacked = new ConcurrentSkipListSet<>();
                    channel.addConfirmListener(
                            (tag, multiple) -> settle(acked, tag, multiple),
                            (tag, multiple) -> settle(nacked, tag, multiple));
                    for (int i = 0; i < 300; i++) {
                        channel.basicPublish(
                                "", run.name("q"), MessageProperties.PERSISTENT_TEXT_PLAIN, bytes("message " + i));
                    }
                    run.attempt("confirmed", () -> channel.waitForConfirms(LIMIT_MILLIS));
                    run.say("acks: " + acked + ", nacks: " + nacked);
                }),
                scenario("a full queue refuses messages", (run, a) -> {
                    Channel channel = a.confirming();
                    Heard heard = run.heard("a");
                    channel.addConfirmListener(
                            (tag, multiple) -> heard.add("ack " + tag), (tag, multiple) -> heard.add("nack " + tag));
                    Map<String, Object> arguments = Map.of("x-max-length", 1, "x-overflow", "reject-publish");
                    channel.queueDeclare(run.name("q"), false, false, false, arguments);
                    for (int i = 0; i < 3; i++) {
                        channel.basicPublish("", run.name("q"), null, bytes("message " + i));
                        run.attempt("confirmed", () -> channel.waitForConfirms(LIMIT_MILLIS));
                        heard.expect(1);
                    }
                    channel.basicPublish("", run.name("q"), null, bytes("one more"));
                    run.attempt("confirmed or dead", () -> {
                        channel.waitForConfirmsOrDie(LIMIT_MILLIS);
                        return "ok";
                    });
                    run.say("the channel is open: " + channel.isOpen());
                }),
                scenario("confirms of two channels that publish by turns", (run, a) -> {
                    Channel one = a.filled("q", 3);
                    Channel two = a.confirming();
                    for (int i = 0; i < 20; i++) {
                        one.basicPublish("", run.name("q"), null, bytes("one"));
                        two.basicPublish("", run.name("q"), null, bytes("two"));
                    }
                    run.attempt("one", () -> one.waitForConfirms(LIMIT_MILLIS) + " " + one.getNextPublishSeqNo());
                    run.attempt("two", () -> two.waitForConfirms(LIMIT_MILLIS) + " " + two.getNextPublishSeqNo());
                    run.await("q", "ready 43, unacked 0, consumers 0");
                }),
                scenario("a channel is closed by the broker while publishes cross", (run, a) -> {
                    Channel channel = a.channel();
                    Heard heard = run.heard("a");
                    channel.addShutdownListener(shutdown(heard));
                    run.attempt("publishing", () -> {
                        for (int i = 0; i < CROSSING || channel.isOpen(); i++) {
                            channel.basicPublish(run.name("nowhere"), "key", null, bytes("lost"));
                        }
                        channel.basicPublish(run.name("nowhere"), "key", null, bytes("lost"));
                        return "ok";
                    });
                    heard.expect(1);
                    run.attempt("closing", () -> {
                        channel.close();
                        return "ok";
                    });
                    Channel next = a.filled("q", 5);
                    run.say("the next channel has number " + next.getChannelNumber());
                    run.await("q", "ready 5, unacked 0, consumers 0");
                    heard.rest();
                }),
                scenario("a confirm is waited for on a channel that the broker closes", (run, a) -> {
                    Channel channel = a.confirming();
                    channel.basicPublish(run.name("nowhere"), "key", null, bytes("lost"));
                    run.attempt("confirmed", () -> channel.waitForConfirms(LIMIT_MILLIS));
                    run.attempt("publishing", () -> {
                        channel.basicPublish("", run.name("q"), null, bytes("late"));
                        return "ok";
                    });
                }));
    }

    private static void settle(NavigableSet<Long> settled, long tag, boolean multiple) {
        long from = multiple && !settled.isEmpty() ? settled.last() + 1 : multiple ? 1 : tag;
        for (long one = from; one <= tag; one++) {
            settled.add(one);
        }
    }

    private static List<Scenario> returns() {
        return List.of(
                scenario("a mandatory message that nobody gets", (run, a) -> {
                    Channel channel = a.channel();
                    Heard heard = run.heard("a");
                    channel.addReturnListener(returned(heard));
                    channel.basicPublish("", run.name("nobody"), true, MessageProperties.BASIC, bytes("back"));
                    channel.basicPublish(
                            "amq.topic", "some.key", true, headers(Map.of("some", "header")), new byte[50_000]);
                    heard.expect(2);
                }),
                scenario("returns come before their confirms", (run, a) -> {
                    Channel channel = a.filled("q", 0);
                    Heard heard = run.heard("a");
                    channel.addReturnListener(returned(heard));
                    channel.addConfirmListener(
                            (tag, multiple) -> heard.add("ack " + tag), (tag, multiple) -> heard.add("nack " + tag));
                    for (int i = 0; i < 3; i++) {
                        channel.basicPublish("", run.name("nobody"), true, null, bytes("back " + i));
                        heard.expect(2);
                        channel.basicPublish("", run.name("q"), true, null, bytes("there " + i));
                        heard.expect(1);
                    }
                }));
    }

    private static List<Scenario> transactions() {
        return List.of(
                scenario("a transaction is committed, another one rolled back", (run, a) -> {
                    Channel channel = a.channel();
                    channel.queueDeclare(run.name("q"), false, false, false, null);
                    run.attempt("select", channel::txSelect);
                    channel.basicPublish("", run.name("q"), null, bytes("one"));
                    channel.basicPublish("", run.name("q"), null, bytes("two"));
                    run.attempt("before", () -> channel.messageCount(run.name("q")));
                    run.attempt("commit", channel::txCommit);
                    run.await("q", "ready 2, unacked 0, consumers 0");
                    channel.basicPublish("", run.name("q"), null, bytes("three"));
                    channel.basicAck(
                            channel.basicGet(run.name("q"), false).getEnvelope().getDeliveryTag(), false);
                    run.attempt("rollback", channel::txRollback);
                    run.await("q", "ready 1, unacked 1, consumers 0");
                    channel.close();
                    run.await("q", "ready 2, unacked 0, consumers 0");
                }),
                scenario("a publish fails a transaction before its commit", (run, a) -> {
                    Channel channel = a.channel();
                    Heard heard = run.heard("a");
                    channel.addShutdownListener(shutdown(heard));
                    channel.queueDeclare(run.name("q"), false, false, false, null);
                    channel.txSelect();
                    channel.basicPublish("", run.name("q"), null, bytes("one"));
                    channel.basicPublish(run.name("nowhere"), "key", null, bytes("two"));
                    heard.expect(1);
                    run.attempt("commit", channel::txCommit);
                    run.await("q", "ready 0, unacked 0, consumers 0");
                }),
                scenario("transactions and confirms on one channel", (run, a) -> {
                    Channel confirming = a.confirming();
                    run.attempt("select", confirming::txSelect);
                    Channel transactional = a.channel();
                    transactional.txSelect();
                    run.attempt("confirm", transactional::confirmSelect);
                    Channel neither = a.channel();
                    run.attempt("commit", neither::txCommit);
                }));
    }

    private static List<Scenario> contents() {
        return List.of(
                scenario("properties and headers of all types arrive as they were", (run, a) -> {
                    Channel channel = a.filled("q", 0);
                    channel.basicPublish(
                            "", run.name("q"), everything(run.login().user()), bytes("body"));
                    run.attempt("confirmed", () -> channel.waitForConfirms(LIMIT_MILLIS));
                    run.attempt("got", () -> got(channel.basicGet(run.name("q"), true)));
                }),
                scenario("a user id that is not the client's", (run, a) -> {
                    Channel channel = a.confirming();
                    BasicProperties other =
                            new BasicProperties.Builder().userId("somebody").build();
                    channel.basicPublish("", run.name("q"), other, bytes("body"));
                    run.attempt("confirmed", () -> channel.waitForConfirms(LIMIT_MILLIS));
                }),
                scenario("large messages", (run, a) -> {
                    Channel channel = a.filled("q", 0);
                    for (int size : new int[] {0, 1, 131_064, 131_065, 1_000_000, 5_000_000}) {
                        channel.basicPublish("", run.name("q"), null, body(size));
                    }
                    run.attempt("confirmed", () -> channel.waitForConfirms(LIMIT_MILLIS));
                    for (int i = 0; i < 6; i++) {
                        run.attempt("got", () -> got(channel.basicGet(run.name("q"), true)));
                    }
                }),
                Scenario.of("Java client: frames of at most 4096 octets", run -> {
                    JavaClient small = JavaClient.open(run, "small", factory -> factory.setRequestedFrameMax(4096));
                    JavaClient large = JavaClient.open(run, "large");
                    run.say("frame_max " + small.connection().getFrameMax() + " and "
                            + large.connection().getFrameMax());
                    Channel from = small.filled("q", 0);
                    Channel to = large.filled("back", 0);
                    BasicProperties properties = headers(Map.of("header", "h".repeat(3000)));
                    from.basicPublish("", run.name("q"), properties, body(100_000));
                    to.basicPublish("", run.name("back"), properties, body(300_000));
                    run.attempt("small confirmed", () -> from.waitForConfirms(LIMIT_MILLIS));
                    run.attempt("large confirmed", () -> to.waitForConfirms(LIMIT_MILLIS));
                    run.attempt("large got", () -> got(to.basicGet(run.name("q"), true)));
                    run.attempt("small got", () -> got(from.basicGet(run.name("back"), true)));
                    small.leave();
                    large.leave();
                }));
    }

    private static byte[] body(int size) {
        byte[] body = new byte[size];
        for (int i = 0; i < size; i++) {
            body[i] = (byte) (i * 31 + (i >> 8));
        }
        return body;
    }

    private static BasicProperties everything(String user) {
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("text", "täxt");
        table.put("int", -5);
        table.put("long", 1L << 40);
        table.put("short", (short) 7);
        table.put("byte", (byte) 1);
        table.put("bool", true);
        table.put("double", 0.5);
        table.put("float", 0.25f);
        table.put("decimal", new BigDecimal("12.34"));
        table.put("time", Date.from(Instant.ofEpochSecond(1_700_000_000)));
        table.put("null", null);
        table.put("list", Arrays.asList(1, "two", Map.of("three", 3)));
        table.put("table", Map.of("in", Map.of("in", "deep")));
        return new BasicProperties.Builder()
                .contentType("text/plain")
                .contentEncoding("utf-8")
                .headers(table)
                .deliveryMode(1)
                .priority(3)
                .correlationId("correlation")
                .replyTo("reply-to")
                .expiration("60000")
                .messageId("id")
                .timestamp(Date.from(Instant.ofEpochSecond(1_700_000_000)))
                .type("type")
                .userId(user)
                .appId("app")
                .clusterId("cluster")
                .build();
    }
}
