package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyListener;
import io.amqproxy.ProxyStats;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.internal.IpText;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Attacks, each beside a good client that goes on publishing; afterwards nothing of them is left. */
@Timeout(300)
@Tag("broker")
class AttacksTest {

    private static final int FEW_DESCRIPTORS = 400;
    private static final int MANY_CLIENTS = 700;
    /** What a good client may take on a slow machine. */
    private static final Duration SLOW = Duration.ofMinutes(2);

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private final Refused refused = new Refused();

    @Test
    void thousandsOfSilentConnections() throws Exception {
        List<SocketChannel> silent = new ArrayList<>();
        AmqProxy.Builder settings = builder().handshakeTimeout(SLOW);
        try (AmqProxy proxy = settings.start();
                RawClient before = RawClient.open(port(proxy))) {
            before.openChannel(1);
            ProxyStats calm = proxy.stats();
            int count = silentClients();
            proxy.reload(settings.handshakeTimeout(Duration.ofSeconds(4)));
            for (int i = 0; i < count; i++) {
                silent.add(connect(port(proxy), "127.0.1." + (1 + i % 50)));
            }
            Await.until("all have come", () -> proxy.stats().clientsTotal() - calm.clientsTotal() == count);
            proxy.reload(settings.handshakeTimeout(SLOW)); // For those who come from now on.

            try (RawClient good = RawClient.open(port(proxy))) {
                good.publishConfirmed("q");
            }
            before.write(RawClient.publish(1, "q", new byte[10]));
            Await.until("all silent ones are closed", () -> proxy.stats().clients() == 1);
            Await.until("the message arrived", () -> proxy.stats().published() == 2);
            assertThat(proxy.stats().clientsTotal() - calm.clientsTotal()).isEqualTo(count + 1L);
            Await.until("no buffers are held", () -> proxy.stats().bufferBytes() == 0);
        } finally {
            for (SocketChannel channel : silent) {
                channel.close();
            }
        }
    }

    /** Each takes two descriptors in this process. */
    private static int silentClients() {
        long limit = java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount()
                : 2_000;
        return (int) Math.min(10_000, (limit - 500) / 2);
    }

