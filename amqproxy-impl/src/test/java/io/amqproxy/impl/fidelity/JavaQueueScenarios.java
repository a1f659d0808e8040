package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.JavaClient.bytes;
import static io.amqproxy.impl.fidelity.JavaClient.got;
import static io.amqproxy.impl.fidelity.JavaClient.scenario;
import static io.amqproxy.impl.fidelity.JavaClient.shutdown;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.GetResponse;
import java.util.List;
import java.util.Map;

/** What the RabbitMQ Java client sees of queues and exchanges, and of refusals. */
final class JavaQueueScenarios {

    private static final long LIMIT_MILLIS = 15_000;

    private JavaQueueScenarios() {}

    static List<Scenario> all() {
        return List.of(
                scenario("an exclusive queue is nobody else's, and ends with its connection", (run, a) -> {
                    JavaClient b = JavaClient.open(run, "b");
                    Channel channel = a.channel();
                    run.attempt("declare", () -> channel.queueDeclare(run.name("q"), false, true, false, null));
                    channel.basicPublish("", run.name("q"), null, bytes("message"));
                    run.await("q", "ready 1, unacked 0, consumers 0");
                    refused(run, b, "declare", other -> other.queueDeclare(run.name("q"), false, true, false, null));
                    refused(run, b, "passive", other -> other.queueDeclarePassive(run.name("q")));
                    refused(run, b, "consume", other -> other.basicConsume(run.name("q"), new DefaultConsumer(other)));
                    refused(run, b, "get", other -> other.basicGet(run.name("q"), true));
                    refused(run, b, "bind", other -> other.queueBind(run.name("q"), "amq.direct", "key"));
                    refused(run, b, "purge", other -> other.queuePurge(run.name("q")));
                    refused(run, b, "delete", other -> other.queueDelete(run.name("q")));
                    Channel second = a.channel();
                    run.attempt("get on its other channel", () -> got(second.basicGet(run.name("q"), true)));
                    a.leave();
                    run.await("q", "missing");
                    refused(run, b, "passive afterwards", other -> other.queueDeclarePassive(run.name("q")));
                    b.leave();
                }),
                scenario("an exclusive queue of the broker's naming, whose client vanishes", (run, a) -> {
                    JavaClient b = JavaClient.open(run, "b");
                    Channel channel = b.channel();
                    String queue = channel.queueDeclare().getQueue();
                    run.say("declared " + queue);
                    b.filled("q", 1);
                    b.vanish();
                    run.awaitGenerated(queue, "missing");
                    run.await("q", "ready 1, unacked 0, consumers 0");
                }),
                scenario("an auto-delete queue ends with its last consumer", (run, a) -> {
                    Channel channel = a.channel();
                    channel.queueDeclare(run.name("q"), false, false, true, null);
                    String tag = channel.basicConsume(run.name("q"), new DefaultConsumer(channel));
                    channel.basicCancel(tag);
                    run.await("q", "missing");
                }),
                scenario("queues and exchanges that are missing", (run, a) -> {
                    refused(run, a, "passive queue", channel -> channel.queueDeclarePassive(run.name("q")));
                    refused(run, a, "passive exchange", channel -> channel.exchangeDeclarePassive(run.name("x")));
                    refused(run, a, "get", channel -> channel.basicGet(run.name("q"), true));
                    refused(
                            run,
                            a,
                            "consume",
                            channel -> channel.basicConsume(run.name("q"), new DefaultConsumer(channel)));
                    refused(run, a, "bind", channel -> channel.queueBind(run.name("q"), "amq.direct", "key"));
                    refused(
                            run,
                            a,
                            "exchange bind",
                            channel -> channel.exchangeBind(run.name("x"), "amq.direct", "key"));
                    refused(run, a, "purge", channel -> channel.queuePurge(run.name("q")));
                    refused(run, a, "delete", channel -> channel.queueDelete(run.name("q")));
                    refused(run, a, "exchange delete", channel -> channel.exchangeDelete(run.name("x")));
                }),
                scenario("what is there is declared in another way", (run, a) -> {
                    a.filled("q", 1);
                    refused(
                            run,
                            a,
                            "durable",
                            channel -> channel.queueDeclare(run.name("q"), true, false, false, null));
                    refused(
                            run,
                            a,
                            "argument",
                            channel -> channel.queueDeclare(
                                    run.name("q"), false, false, false, Map.of("x-max-length", 1)));
                    refused(
                            run,
                            a,
                            "bad argument",
                            channel -> channel.queueDeclare(
                                    run.name("r"), false, false, false, Map.of("x-max-length", "many")));
                    refused(run, a, "exchange", channel -> channel.exchangeDeclare("amq.direct", "fanout", true));
                    refused(
                            run,
                            a,
                            "reserved",
                            channel -> channel.queueDeclare("amq.reserved", false, false, false, null));
                    refused(run, a, "default exchange", channel -> channel.queueBind(run.name("q"), "", "key"));
                    refused(run, a, "if empty", channel -> channel.queueDelete(run.name("q"), false, true));
                    run.await("q", "ready 1, unacked 0, consumers 0");
                }),
                scenario("tags that were never delivered", (run, a) -> {
                    Channel full = a.filled("q", 1);
                    GetResponse message = full.basicGet(run.name("q"), false);
                    full.basicAck(message.getEnvelope().getDeliveryTag(), false);
                    Heard heard = run.heard("twice");
                    full.addShutdownListener(shutdown(heard));
                    full.basicAck(message.getEnvelope().getDeliveryTag(), false);
                    heard.expect(1);
                    Channel next = a.channel();
                    Heard later = run.heard("unknown");
                    next.addShutdownListener(shutdown(later));
                    next.basicNack(17, true, true);
                    later.expect(1);
                }),
                Scenario.of("Java client: a user without rights", JavaQueueScenarios::withoutRights),
                scenario("an exchange of a type that the broker does not have", (run, a) -> {
                    Heard heard = run.heard("a");
                    a.connection().addShutdownListener(shutdown(heard));
                    Channel channel = a.channel();
                    run.attempt("declare", () -> channel.exchangeDeclare(run.name("x"), "x-unknown"));
                    heard.expect(1);
                }),
                scenario("a consumer tag is used twice", (run, a) -> {
                    Heard heard = run.heard("a");
                    a.connection().addShutdownListener(shutdown(heard));
                    Channel channel = a.filled("q", 0);
                    channel.basicConsume(run.name("q"), true, "tag", new DefaultConsumer(channel));
                    run.attempt(
                            "consume",
                            () -> channel.basicConsume(run.name("q"), true, "tag", new DefaultConsumer(channel)));
                    heard.expect(1);
                }),
                scenario("an immediate message", (run, a) -> {
                    Heard heard = run.heard("a");
                    a.connection().addShutdownListener(shutdown(heard));
                    a.channel().basicPublish("", run.name("q"), false, true, null, bytes("now"));
                    heard.expect(1);
                }),
                scenario("exchanges are bound to each other", (run, a) -> {
                    Channel channel = a.filled("q", 0);
                    channel.exchangeDeclare(run.name("from"), "topic", false, true, null);
                    channel.exchangeDeclare(
                            run.name("to"), "headers", false, true, Map.of("alternate-exchange", "amq.fanout"));
                    run.attempt("bind", () -> channel.exchangeBind(run.name("to"), run.name("from"), "a.*"));
                    run.attempt(
                            "bind queue",
                            () -> channel.queueBind(
                                    run.name("q"), run.name("to"), "", Map.of("x-match", "any", "colour", "red")));
                    for (String colour : new String[] {"red", "blue", "red"}) {
                        channel.basicPublish(
                                run.name("from"), "a.b", JavaClient.headers(Map.of("colour", colour)), bytes(colour));
                    }
                    run.attempt("confirmed", () -> channel.waitForConfirms(LIMIT_MILLIS));
                    run.attempt("got", () -> got(channel.basicGet(run.name("q"), true)));
                    run.attempt("unbind", () -> channel.exchangeUnbind(run.name("to"), run.name("from"), "a.*"));
                    run.attempt("delete in use", () -> channel.exchangeDelete(run.name("to"), true));
                }),
                scenario("counting and purging", (run, a) -> {
                    Channel channel = a.filled("q", 7);
                    run.attempt("messages", () -> channel.messageCount(run.name("q")));
                    run.attempt("consumers", () -> channel.consumerCount(run.name("q")));
                    run.attempt("got", () -> got(channel.basicGet(run.name("q"), true)));
                    run.attempt("purge", () -> channel.queuePurge(run.name("q")));
                    run.attempt("got", () -> got(channel.basicGet(run.name("q"), true)));
                    run.attempt("delete", () -> channel.queueDelete(run.name("q")));
                }));
    }

