package io.amqproxy.impl.priming;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.amqproxy.AmqProxy;
import io.amqproxy.impl.priming.Priming.Bounds;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.LogLines;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class PrimingTest {

    private final List<AmqProxy> started = new ArrayList<>();

    private AmqProxy proxy(int broker) {
        AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker)
                .listen(0)
                .loops(1)
                .start();
        started.add(proxy);
        return proxy;
    }

    /** None of these tests goes by a clock: what is waited for comes, or something else says that it never will. */
    private static final int PATIENCE_MILLIS = 300_000;

    private static final Bounds PATIENT = new Bounds(120, PATIENCE_MILLIS, Long.MAX_VALUE);

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "primed-by-test");
        thread.setDaemon(true);
        return thread;
    }

    /** Threads of which all but the first few cannot be started, as where the system has no more. */
    private static ThreadFactory threads(int most) {
        AtomicInteger count = new AtomicInteger();
        return task -> count.getAndIncrement() < most
                ? thread(task)
                : new Thread(task) {
                    @Override
                    public synchronized void start() {
                        throw new OutOfMemoryError("unable to create native thread");
                    }
                };
    }

    @Test
    void allClientsAreServedOverOneConnectionAndTheProxyHasEnded() {
        assertThat(new Priming(this::proxy, PrimingTest::thread, PATIENT).run()).isEqualTo(120);
        assertThat(started).singleElement().satisfies(proxy -> {
            assertThat(proxy.state()).isEqualTo(AmqProxy.State.CLOSED);
            assertThat(proxy.stats().clientsTotal()).isEqualTo(120);
            assertThat(proxy.stats().upstreamsTotal()).isEqualTo(1);
            assertThat(proxy.stats().published()).isEqualTo(120);
        });
    }

    @Test
    void figuresAreAskedForOnceTheFirstAreServed() {
        List<Long> clients = new ArrayList<>();
        new Priming(
                        broker -> {
                            AmqProxy proxy = proxy(broker);
                            return (AmqProxy) Proxy.newProxyInstance(
                                    PrimingTest.class.getClassLoader(),
                                    new Class<?>[] {AmqProxy.class},
                                    (self, method, arguments) -> {
                                        if (method.getName().equals("stats")) {
                                            clients.add(proxy.stats().clientsTotal());
                                        }
                                        return method.invoke(proxy, arguments);
                                    });
                        },
                        PrimingTest::thread,
                        PATIENT)
                .run();

        assertThat(clients).containsExactly(4L);
    }

    @Test
    void noMoreTimeIsTakenThanThereIs() {
        assertThat(new Priming(this::proxy, PrimingTest::thread, new Bounds(120, PATIENCE_MILLIS, 0)).run())
                .isZero();
        assertThat(started).singleElement().extracting(AmqProxy::state).isEqualTo(AmqProxy.State.CLOSED);
    }

    @Test
    void itWaitsWhileOthersHaveClientsOnceTheFirstAreServed() {
        AtomicInteger asked = new AtomicInteger();
        Priming priming = new Priming(this::proxy, PrimingTest::thread, PATIENT);
        priming.rest(() -> {
            assertThat(started.get(0).stats().clientsTotal()).isGreaterThanOrEqualTo(4);
            return asked.incrementAndGet() <= 2;
        });

        assertThat(priming.run()).isEqualTo(120);
        assertThat(asked.get()).isEqualTo(120 - 4 + 2);
    }

    @Test
    void aProxyThatCannotStartIsNoError() {
        assertThat(new Priming(
                                broker -> {
                                    throw new IllegalStateException("no descriptors");
                                },
                                PrimingTest::thread,
                                PATIENT)
                        .run())
                .isZero();
    }

    @Test
    void aProxyThatGetsNoThreadsIsNoError() {
        assertThat(new Priming(
                                broker -> {
                                    throw new OutOfMemoryError("unable to create native thread");
                                },
                                PrimingTest::thread,
                                PATIENT)
                        .run())
                .isZero();
    }

    @Test
    void nobodyHearsThatItGotNoThreadOfItsOwn() {
        new Priming(this::proxy, threads(0), PATIENT).begin();

        assertThat(started).isEmpty();
    }

    @Test
    void withoutAThreadForTheBrokerNoProxyIsStarted() {
        assertThat(new Priming(this::proxy, threads(0), PATIENT).run()).isZero();
        assertThat(started).isEmpty();
    }

    /** The proxy's probe would wait; it hears that the broker is gone. */
    @Test
    void withoutThreadsForItsConnectionsTheBrokerIsGone() {
        AtomicInteger port = new AtomicInteger();
        int served = new Priming(
                        broker -> {
                            port.set(broker);
                            AmqProxy proxy = proxy(broker);
                            awaitRefusal(broker);
                            proxy.close();
                            return proxy;
                        },
                        threads(1),
                        PATIENT)
                .run();

        assertThat(served).isZero();
        awaitRefusal(port.get());
    }

    /** A listening socket that is closed goes on until the thread that waits for connections there has heard of it. */
    private static void awaitRefusal(int port) {
        Await.until("port " + port + " is closed", Duration.ofMinutes(4), () -> !isOpen(port));
    }

    private static boolean isOpen(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    @Test
    void itGivesUpOnAProxyThatNeverAnswersAndEndsIt() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        AtomicInteger port = new AtomicInteger();
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            AmqProxy proxy = (AmqProxy) Proxy.newProxyInstance(
                    AmqProxy.class.getClassLoader(), new Class<?>[] {AmqProxy.class}, (self, method, arguments) -> {
                        closed.compareAndSet(false, method.getName().equals("close"));
                        return method.getName().equals("address") ? mute.getLocalSocketAddress() : null;
                    });
            int served = new Priming(
                            broker -> {
                                port.set(broker);
                                return proxy;
                            },
                            PrimingTest::thread,
                            new Bounds(120, 1, Long.MAX_VALUE))
                    .run();

            assertThat(served).isZero();
            assertThat(closed).isTrue();
            awaitRefusal(port.get());
        }
    }

    @Test
    void aProxyThatEndsMeanwhileIsNoError() {
        int served = new Priming(
                        broker -> {
                            AmqProxy proxy = proxy(broker);
                            proxy.close();
                            return proxy;
                        },
                        PrimingTest::thread,
                        PATIENT)
                .run();
        assertThat(served).isZero();
    }

    @Test
    void itIsDoneOnceAndNobodyHearsOfIt() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger log = (Logger) LoggerFactory.getLogger("io.amqproxy");
        LogLines lines = LogLines.ofThisThreadAnd("amqproxy-priming");
        lines.setContext(root.getLoggerContext());
        lines.start();
        log.setLevel(Level.INFO);
        log.addAppender(lines);
        try {
            AmqProxy.prime();
            AmqProxy.prime();
            Await.until("its threads have ended", Duration.ofMinutes(2), PrimingTest::isOver);
            assertThat(lines.list).isEmpty();
        } finally {
            log.detachAppender(lines);
            log.setLevel(null);
        }
    }

    private static boolean isOver() {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("amqproxy-priming"));
    }
}