    @Test
    void aHugeFrameBeforeLogIn() throws Exception {
        try (AmqProxy proxy = builder().start();
                RawClient attacker = new RawClient(port(proxy));
                RawClient good = RawClient.open(port(proxy))) {
            attacker.write("AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1));
            attacker.expect(Method.CONNECTION_START);
            attacker.write(ByteBuffer.allocate(Frame.PAYLOAD_OFFSET)
                    .put((byte) Frame.METHOD)
                    .putShort((short) 0)
                    .putInt(100_000_000)
                    .array());
            assertThat(attacker.expect(Method.CONNECTION_CLOSE).code()).isEqualTo(501);
            sendUntilCutOff(attacker, 100);
            good.publishConfirmed("q");
            Await.until("only the good client is left", () -> proxy.stats().clients() == 1);
            Await.until("no buffers are held", () -> proxy.stats().bufferBytes() == 0);
        }
    }

    private static void sendUntilCutOff(RawClient attacker, int megabytes) {
        try {
            for (int i = 0; i < megabytes; i++) {
                attacker.write(new byte[1_000_000]);
            }
        } catch (java.io.IOException cutOff) {
            // What is dropped for 5 seconds may be less than all.
        }
    }

    @Test
    void thousandsOfWrongPasswords() throws Exception {
        try (AmqProxy proxy = builder().start();
                RawClient good = RawClient.open(port(proxy))) {
            good.openChannel(1);
            long before = broker.connectionsOpened();
            long begun = System.nanoTime();
            for (int i = 0; i < 5_000; i++) {
                try (RawClient guesser = new RawClient(port(proxy))) {
                    guesser.start("guest", "guess " + i);
                    assertThat(guesser.expect(Method.CONNECTION_CLOSE).code()).isIn(403, 530);
                }
            }
            assertThat(broker.connectionsOpened() - before).isBetween(5L, 5L + guessesSince(begun));
            try (RawClient next = RawClient.open(port(proxy))) {
                next.publishConfirmed("q");
            }
            good.write(RawClient.publish(1, "q", new byte[10]));
            Await.until("only the good client is left", () -> proxy.stats().clients() == 1);
            Await.until("no buffers are held", () -> proxy.stats().bufferBytes() == 0);
        }
    }

    /** One more may reach the broker each time that a block has ended; each is twice as long, up to ten seconds. */
    private static int guessesSince(long begun) {
        int guesses = 1;
        long left = System.nanoTime() - begun;
        for (long block = 1; left > 0; block = Math.min(2 * block, 10)) {
            guesses++;
            left -= TimeUnit.SECONDS.toNanos(block);
        }
        return guesses;
    }

    @Test
    void whoTriesManyUsersGuessesNoMoreOftenBecauseTheyAreOnDifferentLoops() throws Exception {
        try (AmqProxy proxy = builder().limits(limits -> limits.failedLogins(1)).start();
                RawClient good = RawClient.open(port(proxy))) {
            long before = broker.connectionsOpened();
            long begun = System.nanoTime();
            for (int i = 0; i < 40; i++) {
                try (RawClient guesser = new RawClient(port(proxy))) {
                    guesser.start("user " + i, "guess");
                    assertThat(guesser.expect(Method.CONNECTION_CLOSE).code()).isIn(403, 530);
                }
            }
            // Ten times as many as of one user.
            assertThat(broker.connectionsOpened() - before).isBetween(10L, 10L + guessesSince(begun));
            good.publishConfirmed("q");
        }
    }

    @Test
    void clientsThatHoldMuchMemoryAreClosedAndOthersGoOn() throws Exception {
        List<RawClient> hoarders = new ArrayList<>();
        AtomicBoolean isMemoryShort = new AtomicBoolean();
        ProxyListener watching = new ProxyListener() {
            @Override
            public void memoryShort(long bytes) {
                isMemoryShort.set(true);
            }
        };
        try (AmqProxy proxy =
                        builder().maxBufferBytes(1024 * 1024).listener(watching).start();
                RawClient good = RawClient.open(port(proxy))) {
            Await.until("memory is short", () -> {
                hoard(port(proxy), hoarders);
                return isMemoryShort.get();
            });
            good.publishConfirmed("q");
            Await.until("new clients are taken again", () -> {
                try (RawClient next = RawClient.open(port(proxy))) {
                    next.openChannel(1);
                    return true;
                } catch (java.io.IOException | AssertionError refusedStill) {
                    return false;
                }
            });
        } finally {
            for (RawClient hoarder : hoarders) {
                hoarder.kill();
            }
        }
    }

    /** One more client that holds memory, unless memory is short already: it is turned away then, or cut off. */
    private static void hoard(int port, List<RawClient> hoarders) {
        try {
            RawClient hoarder = new RawClient(port);
            hoarders.add(hoarder);
            hoarder.logIn("guest", "guest", "/").openChannel(1);
            hoarder.write(RawClient.frame(Frame.METHOD, 1, new byte[120_000]), 100_000);
        } catch (java.io.IOException | AssertionError refused) {
            // The listener is told of it a moment later.
        }
    }

    @Test
    void noDescriptorsLeft() throws Exception {
        Process process = fewDescriptors();
        List<SocketChannel> silent = new ArrayList<>();
        try (BufferedReader output =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                OutputStream input = process.getOutputStream()) {
            int port = Integer.parseInt(answer(output, "port "));
            try (RawClient denied = new RawClient(port, "127.0.0.99");
                    RawClient good = RawClient.open(port)) {
                assertThat(denied.isCutOff()).isTrue();
                good.publishConfirmed("q");
                // What is asked for later is asked for once now: its classes lie in files, and could not be loaded.
                assertThat(clients(input, output)).isEqualTo(1);
                for (int i = 0; i < MANY_CLIENTS; i++) {
                    silent.add(connect(port, "127.0.0.1"));
                }
                // The last came when there was no descriptor left for it: it is turned away, not left waiting.
                SocketChannel last = silent.get(silent.size() - 1);
                assertThat(isCutOff(last)).isTrue();
                for (int i = 0; i < 20; i++) {
                    good.write(RawClient.publish(1, "q", new byte[1]));
                    good.expect(Method.BASIC_ACK);
                }
                for (SocketChannel channel : silent) {
                    channel.close();
                }
                Await.until("the silent ones are gone", () -> clients(input, output) == 1);
                Await.until("new clients are served", () -> {
                    try (RawClient next = RawClient.open(port)) {
                        next.publishConfirmed("q");
                        return true;
                    } catch (java.io.IOException notYet) {
                        return false;
                    }
                });
                good.write(RawClient.publish(1, "q", new byte[1]));
                good.expect(Method.BASIC_ACK);
            }
        } finally {
            for (SocketChannel channel : silent) {
                channel.close();
            }
            process.destroyForcibly();
        }
    }

    private static Process fewDescriptors() throws Exception {
        List<String> command = List.of(
                "sh",
                "-c",
                "ulimit -n " + FEW_DESCRIPTORS + " && exec \"$0\" \"$@\"",
                System.getProperty("java.home") + "/bin/java",
                "-Xmx64m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                FewDescriptors.class.getName(),
                String.valueOf(broker.port()));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static int clients(OutputStream input, BufferedReader output) throws Exception {
        input.write('\n');
        input.flush();
        return Integer.parseInt(answer(output, "clients "));
    }

    private static String answer(BufferedReader output, String prefix) throws Exception {
        String line = output.readLine();
        while (line != null && !line.startsWith(prefix)) {
            line = output.readLine();
        }
        return Objects.requireNonNull(line, "the process ended").substring(prefix.length());
    }

    private static boolean isCutOff(SocketChannel channel) throws Exception {
        try {
            return channel.read(ByteBuffer.allocate(1)) < 0;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    private static SocketChannel connect(int port, String from) throws Exception {
        SocketChannel channel = SocketChannel.open();
        channel.bind(new InetSocketAddress(InetAddress.getByAddress(Objects.requireNonNull(IpText.parse(from))), 0));
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return channel;
    }

    private AmqProxy.Builder builder() {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .loops(2)
                .listener(refused);
    }

    private static int port(AmqProxy proxy) {
        return proxy.address().getPort();
    }
}
