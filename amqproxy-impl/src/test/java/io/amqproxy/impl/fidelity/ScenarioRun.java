package io.amqproxy.impl.fidelity;

import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One run of a scenario: where its clients connect to, names of its own, and what was seen. */
final class ScenarioRun implements AutoCloseable {

    private static final AtomicInteger RUNS = new AtomicInteger(10_000);
    private static final long STATE_LIMIT = Duration.ofMinutes(1).toNanos();

    private final BrokerNode broker;
    private final Login login;
    private final @Nullable AmqProxy proxy;
    private final UnaryOperator<String> states;
    private final String prefix = "run" + RUNS.incrementAndGet() + "-";
    private final Transcript transcript;
    private final List<AutoCloseable> opened = new ArrayList<>();
    /** What is said in a line after which nothing that is awaited comes any more. */
    private final @Nullable String lastWord;

    /** @param proxy that the login leads to; null where it is the broker */
    ScenarioRun(BrokerNode broker, Login login, @Nullable AmqProxy proxy) {
        this(broker, login, proxy, queue -> state(broker, login.vhost(), queue), null);
    }

    /**
     * @param states what state a queue is in, as {@link #await} says it
     * @param lastWord what is said in a line after which states are not waited for any more; null where there is none
     */
    ScenarioRun(
            BrokerNode broker,
            Login login,
            @Nullable AmqProxy proxy,
            UnaryOperator<String> states,
            @Nullable String lastWord) {
        this.broker = broker;
        this.login = login;
        this.proxy = proxy;
        this.states = states;
        this.lastWord = lastWord;
        this.transcript = new Transcript(prefix, login.port(), broker.port());
    }

    BrokerNode broker() {
        return broker;
    }

    /** Where clients connect to: the broker, or a proxy before it. */
    Login login() {
        return login;
    }

    /**
     * Waits until a proxy has heard that the broker closed all connections. What a client sends before that is no idle
     * client's: it may share the fate of the connection.
     */
    void awaitNoUpstreams() {
        AmqProxy between = proxy;
        if (between != null) {
            Await.until(
                    "the proxy has no connection to the broker",
                    () -> between.stats().upstreams() == 0);
        }
    }

    /** A name that no other run uses; in the transcript it is as it is here. */
    String name(String name) {
        return prefix + name;
    }

    Transcript transcript() {
        return transcript;
    }

    void say(String line) {
        transcript.add(line);
    }

    /** A client that is not connected yet; what it sends and sees is written down under this name. */
    Peer peer(String name) throws IOException {
        return closing(new Peer(name, login, transcript));
    }

    /** What listeners are told, which comes on other threads, is taken in order and written down under this name. */
    Heard heard(String name) {
        return new Heard(name, transcript);
    }

    /** Does something that may fail, and writes down what comes of it. */
    void attempt(String what, Attempt attempt) throws InterruptedException {
        Object answer;
        try {
            answer = attempt.make();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception failure) {
            answer = Heard.text(failure);
        }
        say(what + ": " + answer);
    }

    /** Something that may fail. */
    interface Attempt {
        /** The answer that is to be written down. */
        Object make() throws Exception;
    }

    <T extends AutoCloseable> T closing(T resource) {
        opened.add(resource);
        return resource;
    }

    /**
     * Waits until a queue is in a state, asked of the broker itself, and writes down what state it is in then. So the
     * end of what the broker does by and by is seen, and not how long it takes.
     *
     * @param state like {@code ready 1, unacked 0, consumers 2}, or {@code missing}
     */
    void await(String queue, String state) {
        awaitGenerated(name(queue), state);
    }

    /** The same for a queue whose name is the broker's. */
    void awaitGenerated(String queue, String state) {
        long deadline = System.nanoTime() + STATE_LIMIT;
        String found = states.apply(queue);
        while (!found.equals(state) && System.nanoTime() - deadline < 0 && !isOver()) {
            Thread.onSpinWait();
            found = states.apply(queue);
        }
        say("queue '" + queue + "': " + found);
    }

    /** Whether the last word was said. */
    boolean isOver() {
        String last = lastWord;
        return last != null && transcript.lines().stream().anyMatch(line -> line.contains(last));
    }

    private static String state(BrokerNode broker, String vhost, String queue) {
        return broker.eval(("try case rabbit_amqqueue:lookup(rabbit_misc:r(<<\"%s\">>, queue, <<\"%s\">>)) of"
                                + " {ok, Q} -> [{_, R}, {_, U}, {_, C}] = rabbit_amqqueue:info(Q, [messages_ready,"
                                + " messages_unacknowledged, consumers]), {R, U, C};"
                                + " {error, not_found} -> missing end catch _:_ -> ending end")
                        .formatted(vhost, queue))
                .strip()
                .replaceAll("\\{(\\d+),(\\d+),(\\d+)}", "ready $1, unacked $2, consumers $3");
    }

    @Override
    public void close() {
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
