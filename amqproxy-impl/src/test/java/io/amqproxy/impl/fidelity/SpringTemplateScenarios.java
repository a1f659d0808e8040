package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.SpringClient.LIMIT_MILLIS;
import static io.amqproxy.impl.fidelity.SpringClient.admin;
import static io.amqproxy.impl.fidelity.SpringClient.factory;
import static io.amqproxy.impl.fidelity.SpringClient.template;
import static io.amqproxy.impl.fidelity.SpringClient.text;

import com.rabbitmq.client.AMQP;
import io.amqproxy.testkit.Await;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.core.ReturnedMessage;
import org.springframework.amqp.core.TopicExchange;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.api.ChannelAwareMessageListener;
import org.springframework.amqp.rabbit.transaction.RabbitTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What Spring AMQP's template and admin see. */
final class SpringTemplateScenarios {

    private SpringTemplateScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of("Spring: a template sends and receives", SpringTemplateScenarios::sendsAndReceives),
                Scenario.of("Spring: requests and replies", SpringTemplateScenarios::requests),
                Scenario.of("Spring: correlated confirms and returns", SpringTemplateScenarios::confirms),
                Scenario.of("Spring: a channel that waits for its confirms", SpringTemplateScenarios::waits),
                Scenario.of("Spring: transactions", SpringTemplateScenarios::transactions),
                Scenario.of("Spring: refusals", SpringTemplateScenarios::refusals));
    }

    private static Queue declared(ScenarioRun run, RabbitAdmin admin, String name) {
        Queue queue = QueueBuilder.nonDurable(run.name(name)).build();
        run.say("declared " + admin.declareQueue(queue));
        return queue;
    }

    private static void sendsAndReceives(ScenarioRun run) throws Exception {
        CachingConnectionFactory factory = factory(run);
        RabbitAdmin admin = admin(factory);
        RabbitTemplate template = template(factory);
        Queue queue = declared(run, admin, "q");
        TopicExchange exchange = new TopicExchange(run.name("x"), false, true);
        admin.declareExchange(exchange);
        admin.declareBinding(BindingBuilder.bind(queue).to(exchange).with("a.#"));
        for (int i = 0; i < 5; i++) {
            template.convertAndSend(run.name("x"), "a.b", "message " + i, message -> {
                message.getMessageProperties().setHeader("colour", "red");
                return message;
            });
        }
        run.await("q", "ready 5, unacked 0, consumers 0");
        run.attempt("receive", () -> text(template.receive(run.name("q"))));
        run.attempt("convert", () -> String.valueOf(template.receiveAndConvert(run.name("q"))));
        run.attempt("wait", () -> text(template.receive(run.name("q"), LIMIT_MILLIS)));
        run.attempt(
                "receive and reply",
                () -> template.<String, String>receiveAndReply(
                        run.name("q"), text -> text + " answered", "", run.name("q")));
        run.await("q", "ready 2, unacked 0, consumers 0");
        run.attempt("info", () -> String.valueOf(admin.getQueueInfo(run.name("q"))));
        run.attempt("purge", () -> admin.purgeQueue(run.name("q")));
        run.attempt("nothing", () -> text(template.receive(run.name("q"))));
        run.attempt("delete", () -> admin.deleteQueue(run.name("q")));
        run.attempt("gone", () -> String.valueOf(admin.getQueueInfo(run.name("q"))));
    }

    private static void requests(ScenarioRun run) throws Exception {
        CachingConnectionFactory serving = factory(run);
        CachingConnectionFactory asking = factory(run);
        declared(run, admin(serving), "q");
        AbstractMessageListenerContainer container = SpringClient.Kind.SIMPLE.container(run, serving, run.name("q"));
        container.setMessageListener((ChannelAwareMessageListener) (message, channel) -> {
            AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                    .contentType("text/plain")
                    .correlationId(message.getMessageProperties().getCorrelationId())
                    .build();
            if (channel != null) {
                channel.basicPublish("", message.getMessageProperties().getReplyTo(), properties, message.getBody());
            }
        });
        container.start();
        RabbitTemplate template = template(asking);
        for (int i = 0; i < 3; i++) {
            String question = "question " + i;
            run.attempt("answer", () -> String.valueOf(template.convertSendAndReceive("", run.name("q"), question)));
        }
        RabbitTemplate temporary = template(asking);
        temporary.setUseTemporaryReplyQueues(true);
        run.attempt("by a queue", () -> String.valueOf(temporary.convertSendAndReceive("", run.name("q"), "more")));
        template.stop();
    }

    private static void confirms(ScenarioRun run) throws Exception {
        CachingConnectionFactory factory = factory(run);
        factory.setPublisherConfirmType(ConfirmType.CORRELATED);
        factory.setPublisherReturns(true);
        RabbitAdmin admin = admin(factory);
        RabbitTemplate template = template(factory);
        template.setMandatory(true);
        declared(run, admin, "q");
        admin.declareQueue(QueueBuilder.nonDurable(run.name("full"))
                .maxLength(1L)
                .overflow(QueueBuilder.Overflow.rejectPublish)
                .build());
        Heard heard = run.heard("template");
        template.setReturnsCallback(returned -> heard.add("returned " + returned(returned)));
        confirmed(run, template, "", "q");
        confirmed(run, template, "", "nobody");
        heard.expect(1);
        confirmed(run, template, "", "full");
        confirmed(run, template, "", "full");
        refused(run, template);
        confirmed(run, template, "", "q");
        run.await("q", "ready 2, unacked 0, consumers 0");
    }

    private static void confirmed(ScenarioRun run, RabbitTemplate template, String exchange, String key)
            throws Exception {
        CorrelationData data = new CorrelationData(key);
        template.convertAndSend(exchange, run.name(key), "message", data);
        sayConfirm(run, key, data);
    }

    /**
     * The template keeps its channel until the broker has closed it. One that it hands back at once is closed by Spring
     * itself when it sees that in time, with another reason for the message, directly as well.
     */
    private static void refused(ScenarioRun run, RabbitTemplate template) throws InterruptedException {
        CorrelationData data = new CorrelationData("key");
        template.invoke(operations -> {
            operations.convertAndSend(run.name("nowhere"), run.name("key"), "message", data);
            return data.getFuture()
                    .completeOnTimeout(null, LIMIT_MILLIS, TimeUnit.MILLISECONDS)
                    .handle((confirm, failure) -> true)
                    .join();
        });
        sayConfirm(run, "key", data);
    }

    private static void sayConfirm(ScenarioRun run, String key, CorrelationData data) throws InterruptedException {
        run.attempt("to " + key, () -> {
            String confirm = String.valueOf(data.getFuture().get(LIMIT_MILLIS, TimeUnit.MILLISECONDS));
            ReturnedMessage returned = data.getReturned();
            return confirm + (returned == null ? "" : ", returned " + returned(returned));
        });
    }

    private static String returned(ReturnedMessage returned) {
        return "%d %s, exchange '%s', key '%s', %s"
                .formatted(
                        returned.getReplyCode(),
                        returned.getReplyText(),
                        returned.getExchange(),
                        returned.getRoutingKey(),
                        Heard.text(returned.getMessage().getBody()));
    }

    private static void waits(ScenarioRun run) throws Exception {
        CachingConnectionFactory factory = factory(run);
        factory.setPublisherConfirmType(ConfirmType.SIMPLE);
        RabbitTemplate template = template(factory);
        declared(run, admin(factory), "q");
        for (int round = 0; round < 3; round++) {
            run.attempt(
                    "confirmed",
                    () -> template.<Boolean>invoke(operations -> {
                        for (int i = 0; i < 10; i++) {
                            operations.convertAndSend("", run.name("q"), "message " + i);
                        }
                        return operations.waitForConfirms(LIMIT_MILLIS);
                    }));
        }
        run.await("q", "ready 30, unacked 0, consumers 0");
    }

    private static void transactions(ScenarioRun run) throws Exception {
        CachingConnectionFactory factory = factory(run);
        RabbitTemplate template = template(factory);
        template.setChannelTransacted(true);
        declared(run, admin(factory), "q");
        TransactionTemplate transaction = new TransactionTemplate(new RabbitTransactionManager(factory));
        transaction.executeWithoutResult(status -> {
            template.convertAndSend("", run.name("q"), "one");
            template.convertAndSend("", run.name("q"), "two");
        });
        run.await("q", "ready 2, unacked 0, consumers 0");
        transaction.executeWithoutResult(status -> {
            run.say("received " + template.receiveAndConvert(run.name("q")));
            template.convertAndSend("", run.name("q"), "three");
            status.setRollbackOnly();
        });
        run.await("q", "ready 2, unacked 0, consumers 0");
        run.attempt(
                "nowhere",
                () -> transaction.execute(status -> {
                    template.convertAndSend("", run.name("q"), "four");
                    template.convertAndSend(run.name("nowhere"), "key", "lost");
                    template.execute(channel -> {
                        Await.until("the channel is closed", () -> !channel.isOpen());
                        return "closed";
                    });
                    return "committed";
                }));
        run.attempt("received", () -> text(template.receive(run.name("q"))));
        run.await("q", "ready 1, unacked 0, consumers 0");
    }

    private static void refusals(ScenarioRun run) throws Exception {
        CachingConnectionFactory factory = factory(run);
        RabbitAdmin admin = admin(factory);
        RabbitTemplate template = template(factory);
        declared(run, admin, "q");
        run.attempt(
                "declare",
                () -> String.valueOf(
                        admin.declareQueue(new Queue(run.name("q"), false, false, false, Map.of("x-max-length", 5)))));
        run.attempt("receive", () -> text(template.receive(run.name("missing"))));
        CachingConnectionFactory other = factory(run);
        run.attempt(
                "exclusive", () -> String.valueOf(admin.declareQueue(new Queue(run.name("mine"), false, true, false))));
        run.attempt("another's", () -> text(template(other).receive(run.name("mine"))));
        CachingConnectionFactory refused = factory(run);
        refused.setPassword("wrong");
        run.attempt("password", () -> text(template(refused).receive(run.name("q"))));
        CachingConnectionFactory lost = factory(run);
        lost.setVirtualHost("nowhere");
        run.attempt("vhost", () -> text(template(lost).receive(run.name("q"))));
        run.attempt("still there", () -> text(template.receive(run.name("q"))));
    }
}
