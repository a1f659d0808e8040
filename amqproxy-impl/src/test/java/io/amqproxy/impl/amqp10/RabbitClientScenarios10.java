package io.amqproxy.impl.amqp10;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOffsetSpecification;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOptions;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.Requester;
import com.rabbitmq.client.amqp.Responder;
import io.amqproxy.testkit.Broker10;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** What a program with RabbitMQ's Java client for AMQP 1.0 sees of messages, queues and exchanges. */
final class RabbitClientScenarios10 extends RabbitClientStage10 {

    private static final int LARGE = 3_000_000;

    private static final Map<String, Program<RabbitClientScenarios10>> PROGRAMS = new LinkedHashMap<>();

    static {
        PROGRAMS.put("published and consumed", RabbitClientScenarios10::consumed);
        PROGRAMS.put("one by one", RabbitClientScenarios10::oneByOne);
        PROGRAMS.put("published without waiting", RabbitClientScenarios10::hurried);
        PROGRAMS.put("settled by the broker", RabbitClientScenarios10::settled);
        PROGRAMS.put("all outcomes", RabbitClientScenarios10::outcomes);
        PROGRAMS.put("properties", RabbitClientScenarios10::properties);
        PROGRAMS.put("a large message", RabbitClientScenarios10::large);
        PROGRAMS.put("a publisher for any queue", RabbitClientScenarios10::anyQueue);
        PROGRAMS.put("no route", RabbitClientScenarios10::noRoute);
        PROGRAMS.put("request and reply", RabbitClientScenarios10::requestReply);
        PROGRAMS.put("a stream", RabbitClientScenarios10::stream);
        PROGRAMS.put("an exchange, a queue and a binding", RabbitClientScenarios10::topology);
        PROGRAMS.put("a queue that is declared otherwise", RabbitClientScenarios10::declaredOtherwise);
        PROGRAMS.put("a user without rights", RabbitClientScenarios10::denied);
    }

    private RabbitClientScenarios10(int port, String queue) {
        super(port, queue);
    }

    /** Those that this broker can serve: the client speaks to no other than RabbitMQ. */
    static List<String> names(Broker10.Kind kind) {
        return kind == Broker10.Kind.RABBITMQ_4 ? List.copyOf(PROGRAMS.keySet()) : List.of();
    }

    /**
     * Runs a program at this port, the broker's or the proxy's.
     *
     * @return what it saw
     */
    static List<String> play(String name, int port, String queue) {
        return play(PROGRAMS.get(name), new RabbitClientScenarios10(port, queue));
    }

    private void consumed() throws Exception {
        try (Connection connection = connect()) {
            publish(publisher(connection), texts(10));
            take(connection, 10, 100);
        }
        left(0);
    }

    private void oneByOne() throws Exception {
        try (Connection connection = connect()) {
            publish(publisher(connection), texts(5));
            take(connection, 5, 1);
        }
        left(0);
    }

    private void hurried() throws Exception {
        BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
        try (Connection connection = connect()) {
            Publisher publisher = publisher(connection);
            for (String text : texts(200)) {
                publisher.publish(
                        publisher.message(bytes(text)),
                        context -> outcomes.add(context.status().toString()));
            }
            say(next(outcomes, 200));
            take(connection, 200, 50);
        }
        left(0);
    }

    private void settled() throws Exception {
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        try (Connection connection = connect()) {
            publish(publisher(connection), texts(5));
            Consumer consumer = consumer(connection, 2)
                    .preSettled()
                    .messageHandler((context, message) -> texts.add(text(message)))
                    .build();
            say(next(texts, 5));
            consumer.close();
        }
        left(0);
    }

    /** In a queue that counts deliveries, and keeps annotations. What comes again is accepted. */
    private void outcomes() throws Exception {
        String quorum = queue + "-quorum";
        Set<String> seen = ConcurrentHashMap.newKeySet();
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        try (Connection connection = connect()) {
            connection.management().queue(quorum).quorum().queue().declare();
            publish(
                    connection.publisherBuilder().queue(quorum).build(),
                    "accept",
                    "discard",
                    "requeue",
                    "requeue with an annotation");
            Consumer consumer = connection
                    .consumerBuilder()
                    .queue(quorum)
                    .initialCredits(1)
                    .messageHandler((context, message) -> {
                        String text = text(message);
                        settle(context, seen.add(text) ? text : "accept");
                        texts.add(text + ' ' + message.deliveryCount() + ' ' + message.annotation("x-opt-why"));
                    })
                    .build();
            List<String> all = next(texts, 6);
            all.sort(null);
            all.forEach(this::say);
            consumer.close();
            connection.management().queueDelete(quorum);
        }
    }

    private static void settle(Consumer.Context context, String how) {
        switch (how) {
            case "accept" -> context.accept();
            case "discard" -> context.discard();
            case "requeue" -> context.requeue();
            default -> context.requeue(Map.of("x-opt-why", "once more"));
        }
    }

