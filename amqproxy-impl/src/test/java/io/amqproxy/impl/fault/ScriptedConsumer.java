package io.amqproxy.impl.fault;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client in a process of its own, which says each body before it acknowledges the message. */
final class ScriptedConsumer implements ConsumingClient {

    /** The body behind which it ends. */
    private static final String STOP = "stop";

    private final Consumer<Consumer<String>> script;
    private final ConsumerFaults.Publisher publisher;
    private final Consumer<String> onBody;
    private @Nullable CompletableFuture<Void> end;

    /**
     * A client that has not started.
     *
     * @param script runs it to its end, and tells of what it consumes
     */
    ScriptedConsumer(Consumer<Consumer<String>> script, ConsumerFaults.Publisher publisher, Consumer<String> onBody) {
        this.script = script;
        this.publisher = publisher;
        this.onBody = onBody;
    }

    @Override
    public void start() {
        end = CompletableFuture.runAsync(() -> script.accept(onBody));
    }

    @Override
    public void stop() throws Exception {
        publisher.publish(STOP);
        Objects.requireNonNull(end).get(1, TimeUnit.MINUTES);
    }
}
