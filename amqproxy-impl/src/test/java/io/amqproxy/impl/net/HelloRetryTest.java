package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.tls.ClientEngines;
import io.amqproxy.impl.tls.ClientTlsSettings;
import io.amqproxy.impl.tls.HelloRetry;
import io.amqproxy.impl.tls.UpstreamEngines;
import io.amqproxy.impl.tls.UpstreamTlsSettings;
import io.amqproxy.testkit.Authority;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that have to say twice what they want. */
class HelloRetryTest {

    private static final String HOST = "proxy.example";
    private static final byte HANDSHAKE = 22;
    private static final byte SERVER_HELLO = 2;
    /** The random of a ServerHello that is a HelloRetryRequest (RFC 8446, section 4.1.3). */
    private static final byte[] RETRY_BEGINS = {(byte) 0xCF, 0x21, (byte) 0xAD, 0x74, (byte) 0xE5, (byte) 0x9A};

    private static final int RANDOM = 11;
    private static final int PIECE = 64 * 1024;

    @TempDir
    private Path directory;

    private ClientEngines servers(Authority authority, String algorithm) throws Exception {
        Authority.Issued issued = authority.issueFor(algorithm, HOST, HOST);
        ClientTlsSettings ours = new ClientTlsSettings();
        ours.certificate(
                issued.writeCertificate(directory.resolve("own.pem")), issued.writeKey(directory.resolve("own.key")));
        return ours.engines("here");
    }

    private SSLEngine server(Authority authority, String algorithm) throws Exception {
        return servers(authority, algorithm).newEngine();
    }

    private UpstreamEngines clients(Authority authority) throws Exception {
        UpstreamTlsSettings theirs = new UpstreamTlsSettings();
        theirs.trust(authority.writeCertificate(directory.resolve("ca.pem")));
        return theirs.engines(HOST, 1);
    }

    private SSLEngine client(Authority authority) throws Exception {
        return clients(authority).newEngine();
    }

    /** Lets both talk until nobody has anything to say, from the client's second message on. */
    private static void finish(TlsEnds ends) throws SSLException {
        ends.exchange();
        assertThat(ends.client().machine().isEstablished()).isTrue();
        assertThat(ends.server().machine().isEstablished()).isTrue();
    }

    private static boolean isRetry(byte[] said) {
        return said[0] == HANDSHAKE
                && said[5] == SERVER_HELLO
                && Arrays.equals(said, RANDOM, RANDOM + RETRY_BEGINS.length, RETRY_BEGINS, 0, RETRY_BEGINS.length);
    }

    /** The JDK's client sends keys for x25519 and secp256r1; the latter is also what the certificate's key is of. */
    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void aClientThatIsAskedAgainGetsIn(String algorithm) throws Exception {
        Authority authority = Authority.named("test authority");
        SSLEngine server = server(authority, algorithm);
        SSLEngine client = client(authority);
        HelloRetry retry = Objects.requireNonNull(HelloRetry.on(server));
        TlsEnds ends = new TlsEnds(client, server, PIECE);

        byte[] hello = ends.client().output();
        assertThat(retry.ask(ByteBuffer.wrap(hello))).isTrue();
        ends.server().receive(hello);
        byte[] answer = ends.server().output();
        assertThat(isRetry(answer)).isTrue();
        retry.asked();
        ends.client().receive(answer);
        finish(ends);
        assertThat(server.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }

    @Test
    void whoIsNotAskedAgainGetsInAtOnce() throws Exception {
        Authority authority = Authority.named("test authority");
        SSLEngine server = server(authority, "EC");
        SSLEngine client = client(authority);
        assertThat(HelloRetry.on(server)).isNotNull();
        TlsEnds ends = new TlsEnds(client, server, PIECE);

        ends.server().receive(ends.client().output());
        byte[] answer = ends.server().output();
        assertThat(isRetry(answer)).isFalse();
        ends.client().receive(answer);
        finish(ends);
    }

    /** Such a client has also sent the ticket of a session before, and a proof that covers what it sends. */
    @Test
    void aClientThatResumesItsSessionMayBeAskedAgain() throws Exception {
        Authority authority = Authority.named("test authority");
        ClientEngines servers = servers(authority, "EC");
        UpstreamEngines clients = clients(authority);
        finish(new TlsEnds(clients.newEngine(), servers.newEngine(), PIECE));
        SSLEngine server = servers.newEngine();
        HelloRetry retry = Objects.requireNonNull(HelloRetry.on(server));
        TlsEnds ends = new TlsEnds(clients.newEngine(), server, PIECE);

        byte[] hello = ends.client().output();
        assertThat(retry.ask(ByteBuffer.wrap(hello))).isTrue();
        ends.server().receive(hello);
        byte[] answer = ends.server().output();
        assertThat(isRetry(answer)).isTrue();
        retry.asked();
        ends.client().receive(answer);
        finish(ends);
    }

    @Test
    void olderVersionsHaveNoSuchThing() throws Exception {
        Authority authority = Authority.named("test authority");
        SSLEngine server = server(authority, "EC");
        SSLEngine client = client(authority);
        SSLParameters old = client.getSSLParameters();
        old.setProtocols(new String[] {"TLSv1.2"});
        client.setSSLParameters(old);
        HelloRetry retry = Objects.requireNonNull(HelloRetry.on(server));
        TlsEnds ends = new TlsEnds(client, server, PIECE);

        byte[] hello = ends.client().output();
        assertThat(retry.ask(ByteBuffer.wrap(hello))).isFalse();
        ends.server().receive(hello);
        finish(ends);
    }

    /** Nothing that a stranger sends makes reading it fail. */
    @Test
    void whateverElseComesIsNoReasonToAsk() throws Exception {
        Authority authority = Authority.named("test authority");
        SSLEngine client = client(authority);
        byte[] hello = new TlsEnds.End(client).output();
        HelloRetry retry = Objects.requireNonNull(HelloRetry.on(server(authority, "EC")));
        for (int length = 0; length < hello.length; length++) {
            assertThat(retry.ask(ByteBuffer.wrap(hello, 0, length))).isFalse();
        }
        for (int i = 0; i < hello.length; i++) {
            byte[] wrong = hello.clone();
            wrong[i] ^= (byte) 0xFF;
            retry.ask(ByteBuffer.wrap(wrong));
        }
        assertThat(retry.ask(ByteBuffer.wrap(hello))).isTrue();
    }
}
