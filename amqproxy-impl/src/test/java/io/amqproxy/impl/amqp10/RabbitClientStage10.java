package io.amqproxy.impl.amqp10;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.ConnectionBuilder;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.ConsumerBuilder;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** RabbitMQ 4, or a proxy in front of it, and what a program with its own Java client does there and notes down. */
abstract class RabbitClientStage10 extends ClientStage10 {

    /** A part of one that may fail. */
    interface Step {
        void run() throws Exception;
    }

    static final int WAIT = 10_000;

    final Environment environment = new AmqpEnvironmentBuilder().build();

    RabbitClientStage10(int port, String queue) {
        super(port, queue);
    }

    @Override
    public void close() {
        environment.close();
    }

    @Override
    void failed(String what, Exception failure) {
        say(what, what(failure));
    }

    /** The whole text counts, but for names that RabbitMQ and the client make up. */
    static String what(Throwable failure) {
        String text = String.valueOf(failure.getMessage()).replaceAll("[0-9a-f-]{20,}|<[0-9.]+>|:\\d+", "*");
        Throwable cause = failure.getCause();
        return failure.getClass().getSimpleName()
                + ' '
                + text.replaceAll("\\s+", " ")
                + (cause == null ? "" : " for " + cause.getClass().getSimpleName());
    }

    void attempt(String name, Step step) {
        try {
            step.run();
            say(name, "done");
        } catch (Exception e) {
            say(name, what(e));
        }
    }

    /** It is not opened again by itself. */
    ConnectionBuilder builder() {
        return environment
                .connectionBuilder()
                .host("127.0.0.1")
                .port(port)
                .username("guest")
                .password("guest")
                .recovery()
                .activated(false)
                .connectionBuilder();
    }

    Connection connect() {
        return builder().build();
    }

    Publisher publisher(Connection connection) {
        return connection.publisherBuilder().queue(queue).build();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(Message message) {
        return new String(message.body(), StandardCharsets.UTF_8);
    }

    /** Publishes each when the one before has its outcome. */
    void publish(Publisher publisher, String... texts) throws Exception {
        for (String text : texts) {
            publish(publisher, publisher.message(bytes(text)));
        }
    }

    void publish(Publisher publisher, Message message) throws Exception {
        String text = text(message);
        say("sent", text.length() > 100 ? text.length() + " characters" : text, outcome(publisher, message));
    }

    static String outcome(Publisher publisher, Message message) throws Exception {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        publisher.publish(message, context -> {
            Throwable failure = context.failureCause();
            outcome.complete(context.status() + (failure == null ? "" : " for " + what(failure)));
        });
        return outcome.get(WAIT, TimeUnit.MILLISECONDS);
    }

    ConsumerBuilder consumer(Connection connection, int credits) {
        return connection.consumerBuilder().queue(queue).initialCredits(credits);
    }

    /** Takes and accepts so many on a link of its own, which have to be all: as soon as it has one it asks for more. */
    void take(Connection connection, int count, int credits) throws Exception {
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        Consumer consumer = consumer(connection, credits)
                .messageHandler((context, message) -> {
                    context.accept();
                    texts.add(text(message));
                })
                .build();
        say("took", next(texts, count));
        consumer.close();
    }

    static List<String> next(BlockingQueue<String> texts, int count) throws InterruptedException {
        List<String> next = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = texts.poll(WAIT, TimeUnit.MILLISECONDS);
            next.add(text == null || text.length() <= 100 ? String.valueOf(text) : text.length() + " characters");
        }
        return next;
    }

    /** Says how many are in the queue in the end, which takes RabbitMQ a moment to know. */
    void left(int expected) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT);
        try (Connection connection = connect()) {
            long count = connection.management().queueInfo(queue).messageCount();
            while (count != expected && System.nanoTime() - deadline < 0) {
                Thread.sleep(10);
                count = connection.management().queueInfo(queue).messageCount();
            }
            say("left", count);
        }
    }
}
