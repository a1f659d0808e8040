package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.SpringClient.admin;
import static io.amqproxy.impl.fidelity.SpringClient.factory;
import static io.amqproxy.impl.fidelity.SpringClient.template;
import static io.amqproxy.impl.fidelity.SpringClient.text;

import com.rabbitmq.client.Channel;
import io.amqproxy.impl.fidelity.Scenario.Trait;
import io.amqproxy.impl.fidelity.SpringClient.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.amqp.core.AcknowledgeMode;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.api.ChannelAwareMessageListener;

/** What listeners in Spring AMQP's containers see. */
final class SpringListenerScenarios {

    private SpringListenerScenarios() {}

    static List<Scenario> all() {
        List<Scenario> scenarios = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            String of = "Spring: a " + kind + " container";
            scenarios.add(Scenario.of(of + " whose listener fails", run -> fails(run, kind)));
            scenarios.add(Scenario.of(of + " that acknowledges by hand", run -> byHand(run, kind)));
            scenarios.add(Scenario.of(of + " without acknowledgements", run -> never(run, kind)));
            scenarios.add(Scenario.of(of + " in transactions", run -> transacted(run, kind)));
            scenarios.add(Scenario.of(of + " whose queue is deleted", run -> deleted(run, kind)));
            scenarios.add(Scenario.of(
                    of + " whose connection is closed", run -> closed(run, kind), Trait.CLOSES_CONNECTIONS));
        }
        return scenarios;
    }

    private interface Listener {
        void take(Message message, Channel channel) throws Exception;
    }

    /** Starts a container whose listener tells what it gets, and then does as it is told. */
    private static AbstractMessageListenerContainer started(
            AbstractMessageListenerContainer container, Heard heard, Listener listener) {
        container.setMessageListener(new ChannelAwareMessageListener() {
            @Override
            public void onMessage(Message message, @Nullable Channel channel) throws Exception {
                heard.add(text(message));
                if (channel != null) {
                    listener.take(message, channel);
                }
            }
        });
        container.start();
        return container;
    }

    private static boolean isAgain(Message message) {
        return Boolean.TRUE.equals(message.getMessageProperties().isRedelivered());
    }

    private static String body(Message message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    private static Queue queue(ScenarioRun run, String name) {
        return QueueBuilder.nonDurable(run.name(name)).build();
    }

    private static void fails(ScenarioRun run, Kind kind) throws Exception {
        CachingConnectionFactory factory = factory(run);
        RabbitAdmin admin = admin(factory);
        admin.declareQueue(queue(run, "dead"));
        admin.declareQueue(QueueBuilder.nonDurable(run.name("q"))
                .deadLetterExchange("")
                .deadLetterRoutingKey(run.name("dead"))
                .build());
        RabbitTemplate template = template(factory);
        for (String text : List.of("good", "hard", "bad", "last")) {
            template.convertAndSend("", run.name("q"), text);
        }
        run.await("q", "ready 4, unacked 0, consumers 0");
        Heard heard = run.heard("listener");
        AbstractMessageListenerContainer container =
                started(kind.container(run, factory, run.name("q")), heard, (message, channel) -> {
                    if (body(message).equals("hard") && !isAgain(message)) {
                        throw new IllegalStateException("once more");
                    } else if (body(message).equals("bad")) {
                        throw new AmqpRejectAndDontRequeueException("never again");
                    }
                });
        heard.expect(5);
        run.await("q", "ready 0, unacked 0, consumers 1");
        run.await("dead", "ready 1, unacked 0, consumers 0");
        container.stop();
        run.await("q", "ready 0, unacked 0, consumers 0");
    }

    private static void byHand(ScenarioRun run, Kind kind) throws Exception {
        CachingConnectionFactory factory = factory(run);
        admin(factory).declareQueue(queue(run, "q"));
        RabbitTemplate template = template(factory);
        template.convertAndSend("", run.name("q"), "one");
        template.convertAndSend("", run.name("q"), "two");
        run.await("q", "ready 2, unacked 0, consumers 0");
        Heard heard = run.heard("listener");
        AbstractMessageListenerContainer container = kind.container(run, factory, run.name("q"));
        container.setAcknowledgeMode(AcknowledgeMode.MANUAL);
        started(container, heard, (message, channel) -> {
            long tag = message.getMessageProperties().getDeliveryTag();
            if (!isAgain(message)) {
                channel.basicNack(tag, false, true);
            } else if (body(message).equals("one")) {
                channel.basicAck(tag, false);
            }
        });
        heard.expect(3);
        heard.expect(1);
        run.await("q", "ready 0, unacked 1, consumers 1");
        container.stop();
        run.await("q", "ready 1, unacked 0, consumers 0");
    }

    private static void never(ScenarioRun run, Kind kind) throws Exception {
        CachingConnectionFactory factory = factory(run);
        admin(factory).declareQueue(queue(run, "q"));
        Heard heard = run.heard("listener");
        AbstractMessageListenerContainer container = kind.container(run, factory, run.name("q"));
        container.setAcknowledgeMode(AcknowledgeMode.NONE);
        started(container, heard, (message, channel) -> {
            throw new IllegalStateException("it is lost all the same");
        });
        run.await("q", "ready 0, unacked 0, consumers 1");
        RabbitTemplate template = template(factory);
        template.convertAndSend("", run.name("q"), "one");
        template.convertAndSend("", run.name("q"), "two");
        heard.expect(2);
        run.await("q", "ready 0, unacked 0, consumers 1");
    }

    private static void transacted(ScenarioRun run, Kind kind) throws Exception {
        CachingConnectionFactory factory = factory(run);
        RabbitAdmin admin = admin(factory);
        admin.declareQueue(queue(run, "q"));
        admin.declareQueue(queue(run, "out"));
        RabbitTemplate template = template(factory);
        template.setChannelTransacted(true);
        Heard heard = run.heard("listener");
        AbstractMessageListenerContainer container = kind.container(run, factory, run.name("q"));
        container.setChannelTransacted(true);
        started(container, heard, (message, channel) -> {
            template.convertAndSend("", run.name("out"), "from " + body(message));
            if (!isAgain(message)) {
                throw new IllegalStateException("roll back");
            }
        });
        run.await("q", "ready 0, unacked 0, consumers 1");
        template.convertAndSend("", run.name("q"), "one");
        heard.expect(2);
        run.await("q", "ready 0, unacked 0, consumers 1");
        run.await("out", "ready 1, unacked 0, consumers 0");
        run.attempt("out", () -> text(template.receive(run.name("out"))));
    }

    private static void deleted(ScenarioRun run, Kind kind) throws Exception {
        CachingConnectionFactory factory = factory(run);
        RabbitAdmin admin = admin(factory);
        admin.declareQueue(queue(run, "q"));
        Heard heard = run.heard("listener");
        started(kind.container(run, factory, run.name("q")), heard, (message, channel) -> {});
        run.await("q", "ready 0, unacked 0, consumers 1");
        run.attempt("deleted", () -> admin.deleteQueue(run.name("q")));
        run.await("q", "missing");
        admin.declareQueue(queue(run, "q"));
        run.await("q", "ready 0, unacked 0, consumers 1");
        template(factory).convertAndSend("", run.name("q"), "after");
        heard.expect(1);
    }

    private static void closed(ScenarioRun run, Kind kind) throws Exception {
        CachingConnectionFactory factory = factory(run);
        Heard connections = run.heard("connections");
        factory.addConnectionListener(SpringClient.connections(connections));
        RabbitAdmin admin = admin(factory);
        admin.declareQueue(queue(run, "q"));
        connections.expect(1);
        Heard heard = run.heard("listener");
        started(kind.container(run, factory, run.name("q")), heard, (message, channel) -> {});
        run.await("q", "ready 0, unacked 0, consumers 1");
        RabbitTemplate template = template(factory);
        template.convertAndSend("", run.name("q"), "before");
        heard.expect(1);
        run.await("q", "ready 0, unacked 0, consumers 1");
        ConnectionScenarios.closeConnections(run);
        connections.expect(2);
        run.await("q", "ready 0, unacked 0, consumers 1");
        template.convertAndSend("", run.name("q"), "after");
        heard.expect(1);
    }
}
