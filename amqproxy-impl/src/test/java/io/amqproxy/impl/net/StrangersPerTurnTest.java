package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.tls.ClientTlsSettings;
import io.amqproxy.impl.tls.UpstreamTlsSettings;
import io.amqproxy.testkit.Authority;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How much a loop does in one turn for clients that have shown nothing, while others wait for their turn. */
@Timeout(300)
class StrangersPerTurnTest {

    private static final String HOST = "proxy.example";
    private static final int MANY = 30;

    @TempDir
    private Path directory;

    private final Authority authority = Authority.named("test authority");
    private final List<SocketChannel> channels = new ArrayList<>();
    private final List<Runnable> tasks = new ArrayList<>();
    private @Nullable FrontEnd frontEnd;

    @AfterEach
    void stop() throws Exception {
        for (SocketChannel channel : channels) {
            channel.close();
        }
        FrontEnd started = frontEnd;
        if (started != null) {
            started.loop().stop();
            started.shared().close();
            started.where().port().close();
        }
    }

    private FrontEnd start(boolean withTls) throws Exception {
        ProxyListener listener = new ProxyListener() {};
        Settings settings = new Settings.Draft(new MultiplexedPolicy()).build(1);
        FrontEnd started = FrontEnd.with(settings, listener, withTls ? ours().engines("here") : null, tasks::add);
        frontEnd = started;
        started.clients().acceptor().listen(started.where());
        started.clients().acceptor().begin();
        return started;
    }

    private ClientTlsSettings ours() throws Exception {
        Authority.Issued issued = authority.issue(HOST, HOST);
        ClientTlsSettings ours = new ClientTlsSettings();
        ours.certificate(
                issued.writeCertificate(directory.resolve("own.pem")), issued.writeKey(directory.resolve("own.key")));
        return ours;
    }

    private byte[] firstMessage() throws Exception {
        UpstreamTlsSettings theirs = new UpstreamTlsSettings();
        theirs.trust(authority.writeCertificate(directory.resolve("ca.pem")));
        return new TlsEnds.End(theirs.engines(HOST, 1).newEngine()).output();
    }

    private void connectAll(FrontEnd to) throws Exception {
        for (int i = 0; i < MANY; i++) {
            channels.add(SocketChannel.open(to.where().port().address()));
        }
    }

    /** Turns until all are counted; returns by how many it became more in one turn at the most. */
    private static int mostInATurn(EventLoop loop, IntSupplier count) throws Exception {
        int most = 0;
        while (count.getAsInt() < MANY) {
            int before = count.getAsInt();
            loop.turn();
            most = Math.max(most, count.getAsInt() - before);
        }
        return most;
    }

    @Test
    void fewAreAcceptedWithTls() throws Exception {
        FrontEnd to = start(true);
        connectAll(to);
        assertThat(mostInATurn(to.loop(), to.clients()::connections)).isEqualTo(Acceptor.TLS_ACCEPTS_PER_TURN);
    }

    @Test
    void ofWhoSpeaksPlainlyAllAreAccepted() throws Exception {
        FrontEnd to = start(false);
        connectAll(to);
        assertThat(mostInATurn(to.loop(), to.clients()::connections)).isGreaterThan(Acceptor.TLS_ACCEPTS_PER_TURN);
    }

    @Test
    void ofThoseThatHaveBegunAHandshakeFewAreRead() throws Exception {
        FrontEnd to = start(true);
        connectAll(to);
        assertThat(mostInATurn(to.loop(), to.clients()::connections)).isPositive();
        byte[] hello = firstMessage();
        for (SocketChannel channel : channels) {
            channel.write(ByteBuffer.wrap(hello));
        }
        assertThat(mostInATurn(to.loop(), to.shared().handshakes::underWay)).isEqualTo(EventLoop.HANDSHAKES_PER_TURN);
    }
}
