package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.ClientTls;
import io.amqproxy.UpstreamTls;
import io.amqproxy.impl.tls.ClientTlsSettings;
import io.amqproxy.impl.tls.TlsFailureText;
import io.amqproxy.impl.tls.UpstreamTlsSettings;
import io.amqproxy.testkit.Authority;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two ends of TLS in memory, with every way of cutting up what goes between them. */
class TlsMachineTest {

    private static final String HOST = "broker.example";

    @TempDir
    private Path directory;

    private Authority authority = Authority.named("unused");
    private Path trusted = Path.of("");

    @BeforeEach
    void makeCertificates() {
        authority = Authority.named("test authority");
        trusted = authority.writeCertificate(directory.resolve("ca.pem"));
        write(authority.issue(HOST, HOST));
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.3, 1", "TLSv1.3, 2", "TLSv1.3, 7", "TLSv1.3, 1000", "TLSv1.3, 1000000",
        "TLSv1.2, 1", "TLSv1.2, 2", "TLSv1.2, 7", "TLSv1.2, 1000", "TLSv1.2, 1000000",
    })
    void whatOneEndSendsTheOtherGetsHoweverItIsCut(String version, int pieces) throws Exception {
        TlsEnds ends = new TlsEnds(client(tls -> tls.protocols(version)), server(tls -> {}), pieces);
        byte[] fromClient = bytes(20_000, 1);
        byte[] fromServer = bytes(pieces < 1000 ? 20_000 : 700_000, 2);

        ends.client().send(fromClient);
        ends.server().send(fromServer);
        ends.exchange();

        assertThat(ends.server().received()).isEqualTo(fromClient);
        assertThat(ends.client().received()).isEqualTo(fromServer);
        assertThat(ends.client().engine().getSession().getProtocol()).isEqualTo(version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void theEndIsSaidAfterWhatWasSent(String version) throws Exception {
        TlsEnds ends = new TlsEnds(client(tls -> tls.protocols(version)), server(tls -> {}), 1000);
        ends.exchange();

        ends.client().send(bytes(30_000, 3));
        ends.client().close();
        ends.exchange();

        assertThat(ends.server().received()).hasSize(30_000);
        assertThat(ends.server().machine().isInputEnded()).isTrue();
        assertThat(ends.client().machine().isOutputEnded()).isTrue();
    }

    @Test
    void aStreamThatStopsWithoutAWordIsNotAnEnd() throws Exception {
        TlsEnds ends = new TlsEnds(client(tls -> {}), server(tls -> {}), 1000);
        ends.client().send(bytes(100, 4));
        ends.exchange();

        assertThat(ends.server().received()).hasSize(100);
        assertThat(ends.server().machine().isInputEnded()).isFalse();
    }

    @Test
    void renegotiationIsRefused() throws Exception {
        SSLEngine client = client(tls -> tls.protocols("TLSv1.2"));
        TlsEnds ends = new TlsEnds(client, server(tls -> {}), 1000);
        ends.exchange();

        client.beginHandshake();

        assertThatThrownBy(ends::exchange).isInstanceOf(SSLException.class).hasMessage("renegotiation is refused");
    }

    @Test
    void newKeysInTheMidstOfAConnectionAreNoRenegotiation() throws Exception {
        SSLEngine client = client(tls -> tls.protocols("TLSv1.3"));
        TlsEnds ends = new TlsEnds(client, server(tls -> {}), 3);
        ends.exchange();

        for (int i = 0; i < 5; i++) {
            client.beginHandshake();
            ends.client().send(bytes(1000, i));
            ends.server().send(bytes(1000, i));
            ends.exchange();
        }

        assertThat(ends.server().received()).hasSize(5000);
        assertThat(ends.client().received()).hasSize(5000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AMQP\0\0\11\1", "GET / HTTP/1.1\r\n\r\n", "\26\3\1\377\377garbage"})
    void whatIsNoTlsIsRefusedWithAnAlert(String garbage) throws Exception {
        TlsEnds ends = new TlsEnds(client(tls -> {}), server(tls -> {}), 1000);

        assertThatThrownBy(() -> ends.server().receive(garbage.getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(SSLException.class);

        assertThat(ends.server().output()[0]).isEqualTo((byte) 21); // Alert: RFC 5246, section 6.2.1
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void theCertificateHasToBeForTheHost(String version) throws Exception {
        write(authority.issue("other.example", "other.example"));

        assertThat(failure(client(tls -> tls.protocols(version)), server(tls -> {})))
                .contains("No subject alternative DNS name matching " + HOST);
    }

    @Test
    void anExpiredCertificateIsRefusedByThatName() throws Exception {
        write(authority.issueExpired(HOST, HOST));

        assertThat(failure(client(tls -> {}), server(tls -> {}))).startsWith("the certificate has expired");
    }

    @Test
    void anIssuerThatIsNotTrustedIsRefusedByThatName() throws Exception {
        write(Authority.named("somebody else").issue(HOST, HOST));

        assertThat(failure(client(tls -> {}), server(tls -> {}))).startsWith("the certificate's issuer is not trusted");
    }

    /** Such a client has no keys yet for the alert by which it says so. */
    @Test
    void aClientThatDoesNotTrustTheProxyBreaksTheHandshakeOff() throws Exception {
        SSLEngine client = client(tls -> tls.protocols("TLSv1.3"));
        SSLEngine server = server(tls -> {});
        ByteBuffer hello = ByteBuffer.allocate(65_536);
        client.wrap(ByteBuffer.allocate(0), hello);
        server.unwrap(hello.flip(), ByteBuffer.allocate(65_536));
        while (server.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP) {
            Runnable task = server.getDelegatedTask();
            if (task != null) {
                task.run();
            } else {
                server.wrap(ByteBuffer.allocate(0), ByteBuffer.allocate(65_536));
            }
        }
        ByteBuffer unknownAuthority = ByteBuffer.wrap(new byte[] {21, 3, 3, 0, 2, 2, 48});
        assertThatThrownBy(() -> server.unwrap(unknownAuthority, ByteBuffer.allocate(65_536)))
                .extracting(TlsFailureText::of)
                .asString()
                .startsWith("the peer breaks the handshake off, as it may where it does not trust the certificate");
    }

    @Test
    void theNameToVerifyMayBeAnotherThanTheHost() throws Exception {
        write(authority.issue("other.example", "other.example"));

        assertThat(failure(client(tls -> tls.serverName("other.example")), server(tls -> {})))
                .isNull();
    }

    @Test
    void nothingIsVerifiedWhereThatIsWanted() throws Exception {
        write(Authority.named("somebody else").issueExpired("other.example", "other.example"));

        assertThat(failure(client(UpstreamTls::withoutVerification), server(tls -> {})))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientWithoutTheCertificateThatIsRequiredIsRefused(String version) throws Exception {
        SSLEngine server = server(tls -> tls.trust(trusted).requireClientCertificate());

        assertThat(failure(client(tls -> tls.protocols(version)), server))
                .startsWith("the client shows no certificate");
    }

    @Test
    void aClientWithoutTheCertificateThatIsAskedForIsServed() throws Exception {
        SSLEngine server = server(tls -> tls.trust(trusted).requestClientCertificate());

        assertThat(failure(client(tls -> {}), server)).isNull();
    }

    @Test
    void aClientWithATrustedCertificateIsServedAndKnown() throws Exception {
        Authority.Issued alice = authority.issue("alice");
        Path certificate = alice.writeCertificate(directory.resolve("alice.pem"));
        Path key = alice.writeKey(directory.resolve("alice.key"));
        SSLEngine server = server(tls -> tls.trust(trusted).requireClientCertificate());

        assertThat(failure(client(tls -> tls.certificate(certificate, key)), server))
                .isNull();

        assertThat(server.getSession().getPeerPrincipal().getName()).isEqualTo("CN=alice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void keysOfThisAlgorithmServe(String algorithm) throws Exception {
        write(authority.issueFor(algorithm, HOST, HOST));

        assertThat(failure(client(tls -> {}), server(tls -> {}))).isNull();
    }

    private void write(Authority.Issued issued) {
        issued.writeCertificate(directory.resolve("server.pem"));
        issued.writeKey(directory.resolve("server.key"));
    }

    private SSLEngine client(Consumer<UpstreamTls> change) throws Exception {
        UpstreamTlsSettings settings = new UpstreamTlsSettings();
        change.accept(settings.trust(trusted));
        return settings.engines(HOST, 5671).newEngine();
    }

    private SSLEngine server(Consumer<ClientTls> change) throws Exception {
        ClientTlsSettings settings = new ClientTlsSettings();
        change.accept(settings.certificate(directory.resolve("server.pem"), directory.resolve("server.key")));
        return settings.engines("here").newEngine();
    }

    private static @Nullable String failure(SSLEngine client, SSLEngine server) throws Exception {
        TlsEnds ends = new TlsEnds(client, server, 1000);
        ends.client().send(bytes(10, 5));
        try {
            ends.exchange();
        } catch (SSLException failure) {
            return TlsFailureText.of(failure);
        }
        assertThat(ends.server().received()).hasSize(10);
        return null;
    }

    private static byte[] bytes(int count, int seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
