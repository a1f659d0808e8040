package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.tls.ClientEngines;
import io.amqproxy.impl.tls.ClientTlsSettings;
import io.amqproxy.impl.tls.UpstreamTlsSettings;
import io.amqproxy.testkit.Authority;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server's transport with a socket that a test makes as narrow as it likes, against a client in memory. The loops are
 * not started: what they are asked to do, they do when the test says so.
 */
@Timeout(300)
class TlsTransportTest {

    private static final String HOST = "proxy.example";
    private static final int READ_BUFFER = 256 * 1024;

    @TempDir
    private Path directory;

    private final NarrowChannel channel = new NarrowChannel();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final List<IOException> failures = new ArrayList<>();
    private ClientEngines engines;
    private EventLoop loop;
    private ByteQueue out;
    private TlsEnds.End client;
    private TlsTransport transport;

    @BeforeEach
    void connect() throws Exception {
        Authority authority = Authority.named("test authority");
        Authority.Issued issued = authority.issue(HOST, HOST);
        UpstreamTlsSettings theirs = new UpstreamTlsSettings();
        theirs.trust(authority.writeCertificate(directory.resolve("ca.pem")));
        ClientTlsSettings ours = new ClientTlsSettings();
        ours.certificate(
                issued.writeCertificate(directory.resolve("own.pem")), issued.writeKey(directory.resolve("own.key")));
        engines = ours.engines("here");
        client = new TlsEnds.End(theirs.engines(HOST, 1).newEngine());
        loop = newLoop();
        out = new ByteQueue(loop.context().chunks);
        transport =
                new TlsTransport(loop, channel, new Owner(), engines.newEngine(), TlsTaskExecutor.inOrder(tasks::add));
        transport.open();
    }

    /** Reads whenever the transport asks for it. */
    private final class Owner implements Transport.Owner {
        @Override
        public void onEstablished() {}

        @Override
        public void flush() {}

        @Override
        public void onFailure(IOException failure) {
            failures.add(failure);
        }