    private void properties() throws Exception {
        UUID id = new UUID(1, 2);
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        try (Connection connection = connect()) {
            Publisher publisher = publisher(connection);
            publish(
                    publisher,
                    publisher
                            .message(bytes("all"))
                            .messageId(id)
                            .correlationId(7L)
                            .subject("subject")
                            .contentType("text/plain")
                            .groupId("group")
                            .priority((byte) 7)
                            .ttl(Duration.ofMinutes(1))
                            .property("number", 1)
                            .property("id", id)
                            .annotation("x-note", "note"));
            Consumer consumer = consumer(connection, 1)
                    .messageHandler((context, message) -> {
                        say(message.messageId(), message.correlationId(), message.subject(), message.contentType());
                        say(message.groupId(), message.priority(), message.ttl(), message.durable());
                        say(message.property("number"), message.property("id"), message.annotation("x-note"));
                        say(message.deliveryCount(), message.firstAcquirer());
                        context.accept();
                        texts.add(text(message));
                    })
                    .build();
            say(next(texts, 1));
            consumer.close();
        }
    }

    private void large() throws Exception {
        try (Connection connection = connect()) {
            publish(publisher(connection), "z".repeat(LARGE));
            take(connection, 1, 1);
        }
        left(0);
    }

    private void anyQueue() throws Exception {
        try (Connection connection = connect()) {
            Publisher publisher = connection.publisherBuilder().build();
            for (String text : texts(5)) {
                publish(
                        publisher,
                        publisher.message(bytes(text)).toAddress().queue(queue).message());
            }
            publish(
                    publisher,
                    publisher
                            .message(bytes("lost"))
                            .toAddress()
                            .exchange("amq.direct")
                            .key("nowhere")
                            .message());
            take(connection, 5, 10);
        }
        left(0);
    }

    private void noRoute() throws Exception {
        try (Connection connection = connect()) {
            publish(
                    connection
                            .publisherBuilder()
                            .exchange("amq.direct")
                            .key("nowhere")
                            .build(),
                    "one",
                    "two");
            publish(publisher(connection), "three");
        }
        left(1);
    }

    private void requestReply() throws Exception {
        try (Connection server = connect();
                Connection connection = connect()) {
            Responder responder = server.responderBuilder()
                    .requestQueue(queue)
                    .handler((context, request) -> request.body(bytes("re " + text(request))))
                    .build();
            Requester requester = connection
                    .requesterBuilder()
                    .requestAddress()
                    .queue(queue)
                    .requester()
                    .build();
            for (String text : texts(3)) {
                say(text(requester.publish(requester.message(bytes(text))).get(WAIT, TimeUnit.MILLISECONDS)));
            }
            requester.close();
            responder.close();
        }
        left(0);
    }

    private void stream() throws Exception {
        String stream = queue + "-stream";
        try (Connection connection = connect()) {
            say(connection.management().queue(stream).stream().queue().declare().type());
            publish(connection.publisherBuilder().queue(stream).build(), texts(10));
            read(connection, stream, options -> options.offset(StreamOffsetSpecification.FIRST));
            read(connection, stream, options -> options.offset(7));
            connection.management().queueDelete(stream);
        }
    }

    private void read(Connection connection, String stream, UnaryOperator<StreamOptions> offset) throws Exception {
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        Consumer consumer = offset.apply(connection.consumerBuilder().queue(stream).initialCredits(3).stream())
                .builder()
                .messageHandler((context, message) -> {
                    context.accept();
                    texts.add(text(message) + " at " + message.annotation("x-stream-offset"));
                })
                .build();
        say(next(texts, 3));
        consumer.close();
    }

    private void topology() throws Exception {
        String exchange = queue + "-exchange";
        String other = queue + "-other";
        try (Connection connection = connect()) {
            Management management = connection.management();
            management.exchange(exchange).type("topic").declare();
            management.queue(other).quorum().queue().declare();
            management
                    .binding()
                    .sourceExchange(exchange)
                    .destinationQueue(other)
                    .key("a.*")
                    .bind();
            Publisher publisher =
                    connection.publisherBuilder().exchange(exchange).key("a.b").build();
            publish(publisher, "one", "two");
            say(management.queueInfo(other).type(), management.queueInfo(other).durable());
            say("purged", management.queuePurge(other).messageCount());
            management
                    .unbind()
                    .sourceExchange(exchange)
                    .destinationQueue(other)
                    .key("a.*")
                    .unbind();
            publish(publisher, "three");
            publisher.close();
            management.queueDelete(other);
            management.exchangeDelete(exchange);
            attempt("gone", () -> management.queueInfo(other));
        }
    }

    private void declaredOtherwise() throws Exception {
        try (Connection connection = connect()) {
            attempt(
                    "declared",
                    () -> connection.management().queue(queue).quorum().queue().declare());
            publish(publisher(connection), "one");
        }
        left(1);
    }

    private void denied() {
        String user = RealClients10Test.POWERLESS;
        try (Connection connection = builder().username(user).password(user).build()) {
            attempt("publisher", () -> publisher(connection));
            attempt(
                    "publisher for any queue",
                    () -> connection.publisherBuilder().build());
            attempt(
                    "consumer",
                    () -> consumer(connection, 1)
                            .messageHandler((context, message) -> {})
                            .build());
            attempt("declared", () -> connection.management().queue(queue + "2").declare());
        }
    }
}
