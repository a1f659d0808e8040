package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.TlsClients;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program with key stores instead of PEM files. */
@Timeout(300)
@Tag("broker")
class TlsProgramTest {

    @TempDir
    private Path directory;

    @Test
    void keyStoresServeOnBothSidesAndTheirPasswordsAreNotLogged() throws Exception {
        Authority authority = Authority.named("test authority");
        Path trusted = trustStore(authority, "tru5t");
        Path own = authority.issue("proxy", "127.0.0.1").writeKeyStore(directory.resolve("own.p12"), "s3cret");
        Path brokers = authority.issue("broker", "127.0.0.1").writeKeyStore(directory.resolve("broker.p12"), "store");
        try (EmbeddedBroker broker =
                        EmbeddedBroker.builder().tls(brokers, "store").start();
                RunningProgram program = RunningProgram.start(
                        "-p",
                        "0",
                        "-b",
                        "off",
                        "--tls-listen",
                        "127.0.0.1:0",
                        "--tls-certificate",
                        own.toString(),
                        "--tls-key-password",
                        "s3cret",
                        "--tls-reload",
                        "1",
                        "--upstream-ca",
                        trusted.toString(),
                        "--upstream-ca-password",
                        "tru5t",
                        "amqps://127.0.0.1:" + broker.tlsPort())) {
            int port = Integer.parseInt(program.awaitLine("listening on 127\\.0\\.0\\.1:(\\d+) with TLS")
                    .group(1));
            try (Connection connection = TlsClients.factory(port, TlsClients.context(authority, null))
                    .newConnection()) {
                assertThat(JavaClients.passOn(connection, new byte[] {42})).containsExactly(42);
            }
            assertThat(program.output().toString()).doesNotContain("s3cret", "tru5t");
        }
    }

    /** Some JVMs cannot read the store of the authorities that the JDK trusts. */
    @Test
    void aListenerThatAsksForNoCertificatesNeedsNoAuthorities() throws Exception {
        Authority authority = Authority.named("test authority");
        Authority.Issued own = authority.issue("proxy", "127.0.0.1");
        Path unreadable = Files.writeString(directory.resolve("authorities"), "nothing");
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            List<String> command = RunningProgram.command(
                    "-p",
                    "0",
                    "-b",
                    "off",
                    "--tls-listen",
                    "127.0.0.1:0",
                    "--tls-certificate",
                    own.writeCertificate(directory.resolve("own.pem")).toString(),
                    "--tls-key",
                    own.writeKey(directory.resolve("own.key")).toString(),
                    "amqp://127.0.0.1:" + broker.port());
            command.add(1, "-Djavax.net.ssl.trustStore=" + unreadable);
            try (RunningProgram program = RunningProgram.start(new ProcessBuilder(command).redirectErrorStream(true))) {
                int port = Integer.parseInt(program.awaitLine("listening on 127\\.0\\.0\\.1:(\\d+) with TLS")
                        .group(1));
                TlsClients.factory(port, TlsClients.context(authority, null))
                        .newConnection()
                        .close();
            }
        }
    }

    private Path trustStore(Authority authority, String password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("authority", authority.certificate());
        Path file = directory.resolve("trusted.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, password.toCharArray());
        }
        return file;
    }
}
