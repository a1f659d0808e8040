package io.amqproxy.impl.amqp10;

import io.amqproxy.testkit.Broker10;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A broker, or a proxy in front of it, and what a program with some client library does there and notes down. */
abstract class ClientStage10 implements AutoCloseable {

    /** One program; what it sees goes to the lines. */
    interface Program<S> {
        void run(S stage) throws Exception;
    }

    /** What the last line of a program begins with that did not come to its end. */
    static final String FAILED = "failed";

    final int port;
    final String queue;
    final List<String> lines = Collections.synchronizedList(new ArrayList<>());

    ClientStage10(int port, String queue) {
        this.port = port;
        this.queue = queue;
    }

    /**
     * Runs a program, and closes its stage.
     *
     * @return what it saw
     */
    static <S extends ClientStage10> List<String> play(@Nullable Program<? super S> program, S stage) {
        try (stage) {
            Objects.requireNonNull(program).run(stage);
        } catch (Exception failure) {
            stage.failed(FAILED, failure);
        }
        return List.copyOf(stage.lines);
    }

    /** {@return of these programs those that this broker can serve directly} */
    static List<String> names(Collection<String> programs, List<String> notAtRabbitMq, Broker10.Kind kind) {
        List<String> names = new ArrayList<>(programs);
        if (kind == Broker10.Kind.RABBITMQ_4) {
            names.removeAll(notAtRabbitMq);
        }
        return names;
    }

    /** {@return so many, each another one} */
    static String[] texts(int count) {
        return IntStream.range(0, count).mapToObj(i -> "m" + i).toArray(String[]::new);
    }

    void say(@Nullable Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(word).append(' ');
        }
        lines.add(line.toString().strip());
    }

    /** Notes what counts of a failure: not what names hosts, containers or processes. */
    abstract void failed(String what, Exception failure);

    @Override
    public void close() {}
}
