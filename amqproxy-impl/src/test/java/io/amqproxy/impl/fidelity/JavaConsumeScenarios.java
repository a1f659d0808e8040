package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.JavaClient.bytes;
import static io.amqproxy.impl.fidelity.JavaClient.consumer;
import static io.amqproxy.impl.fidelity.JavaClient.got;
import static io.amqproxy.impl.fidelity.JavaClient.scenario;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.RpcClient;
import com.rabbitmq.client.RpcClientParams;
import java.util.List;

/** What the RabbitMQ Java client sees as it consumes. */
final class JavaConsumeScenarios {

    private static final int LIMIT_MILLIS = 15_000;

    private JavaConsumeScenarios() {}

    static List<Scenario> all() {
        return List.of(
                scenario("a consumer with a prefetch limit", (run, a) -> {
                    Channel channel = a.filled("q", 5);
                    Heard heard = run.heard("a");
                    channel.basicQos(2);
                    run.attempt("tag", () -> channel.basicConsume(run.name("q"), consumer(channel, heard)));
                    heard.expect(3);
                    run.await("q", "ready 3, unacked 2, consumers 1");
                    channel.basicAck(1, false);
                    heard.expect(1);
                    channel.basicAck(3, true);
                    heard.expect(2);
                    channel.basicNack(5, true, false);
                    run.await("q", "ready 0, unacked 0, consumers 1");
                }),
                scenario("a consumer without acknowledgements is cancelled", (run, a) -> {
                    Channel channel = a.filled("q", 3);
                    Heard heard = run.heard("a");
                    channel.basicConsume(run.name("q"), true, "tag", consumer(channel, heard));
                    heard.expect(4);
                    channel.basicCancel("tag");
                    heard.expect(1);
                    run.await("q", "ready 0, unacked 0, consumers 0");
                    channel.basicPublish("", run.name("q"), null, bytes("after"));
                    run.await("q", "ready 1, unacked 0, consumers 0");
                    heard.rest();
                }),
                scenario("messages are rejected and come again", (run, a) -> {
                    Channel channel = a.filled("q", 3);
                    for (int i = 0; i < 3; i++) {
                        run.attempt("got", () -> got(channel.basicGet(run.name("q"), false)));
                    }
                    channel.basicNack(2, false, true);
                    channel.basicReject(1, false);
                    run.await("q", "ready 1, unacked 1, consumers 0");
                    run.attempt("got", () -> got(channel.basicGet(run.name("q"), false)));
                    channel.basicNack(0, true, true);
                    run.await("q", "ready 2, unacked 0, consumers 0");
                    Heard heard = run.heard("a");
                    channel.basicConsume(run.name("q"), false, "tag", consumer(channel, heard));
                    heard.expect(3);
                    run.attempt("nothing is left", () -> got(channel.basicGet(run.name("q"), true)));
                }),
                scenario("basic.recover of a consumer that has a limit", (run, a) -> {
                    Channel channel = a.filled("q", 3);
                    Heard heard = run.heard("a");
                    channel.basicQos(3);
                    channel.basicConsume(run.name("q"), false, "tag", consumer(channel, heard));
                    heard.expect(4);
                    run.attempt("recover", () -> channel.basicRecover(true));
                    heard.expect(4);
                    run.attempt("without requeuing", () -> channel.basicRecover(false));
                    heard.expect(1);
                }),
                scenario("the queue below a consumer is deleted", (run, a) -> {
                    JavaClient b = JavaClient.open(run, "b");
                    Channel channel = a.filled("q", 1);
                    Heard heard = run.heard("a");
                    channel.basicQos(1);
                    channel.basicConsume(run.name("q"), false, "tag", consumer(channel, heard));
                    heard.expect(2);
                    Channel other = b.channel();
                    run.attempt("delete", () -> other.queueDelete(run.name("q")));
                    heard.expect(1);
                    run.attempt(
                            "the channel goes on",
                            () -> channel.queueDeclare(run.name("q"), false, false, false, null));
                    b.leave();
                    heard.rest();
                }),
                scenario("what a consumer has not acknowledged goes to another one", (run, a) -> {
                    JavaClient b = JavaClient.open(run, "b");
                    Channel from = a.filled("q", 3);
                    Heard first = run.heard("a");
                    from.basicQos(10);
                    from.basicConsume(run.name("q"), false, "tag", consumer(from, first));
                    first.expect(4);
                    from.basicAck(2, false);
                    from.close();
                    first.expect(1);
                    run.await("q", "ready 2, unacked 0, consumers 0");
                    Channel to = b.channel();
                    Heard second = run.heard("b");
                    to.basicConsume(run.name("q"), false, "tag", consumer(to, second));
                    second.expect(3);
                    b.vanish();
                    run.await("q", "ready 2, unacked 0, consumers 0");
                }),
                scenario("consumers hear of the end of their connection", (run, a) -> {
                    Channel channel = a.filled("q", 0);
                    Heard heard = run.heard("a");
                    channel.basicConsume(run.name("q"), false, "tag", consumer(channel, heard));
                    heard.expect(1);
                    a.leave();
                    heard.expect(1);
                    run.attempt("late", () -> channel.basicGet(run.name("q"), true));
                }),
                scenario("an error on a channel ends its consumer, and no other one", (run, a) -> {
                    Channel failing = a.filled("q", 0);
                    Channel other = a.filled("other", 0);
                    Heard heard = run.heard("failing");
                    Heard calm = run.heard("calm");
                    failing.basicConsume(run.name("q"), false, "tag", consumer(failing, heard));
                    other.basicConsume(run.name("other"), true, "tag", consumer(other, calm));
                    heard.expect(1);
                    calm.expect(1);
                    failing.basicAck(99, false);
                    heard.expect(1);
                    other.basicPublish("", run.name("other"), null, bytes("still there"));
                    calm.expect(1);
                    run.await("q", "ready 0, unacked 0, consumers 0");
                }),
                scenario("an exclusive consumer", (run, a) -> {
                    JavaClient b = JavaClient.open(run, "b");
                    Channel channel = a.filled("q", 0);
                    Heard heard = run.heard("a");
                    channel.basicConsume(run.name("q"), true, "tag", false, true, null, consumer(channel, heard));
                    heard.expect(1);
                    Channel other = b.channel();
                    run.attempt(
                            "another consumer", () -> other.basicConsume(run.name("q"), new DefaultConsumer(other)));
                    channel.basicCancel("tag");
                    heard.expect(1);
                    Channel next = b.channel();
                    Heard later = run.heard("b");
                    next.basicConsume(run.name("q"), true, "tag", consumer(next, later));
                    later.expect(1);
                    b.leave();
                }),
                scenario("calls with direct reply-to", (run, a) -> {
                    JavaClient b = JavaClient.open(run, "b");
                    Channel serving = b.filled("q", 0);
                    serving.basicConsume(run.name("q"), true, new DefaultConsumer(serving) {
                        @Override
                        public void handleDelivery(
                                String tag,
                                com.rabbitmq.client.Envelope envelope,
                                com.rabbitmq.client.AMQP.BasicProperties properties,
                                byte[] body)
                                throws java.io.IOException {
                            serving.basicPublish(
                                    "",
                                    properties.getReplyTo(),
                                    properties.builder().replyTo(null).build(),
                                    body);
                        }
                    });
                    RpcClient calls = new RpcClient(new RpcClientParams()
                            .channel(a.channel())
                            .exchange("")
                            .routingKey(run.name("q"))
                            .timeout(LIMIT_MILLIS));
                    for (int i = 0; i < 5; i++) {
                        String question = "question " + i;
                        run.attempt("answer", () -> calls.stringCall(question));
                    }
                    calls.close();
                    b.leave();
                }),
                scenario("direct reply-to that is not allowed", (run, a) -> {
                    Channel channel = a.channel();
                    run.attempt(
                            "with acknowledgements",
                            () -> channel.basicConsume("amq.rabbitmq.reply-to", false, new DefaultConsumer(channel)));
                    Channel next = a.confirming();
                    next.basicPublish("", run.name("q"), JavaClient.replyTo("amq.rabbitmq.reply-to"), bytes("x"));
                    run.attempt("without a consumer", () -> next.waitForConfirms(LIMIT_MILLIS));
                }));
    }
}
