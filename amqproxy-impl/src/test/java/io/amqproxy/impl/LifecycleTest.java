package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;
import static org.mockito.Mockito.withSettings;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseInfo;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Ports;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.spi.FileSystemProvider;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.MockMakers;

/** A proxy can always be closed, by whomever, and nothing of it is left then. */
@Timeout(300)
@Tag("broker")
class LifecycleTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private static final String NAME = "lifecycle";

    private final AtomicReference<AmqProxy> running = new AtomicReference<>();

    @AfterEach
    void noThreadIsLeft() {
        Thread.interrupted();
        Await.until("all threads have ended: " + threads(), () -> threads().isEmpty());
    }

    private static AmqProxy.Builder withAuthorities(Path file) {
        return AmqProxy.builder()
                .upstream("amqps://127.0.0.1:" + Ports.free())
                .upstreamTls(tls -> tls.trust(file))
                .tlsReload(Duration.ZERO)
                .listen(0);
    }

    /** A file with certificates may be on a disk that does not answer. */
    @Test
    void aReloadThatCannotReadAFileKeepsNobodyFromPausingOrClosing(@TempDir Path directory) throws Exception {
        Path file = Authority.named("known").writeCertificate(directory.resolve("ca.pem"));
        AmqProxy proxy = withAuthorities(file).start();
        CountDownLatch isRead = new CountDownLatch(1);
        CountDownLatch isGone = new CountDownLatch(1);
        AmqProxy.Builder changed = withAuthorities(onADisk(() -> {
            isRead.countDown();
            isGone.await();
        }));
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        new Thread(() -> outcome.complete(catchThrowable(() -> proxy.reload(changed)))).start();
        assertThat(isRead.await(1, TimeUnit.MINUTES)).isTrue();

        proxy.pause();
        proxy.close();
        assertThat(outcome).isNotDone();
        isGone.countDown();
        assertThat(outcome.get(1, TimeUnit.MINUTES)).isInstanceOf(RuntimeException.class);
    }

    private interface Answer {
        void await() throws InterruptedException;
    }

    /** {@return a file on a disk that fails when it answers} */
    private static Path onADisk(Answer answer) throws IOException {
        Path file = mock(Path.class, withSettings().mockMaker(MockMakers.SUBCLASS));
        FileSystem disk = mock(FileSystem.class, withSettings().mockMaker(MockMakers.SUBCLASS));
        FileSystemProvider provider =
                mock(FileSystemProvider.class, withSettings().mockMaker(MockMakers.SUBCLASS));
        when(file.getFileSystem()).thenReturn(disk);
        when(disk.provider()).thenReturn(provider);
        doAnswer(asked -> {
                    answer.await();
                    throw new IOException("the disk is gone");
                })
                .when(provider)
                .checkAccess(any(), any());
        return file;
    }

    @Test
    void anInterruptEndsTheGraceAndNotTheClosing() throws Exception {
        AmqProxy proxy = builder().start();
        connect(proxy);
        Thread.currentThread().interrupt();

        assertThat(proxy.drain(ChronoUnit.FOREVER.getDuration())).isFalse();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(proxy.state()).isEqualTo(AmqProxy.State.CLOSED);
    }

    @Test
    void whoIsInterruptedWhileItStartsHasAProxyThatServesAndCanBeClosed() throws Exception {
        Thread.currentThread().interrupt();
        AmqProxy proxy = builder().listen("localhost", 0).start();
        assertThat(Thread.interrupted())
                .as("the interrupt is kept for its caller")
                .isTrue();

        connect(proxy).close();
        proxy.close();

        assertThat(proxy.state()).isEqualTo(AmqProxy.State.CLOSED);
    }

    @Test
    void whoIsInterruptedIsAnsweredAllTheSame() {
        AmqProxy proxy = builder().start();
        Thread.currentThread().interrupt();

        assertThat(proxy.stats().clients()).isZero();
        proxy.pause();
        proxy.resume();
        proxy.reload(builder());
        proxy.close();

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whatIsNoDurationIsRefusedBeforeAnythingIsChanged() {
        AmqProxy proxy = builder().start();

        assertThatNullPointerException().isThrownBy(() -> proxy.drain(nothing()));
        assertThatNullPointerException().isThrownBy(() -> proxy.drainAsync(nothing()));

        assertThat(proxy.state()).isEqualTo(AmqProxy.State.RUNNING);
        proxy.close();
        assertThat(proxy.state()).isEqualTo(AmqProxy.State.CLOSED);
    }

    @Test
    void anyDurationWillDo() {
        for (Duration grace : List.of(
                ChronoUnit.FOREVER.getDuration(),
                Duration.ofSeconds(Long.MIN_VALUE),
                Duration.ofNanos(-1),
                Duration.ZERO)) {
            assertThat(builder().start().drain(grace)).isTrue();
        }
    }

    @Test
    void ofSeveralGracesTheShortestCounts() throws Exception {
        AmqProxy proxy = builder().start();
        connect(proxy);
        CompletableFuture<Boolean> first =
                proxy.drainAsync(ChronoUnit.FOREVER.getDuration()).toCompletableFuture();
        assertThat(proxy.state()).isEqualTo(AmqProxy.State.DRAINING);
        CompletableFuture<Boolean> second = proxy.drainAsync(Duration.ofDays(1)).toCompletableFuture();
        assertThat(first).isNotDone();

        assertThat(proxy.drain(Duration.ofMillis(1))).isFalse();

        assertThat(first.get(60, TimeUnit.SECONDS)).isFalse();
        assertThat(second.get(60, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void whoCancelsTheAnswerDoesNotCancelTheEnd() {
        AmqProxy proxy = builder().start();

        proxy.drainAsync(Duration.ZERO).toCompletableFuture().cancel(true);

        assertThat(proxy.drain(Duration.ZERO)).isTrue();
    }

    @Test
    void aPolicyMayCloseTheProxy() throws Exception {
        closedBy(builder -> builder.policy((request, pool) -> {
            close();
            return Placement.open("");
        }));
    }

    @Test
    void aListenerMayCloseTheProxyAndIsToldToTheEnd() throws Exception {
        CompletableFuture<Boolean> stopped = new CompletableFuture<>();
        closedBy(builder -> builder.listener(new ProxyListener() {
            @Override
            public void clientAuthenticated(ClientInfo client) {
                close();
            }

            @Override
            public void proxyStopped() {
                stopped.complete(true);
            }
        }));
        assertThat(stopped.get(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aMapperMayCloseTheProxy() throws Exception {
        closedBy(builder -> builder.credentialMapper(login -> {
            close();
            return CompletableFuture.completedFuture(UpstreamLogin.asClient());
        }));
    }

    @Test
    void aPolicyThatNeverComesBackKeepsNobodyFromClosing() throws Exception {
        CountDownLatch inPolicy = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        PoolPolicy stuck = (request, pool) -> {
            inPolicy.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.complete(true);
            }
            return Placement.await();
        };
        AmqProxy proxy = builder()
                .loops(1)
                .policy(stuck)
                .closeTimeout(Duration.ofSeconds(1))
                .start();
        Thread client = client(proxy);
        assertThat(inPolicy.await(60, TimeUnit.SECONDS)).isTrue();

        proxy.close();

        assertThat(interrupted.get(60, TimeUnit.SECONDS)).isTrue();
        client.join();
    }

    /** It is held up, and takes the settings over when it goes on, as all others do at once. */
    @Test
    void aReloadIsWholeAlthoughALoopDoesNotAnswer() throws Exception {
        CountDownLatch inPolicy = new CountDownLatch(1);
        CountDownLatch letGo = new CountDownLatch(1);
        PoolPolicy stuck = (request, pool) -> {
            inPolicy.countDown();
            try {
                letGo.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return PoolPolicy.multiplexed().place(request, pool);
        };
        AmqProxy proxy = builder().loops(2).policy(stuck).start();
        Thread client = client(proxy);
        assertThat(inPolicy.await(60, TimeUnit.SECONDS)).isTrue();

        proxy.reload(builder()
                .loops(2)
                .route("orders", route -> route.upstream(upstream()).users("guest")));

        letGo.countDown();
        client.join();
        try (Connection connection = connect(proxy)) {
            connection.createChannel().exchangeDeclarePassive("amq.direct");
            assertThat(proxy.clients()).extracting(ClientInfo::route).containsExactly("orders");
        }
        proxy.close();
    }

    @Test
    void whatAnApplicationLeavesInterruptedServesOn() throws Exception {
        CountDownLatch leases = new CountDownLatch(2);
        PoolPolicy careless = (request, pool) -> {
            Thread.currentThread().interrupt();
            return PoolPolicy.multiplexed().place(request, pool);
        };
        AmqProxy proxy = builder()
                .policy(careless)
                .listener(new ProxyListener() {
                    @Override
                    public void channelLeased(LeaseInfo lease, Duration waited) {
                        leases.countDown();
                        Thread.currentThread().interrupt();
                    }
                })
                .start();
        try (proxy) {
            for (int i = 0; i < 2; i++) {
                try (Connection connection = connect(proxy)) {
                    connection.createChannel().exchangeDeclarePassive("amq.direct");
                }
            }
            assertThat(leases.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void whatIsAskedAfterTheEndHasAnAnswer() {
        AmqProxy proxy = builder().start();
        proxy.close();

        assertThat(proxy.clients()).isEmpty();
        assertThat(proxy.closeClient(1, "gone")).isFalse();
        assertThat(proxy.drainPool("guest", "/")).isZero();
        assertThat(proxy.stats().clients()).isZero();
        proxy.pause();
        proxy.resume();
        assertThatThrownBy(() -> proxy.reload(builder())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theThreadsAreOfTheApplicationsFactoryAndHaveTheProxysName() {
        ThreadGroup group = new ThreadGroup("mine");
        try (AmqProxy proxy = builder()
                .threadFactory(task -> new Thread(group, task))
                .listener(new ProxyListener() {})
                .start()) {
            assertThat(proxy.name()).isEqualTo(NAME);
            Thread[] all = new Thread[100];
            int count = group.enumerate(all);
            assertThat(Arrays.stream(all, 0, count).map(Thread::getName))
                    .contains(NAME + "-loop-0", NAME + "-events")
                    .allMatch(name -> name.startsWith(NAME + "-"));
        }
    }

    @Test
    void withoutAThreadForItTheCallerDoesTheClosing() {
        AmqProxy proxy = builder()
                .threadFactory(task -> new Thread(task) {
                    @Override
                    public synchronized void start() {
                        if (getName().endsWith("-close")) {
                            throw new OutOfMemoryError("unable to create native thread, on purpose");
                        }
                        super.start();
                    }
                })
                .start();

        assertThat(proxy.drain(Duration.ZERO)).isTrue();

        assertThat(proxy.state()).isEqualTo(AmqProxy.State.CLOSED);
    }

    private void closedBy(Consumer<AmqProxy.Builder> settings) throws Exception {
        AmqProxy.Builder builder = builder();
        settings.accept(builder);
        AmqProxy proxy = builder.start();
        running.set(proxy);
        Thread client = client(proxy);

        Await.until("the proxy has ended", () -> proxy.state() == AmqProxy.State.CLOSED);

        client.join();
    }

    private void close() {
        Objects.requireNonNull(running.get()).close();
    }

    /** Does something that needs an upstream, however it ends. */
    private static Thread client(AmqProxy proxy) {
        Thread thread = new Thread(() -> {
            try (Connection connection = connect(proxy)) {
                connection.createChannel().exchangeDeclarePassive("amq.direct");
            } catch (Exception closed) {
                // As it has to be: the proxy was closed meanwhile.
            }
        });
        thread.start();
        return thread;
    }

    private static Connection connect(AmqProxy proxy) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private static AmqProxy.Builder builder() {
        return AmqProxy.builder().name(NAME).upstream(upstream()).listen(0);
    }

    private static String upstream() {
        return "amqp://127.0.0.1:" + broker.port();
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith(NAME))
                .sorted()
                .toList();
    }

    @SuppressWarnings("NullAway") // what the compiler would not let through
    private static Duration nothing() {
        return null;
    }
}