    private static void withoutRights(ScenarioRun run) throws Exception {
        String user = run.name("user");
        run.broker()
                .eval(("rabbit_auth_backend_internal:add_user(<<\"%1$s\">>, <<\"secret\">>, <<\"test\">>),"
                                + " rabbit_auth_backend_internal:set_permissions(<<\"%1$s\">>, <<\"%2$s\">>,"
                                + " <<\"^mine\">>, <<\"^mine\">>, <<\"^mine\">>, <<\"test\">>)")
                        .formatted(user, run.login().vhost()));
        JavaClient guest = JavaClient.open(run, "guest");
        guest.filled("q", 0);
        JavaClient a = JavaClient.open(run, "a", factory -> {
            factory.setUsername(user);
            factory.setPassword("secret");
        });
        refused(run, a, "declare", channel -> channel.queueDeclare(run.name("r"), false, false, false, null));
        refused(run, a, "consume", channel -> channel.basicConsume(run.name("q"), new DefaultConsumer(channel)));
        refused(run, a, "get", channel -> channel.basicGet(run.name("q"), true));
        refused(run, a, "bind", channel -> channel.queueBind(run.name("q"), "amq.direct", "key"));
        refused(run, a, "publish", channel -> {
            channel.confirmSelect();
            channel.basicPublish("amq.direct", "key", null, bytes("refused"));
            return channel.waitForConfirms(LIMIT_MILLIS);
        });
        refused(
                run,
                a,
                "what is allowed",
                channel -> channel.queueDeclare("mine-" + run.name("q"), false, false, true, null)
                        .getMessageCount());
        a.leave();
        guest.leave();
        run.broker().eval("rabbit_auth_backend_internal:delete_user(<<\"%s\">>, <<\"test\">>)".formatted(user));
    }

    private interface OnChannel {
        Object apply(Channel channel) throws Exception;
    }

    /** Each on a channel of its own, as most of these end it. */
    private static void refused(ScenarioRun run, JavaClient client, String what, OnChannel work) throws Exception {
        Channel channel = client.channel();
        run.attempt(what, () -> work.apply(channel));
        if (channel.isOpen()) {
            channel.close();
        }
    }
}