        @Override
        public void onProgress() {
            try {
                read();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    @Test
    void anIdleConnectionHoldsNoMemory() throws Exception {
        exchange();
        client.send(bytes(100_000));
        out.append(ByteBuffer.wrap(bytes(100_000)), 0, 100_000);
        exchange();

        assertThat(received.toByteArray()).isEqualTo(bytes(100_000));
        assertThat(client.received()).isEqualTo(bytes(100_000));
        assertThat(loop.context().chunks.usedBytes()).isZero();
    }

    @Test
    void nothingIsReadAndTheEngineIsLeftAloneWhileTasksRun() throws Exception {
        channel.deliver(client.output());

        assertThat(read()).isEqualTo(Transport.WAITING);
        assertThat(tasks).hasSize(1);
        channel.deliver(new byte[] {1, 2, 3});
        assertThat(read()).isEqualTo(Transport.WAITING);
        assertThat(transport.write(out)).isFalse();
        assertThat(transport.detach()).isFalse();
        transport.close();

        assertThat(channel.written()).isEmpty();
    }

    @Test
    void tooManyTasksFailTheConnection() throws Exception {
        TlsTransport busy =
                new TlsTransport(loop, channel, new Owner(), engines.newEngine(), TlsTaskExecutor.inOrder(task -> {
                    throw new RejectedExecutionException("full");
                }));
        busy.open();
        channel.deliver(client.output());

        assertThat(busy.read(buffer())).isEqualTo(Transport.WAITING);
        loop.runCommands();
        assertThat(failures)
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessage("too many TLS handshakes under way"));
    }

    @Test
    void tasksOfAConnectionThatIsClosedAreWithdrawn() throws Exception {
        TlsHandshakeQueue queue = new TlsHandshakeQueue(tasks::add, 1, 10);
        TlsTransport gone =
                new TlsTransport(loop, channel, new Owner(), engines.newEngine(), queue.of(new AddressKey(4, 1), null));
        gone.open();
        channel.deliver(client.output());
        assertThat(gone.read(buffer())).isEqualTo(Transport.WAITING);
        assertThat(queue.size()).isEqualTo(1);

        gone.close();
        assertThat(queue.size()).isZero();
    }

    @Test
    void aFullSocketHoldsBackWhatIsStillToEncrypt() throws Exception {
        exchange();
        out.append(ByteBuffer.wrap(bytes(1_000_000)), 0, 1_000_000);
        channel.allow(50_000);

        assertThat(transport.write(out)).isTrue();

        assertThat(out.size()).isGreaterThan(800_000);
        assertThat(loop.context().chunks.usedBytes()).isLessThan(1_400_000);
        for (int i = 0; i < 1000 && !out.isEmpty(); i++) {
            channel.allow(10_007);
            assertThat(transport.write(out) || out.isEmpty()).isTrue();
            receive(channel.written());
        }
        channel.allow(Integer.MAX_VALUE);
        exchange();
        assertThat(client.received()).isEqualTo(bytes(1_000_000));
    }

    @Test
    void bytesOfAReadBufferAreSentBehindThoseOfTheQueue() throws Exception {
        exchange();
        byte[] bytes = bytes(200_000);
        out.append(ByteBuffer.wrap(bytes), 0, 1000);
        channel.allow(50_000);
        ByteBuffer rest = ByteBuffer.wrap(bytes);

        int sent = transport.send(out, rest.position(1000));

        assertThat(sent).isBetween(1, 198_999);
        assertThat(out.isEmpty()).isTrue();
        out.append(ByteBuffer.wrap(bytes), 1000 + sent, bytes.length);
        channel.allow(Integer.MAX_VALUE);
        exchange();
        assertThat(client.received()).isEqualTo(bytes);
    }

    @Test
    void aPeerThatAsksForNewKeysAndDoesNotReadIsNotReadEither() throws Exception {
        exchange();
        channel.allow(0);
        int answer = 0;
        for (int i = 0; i < 10 && answer != Transport.WAITING; i++) {
            client.engine().beginHandshake();
            channel.deliver(client.output());
            answer = read();
        }
        assertThat(answer).isEqualTo(Transport.WAITING);
        client.send(bytes(1000));
        channel.deliver(client.output());
        assertThat(read()).isEqualTo(Transport.WAITING);

        channel.allow(Integer.MAX_VALUE);
        exchange();

        assertThat(received.size()).isEqualTo(1000);
    }

    @Test
    void aConnectionMovesWithHalfARecordAndWhatWasNotSent() throws Exception {
        exchange();
        client.send(bytes(5000));
        byte[] record = client.output();
        channel.deliver(Arrays.copyOf(record, 3000));
        assertThat(read()).isZero();
        out.append(ByteBuffer.wrap(bytes(5000)), 0, 5000);
        channel.allow(700);
        assertThat(transport.write(out)).isTrue();

        assertThat(transport.detach()).isTrue();
        assertThat(loop.context().chunks.usedBytes()).isZero();
        loop = newLoop();
        out = new ByteQueue(loop.context().chunks);
        transport.attachTo(loop);

        channel.allow(Integer.MAX_VALUE);
        channel.deliver(Arrays.copyOfRange(record, 3000, record.length));
        exchange();
        assertThat(received.toByteArray()).isEqualTo(bytes(5000));
        assertThat(client.received()).isEqualTo(bytes(5000));
        assertThat(loop.context().chunks.usedBytes()).isZero();
    }

    @Test
    void theEndComesAfterWhatWasSentAlsoWhereTheSocketIsSilent() throws Exception {
        exchange();
        client.send(bytes(1000));
        byte[] data = client.output();
        client.close();
        byte[] end = client.output();
        channel.deliver(data);
        channel.deliver(end);

        assertThat(read()).isEqualTo(1000);
        assertThat(read()).isEqualTo(Transport.END);
    }

    @Test
    void theLastBytesAndTheEndWaitForTheSocket() throws Exception {
        exchange();
        out.append(ByteBuffer.wrap(bytes(5000)), 0, 5000);
        channel.allow(100);
        assertThat(transport.write(out)).isTrue();
        assertThat(transport.finish()).isTrue();
        assertThat(channel.isOutputShut()).isFalse();

        channel.allow(Integer.MAX_VALUE);
        assertThat(transport.finish()).isFalse();

        assertThat(channel.isOutputShut()).isTrue();
        receive(channel.written());
        assertThat(client.received()).isEqualTo(bytes(5000));
        assertThat(client.machine().isInputEnded()).isTrue();
    }

    /** The client's end takes little at once. */
    private void receive(byte[] bytes) throws IOException {
        for (int at = 0; at < bytes.length; at += 10_000) {
            client.receive(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 10_000)));
        }
        client.receive(new byte[0]);
    }

    private int read() throws IOException {
        ByteBuffer target = ByteBuffer.allocate(READ_BUFFER);
        int answer = transport.read(target);
        received.write(target.array(), 0, target.position());
        return answer;
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(READ_BUFFER);
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    private static EventLoop newLoop() throws IOException {
        Settings settings = new Settings.Draft(new MultiplexedPolicy()).build(1);
        return new EventLoop(new LoopContext(settings, new ProxyListener() {}), Thread::new);
    }

    /** Both ends say what they have to say until neither has anything. */
    private void exchange() throws Exception {
        int quiet = 0;
        while (quiet < 3) {
            byte[] theirs = client.output();
            channel.deliver(theirs);
            read();
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
            loop.runCommands();
            transport.write(out);
            byte[] ours = channel.written();
            receive(ours);
            quiet = theirs.length == 0 && ours.length == 0 ? quiet + 1 : 0;
        }
    }
}
