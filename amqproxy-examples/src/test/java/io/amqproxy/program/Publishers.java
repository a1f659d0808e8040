package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.ForeignClient10;
import io.amqproxy.testkit.Login;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Programs with pika, php-amqplib and Proton that publish at one port until they are told to end, each message over a
 * connection of its own. One that hears of anything ends, and fails.
 */
final class Publishers {

    private static final int AT_ONCE = 20;

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<AtomicInteger> published = new ArrayList<>();
    private final List<CompletableFuture<Void>> clients = new ArrayList<>();

    private Publishers() {}

    /** Where one of them is missing the test is skipped, or fails. */
    static void require() {
        ForeignClient.PIKA.require();
        ForeignClient.PHP_AMQPLIB.require();
        ForeignClient10.PROTON.require();
    }

    /** They publish to a queue of Broker-J. */
    static Publishers start(int port, String queue) {
        Publishers all = new Publishers();
        for (ForeignClient client : List.of(ForeignClient.PIKA, ForeignClient.PHP_AMQPLIB)) {
            all.start(() -> client.publishEach(Login.guest(port), queue, AT_ONCE, client.name()));
        }
        all.start(() -> ForeignClient10.PROTON.publishEach(port, "default", queue, AT_ONCE));
        return all;
    }

    private void start(Runnable some) {
        AtomicInteger count = new AtomicInteger();
        published.add(count);
        clients.add(CompletableFuture.runAsync(
                () -> {
                    while (!isOver.get()) {
                        some.run();
                        count.addAndGet(AT_ONCE);
                    }
                },
                task -> new Thread(task, "publisher").start()));
    }

    /** {@return how many messages they have published} */
    int count() {
        return published.stream().mapToInt(AtomicInteger::get).sum();
    }

    /** Waits until each of them has published some that it began now. */
    void awaitMessages() {
        List<Integer> before = published.stream().map(AtomicInteger::get).toList();
        await("each client publishes", () -> {
            boolean all = true;
            for (int i = 0; i < before.size(); i++) {
                all &= published.get(i).get() > before.get(i) + AT_ONCE;
            }
            return all;
        });
    }

    /** Waits for something, unless one of them has ended. */
    void await(String what, Callable<Boolean> condition) {
        Await.until(what, () -> {
            clients.stream().filter(CompletableFuture::isDone).forEach(CompletableFuture::join);
            return condition.call();
        });
    }

    /** They end in order. */
    void end() {
        isOver.set(true);
        assertThat(clients).allSatisfy(client -> assertThat(client).succeedsWithin(60, TimeUnit.SECONDS));
    }
}
