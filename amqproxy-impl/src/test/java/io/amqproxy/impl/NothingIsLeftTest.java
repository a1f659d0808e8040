package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyListener;
import io.amqproxy.SetupException;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Descriptors and threads are counted over many proxies that were closed in the midst of things, or could not start.
 */
@Timeout(300)
@EnabledOnOs(OS.LINUX)
@Tag("broker")
class NothingIsLeftTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private static final String NAME = "counted";
    private static final int CYCLES = 200;
    /** What the broker, in the same JVM, may open meanwhile; one descriptor of each proxy of a kind would be more. */
    private static final int OF_THE_BROKER = 14;

    private interface Cycle {
        void run() throws Exception;
    }

    @Test
    void afterTwoHundredProxiesThereAreAsManyDescriptorsAndThreadsAsBefore() throws Exception {
        List<Cycle> cycles = List.of(
                NothingIsLeftTest::closedAtOnce,
                NothingIsLeftTest::closedWithClients,
                NothingIsLeftTest::closedWhileClientsLogIn,
                NothingIsLeftTest::closedWhileAHandshakeHasBegun,
                NothingIsLeftTest::closedByAThreadThatIsInterrupted,
                NothingIsLeftTest::drainedWithAClientThatStays,
                NothingIsLeftTest::startedAtAPortInUse,
                NothingIsLeftTest::startedWithoutACertificate,
                NothingIsLeftTest::startedWithoutAThread);
        for (Cycle cycle : cycles) {
            cycle.run();
        }
        long before = descriptors();

        for (int i = 0; i < CYCLES; i++) {
            cycles.get(i % cycles.size()).run();
        }

        Await.until("there are no more descriptors than " + before, () -> descriptors() <= before + OF_THE_BROKER);
        Await.until(
                "no thread is left",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith(NAME)));
    }

    @Test
    void aStartThatFailedSaysWhatWasMissingAndMayBeTriedAgain() throws Exception {
        AmqProxy.Builder builder;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            builder = builder().listen(taken.getLocalPort());

            assertThatThrownBy(builder::start)
                    .isInstanceOfSatisfying(
                            SetupException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(SetupException.Kind.ADDRESS))
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
        builder.start().close();
        assertThatThrownBy(builder().listen("no.such.host.invalid", 0)::start)
                .isInstanceOf(SetupException.class)
                .hasMessageContaining("no.such.host.invalid");
    }

    @Test
    void listenersOfAProxyThatCouldNotStartAreToldNothing() {
        ProxyListener listener = new ProxyListener() {
            @Override
            public void proxyStarted(InetSocketAddress address) {
                throw new AssertionError("it did not start");
            }
        };
        CountDownLatch loops = new CountDownLatch(1);
        AmqProxy.Builder builder = builder().loops(2).listener(listener).threadFactory(task -> new Thread(task) {
            @Override
            public synchronized void start() {
                if (getName().endsWith("loop-1")) {
                    loops.countDown();
                    throw new OutOfMemoryError("unable to create native thread, on purpose");
                }
                assertThat(getName()).doesNotEndWith("events");
                super.start();
            }
        });

        assertThatThrownBy(builder::start).isInstanceOf(OutOfMemoryError.class);

        assertThat(loops.getCount()).isZero();
    }

    private static void closedAtOnce() {
        builder().start().close();
    }

    private static void closedWithClients() throws Exception {
        try (AmqProxy proxy = builder().start()) {
            for (int i = 0; i < 3; i++) {
                factory(proxy).newConnection().createChannel().exchangeDeclarePassive("amq.direct");
            }
        }
    }

    private static void closedByAThreadThatIsInterrupted() {
        AmqProxy proxy = builder().start();
        Thread.currentThread().interrupt();
        proxy.close();
        assertThat(Thread.interrupted()).isTrue();
    }

    private static void drainedWithAClientThatStays() throws Exception {
        AmqProxy proxy = builder().start();
        factory(proxy).newConnection().createChannel().exchangeDeclarePassive("amq.direct");
        proxy.drain(Duration.ofMillis(20));
        assertThat(proxy.state()).isEqualTo(AmqProxy.State.CLOSED);
    }

    /** Some are between two loops then. */
    private static void closedWhileClientsLogIn() throws Exception {
        AmqProxy proxy = builder().loops(4).start();
        Thread[] clients = new Thread[4];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = new Thread(() -> {
                try {
                    factory(proxy).newConnection().abort();
                } catch (IOException | TimeoutException closed) {
                    // As it may be.
                }
            });
            clients[i].start();
        }
        Await.until(
                "a client has come", Duration.ofSeconds(60), () -> proxy.stats().clientsTotal() > 0);
        proxy.close();
        for (Thread client : clients) {
            client.join();
        }
    }

    private static void closedWhileAHandshakeHasBegun() throws Exception {
        try (AmqProxy proxy = builder().start();
                Socket client = new Socket(
                        InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
            client.getOutputStream().write("AMQP".getBytes(StandardCharsets.US_ASCII));
            Await.until("the client has come", () -> proxy.stats().clients() == 1);
        }
    }

    private static void startedAtAPortInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(builder().listen(taken.getLocalPort())::start).isInstanceOf(SetupException.class);
        }
    }

    private static void startedWithoutACertificate() {
        AmqProxy.Builder builder = builder()
                .listenTls("127.0.0.1", 0, tls -> tls.certificate(Path.of("no-such-file"), Path.of("no-such-file")));
        assertThatThrownBy(builder::start)
                .isInstanceOfSatisfying(
                        SetupException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(SetupException.Kind.CERTIFICATE));
    }

    private static void startedWithoutAThread() {
        AmqProxy.Builder builder = builder().loops(3).threadFactory(task -> new Thread(task) {
            @Override
            public synchronized void start() {
                if (getName().endsWith("loop-2")) {
                    throw new OutOfMemoryError("unable to create native thread, on purpose");
                }
                super.start();
            }
        });
        assertThatThrownBy(builder::start).isInstanceOf(OutOfMemoryError.class);
    }

    private static ConnectionFactory factory(AmqProxy proxy) {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    private static AmqProxy.Builder builder() {
        return AmqProxy.builder()
                .name(NAME)
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0);
    }

    /** Sockets and selectors; the JVM opens files of classes when it likes. */
    private static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.map(NothingIsLeftTest::target)
                    .filter(target -> target.startsWith("socket:") || target.startsWith("anon_inode:"))
                    .count();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closed) {
            return "";
        }
    }
}
