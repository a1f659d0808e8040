package io.amqproxy.impl.amqp10;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.Resource;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Broker10;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a program with RabbitMQ's Java client for AMQP 1.0 sees that is refused, or closes things, or waits. */
final class RabbitClientClosings10 extends RabbitClientStage10 {

    /** Without a virtual host that there is not: RabbitMQ says no to it by closing the socket. */
    private static final Map<String, Program<RabbitClientClosings10>> PROGRAMS = new LinkedHashMap<>();

    static {
        PROGRAMS.put("a refused log-in", RabbitClientClosings10::refused);
        PROGRAMS.put("a queue that does not exist", RabbitClientClosings10::unknownQueue);
        PROGRAMS.put("an exchange that takes nothing", RabbitClientClosings10::closedExchanges);
        PROGRAMS.put("an exclusive queue", RabbitClientClosings10::exclusive);
        PROGRAMS.put("a queue deleted under its consumer", RabbitClientClosings10::deleted);
        PROGRAMS.put("a paused consumer", RabbitClientClosings10::paused);
        PROGRAMS.put("closed from the outside", RabbitClientClosings10::fromTheOutside);
        PROGRAMS.put("a connection for each message", RabbitClientClosings10::shortLived);
        PROGRAMS.put("many connections", RabbitClientClosings10::manyConnections);
        PROGRAMS.put("many links", RabbitClientClosings10::manyLinks);
        PROGRAMS.put("silence", RabbitClientClosings10::silence);
    }

    private RabbitClientClosings10(int port, String queue) {
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
        return play(PROGRAMS.get(name), new RabbitClientClosings10(port, queue));
    }

    private void refused() {
        attempt("wrong password", () -> builder().password("wrong").build());
        attempt("no such user", () -> builder().username("nobody").build());
        attempt("right password", () -> connect().close());
    }

    /** RabbitMQ ends the session for it, which the client has one of for all its publishers and consumers. */
    private void unknownQueue() throws Exception {
        try (Connection connection = connect()) {
            attempt(
                    "publisher",
                    () -> connection.publisherBuilder().queue("no " + queue).build());
            attempt("consumer", () -> consume(connection, "no " + queue));
            attempt("another", () -> publisher(connection));
        }
        try (Connection connection = connect()) {
            publish(publisher(connection), "one");
        }
        left(1);
    }

    private static Consumer consume(Connection connection, String queue) {
        return connection
                .consumerBuilder()
                .queue(queue)
                .messageHandler((context, message) -> context.accept())
                .build();
    }

    private void closedExchanges() throws Exception {
        for (String exchange : List.of("amq.rabbitmq.trace", "no exchange")) {
            try (Connection connection = connect()) {
                attempt(
                        exchange,
                        () -> connection
                                .publisherBuilder()
                                .exchange(exchange)
                                .key("key")
                                .build());
                attempt("another", () -> publisher(connection));
            }
        }
        left(0);
    }

    private void exclusive() throws Exception {
        String name = queue + "-own";
        try (Connection connection = connect();
                Connection other = connect()) {
            connection.management().queue(name).exclusive(true).declare();
            publish(connection.publisherBuilder().queue(name).build(), "one");
            attempt("own", () -> consume(connection, name).close());
            attempt("another's", () -> consume(other, name).close());
        }
        try (Connection connection = connect()) {
            Await.until("it is gone with its connection", () -> isGone(connection, name));
        }
    }

    private static boolean isGone(Connection connection, String name) {
        try {
            return connection.management().queueInfo(name) == null;
        } catch (AmqpEntityDoesNotExistException e) {
            return true;
        }
    }

    private void deleted() throws Exception {
        String name = queue + "-deleted";
        BlockingQueue<String> closings = new LinkedBlockingQueue<>();
        try (Connection connection = connect();
                Connection other = connect()) {
            other.management().queue(name).declare();
            connection
                    .consumerBuilder()
                    .queue(name)
                    .listeners(change -> {
                        if (change.currentState() == Resource.State.CLOSED) {
                            closings.add(change.failureCause() == null ? "no cause" : what(change.failureCause()));
                        }
                    })
                    .messageHandler((context, message) -> context.accept())
                    .build();
            other.management().queueDelete(name);
            say("closed", closings.poll(WAIT, TimeUnit.MILLISECONDS));
            publish(publisher(connection), "one");
        }
        left(1);
    }

    private void paused() throws Exception {
        BlockingQueue<Consumer.Context> held = new LinkedBlockingQueue<>();
        try (Connection connection = connect()) {
            publish(publisher(connection), texts(10));
            Consumer consumer = consumer(connection, 4)
                    .messageHandler((context, message) -> held.add(context))
                    .build();
            List<Consumer.Context> first = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                first.add(Objects.requireNonNull(held.poll(WAIT, TimeUnit.MILLISECONDS)));
            }
            consumer.pause();
            say("unsettled", consumer.unsettledMessageCount());
            first.forEach(Consumer.Context::accept);
            Await.until("they are settled", () -> consumer.unsettledMessageCount() == 0);
            say("more", held.poll(200, TimeUnit.MILLISECONDS) != null);
            consumer.unpause();
            say("goes on", held.poll(WAIT, TimeUnit.MILLISECONDS) != null);
            consumer.close();
        }
        left(6);
    }

    /** What was not settled goes back. */
    private void fromTheOutside() throws Exception {
        BlockingQueue<Consumer.Context> held = new LinkedBlockingQueue<>();
        Connection connection = connect();
        Publisher publisher = publisher(connection);
        publish(publisher, texts(3));
        Consumer consumer = consumer(connection, 1)
                .messageHandler((context, message) -> held.add(context))
                .build();
        Consumer.Context context = Objects.requireNonNull(held.poll(WAIT, TimeUnit.MILLISECONDS));
        connection.close();
        attempt("publisher", publisher::close);
        attempt("consumer", consumer::close);
        attempt("late", () -> publish(publisher, "late"));
        attempt("accept", context::accept);
        left(3);
    }

    private void shortLived() throws Exception {
        for (String text : texts(10)) {
            try (Connection connection = connect()) {
                publish(publisher(connection), text);
            }
        }
        try (Connection connection = connect()) {
            take(connection, 10, 10);
        }
        left(0);
    }

    private void manyConnections() throws Exception {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            connections.add(connect());
        }
        for (Connection connection : connections) {
            publish(publisher(connection), "m");
        }
        connections.forEach(Connection::close);
        left(30);
    }

    private void manyLinks() throws Exception {
        try (Connection connection = connect()) {
            for (String text : texts(20)) {
                publish(publisher(connection), text);
                publish(publisher(connection), text);
                take(connection, 2, 2);
            }
        }
        left(0);
    }

    /** Longer than the time-out that it announces. */
    private void silence() throws Exception {
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        try (Connection connection =
                builder().idleTimeout(Duration.ofSeconds(2)).build()) {
            consumer(connection, 1)
                    .messageHandler((context, message) -> {
                        context.accept();
                        texts.add(text(message));
                    })
                    .build();
            say(texts.poll(5, TimeUnit.SECONDS));
            publish(publisher(connection), "late");
            say(next(texts, 1));
        }
        left(0);
    }
}
