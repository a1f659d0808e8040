package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.TlsClients;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program in a JVM that has BouncyCastle FIPS in its approved mode and nothing else: no key stores of the JDK's
 * types, not even the one with the authorities that the JDK trusts. Such a JVM must not have BouncyCastle's other jars
 * on its class path, so that the build puts these into a directory of their own.
 */
@Tag("broker")
@Tag("process")
@Timeout(300)
class ApprovedCryptographyTest {

    private static final Path JARS = Path.of("target", "fips");

    private static final String PROVIDERS = """
            security.provider.1=org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider
            security.provider.2=org.bouncycastle.jsse.provider.BouncyCastleJsseProvider fips:BCFIPS
            security.provider.3=SUN
            ssl.KeyManagerFactory.algorithm=PKIX
            ssl.TrustManagerFactory.algorithm=PKIX
            keystore.type=BCFKS
            """;

    @TempDir
    private Path directory;

    @Test
    void certificatesInFilesServeOnBothSides() throws Exception {
        List<Path> jars = jars();
        assertThat(jars).hasSize(3);
        Authority authority = Authority.named("test authority");
        Authority.Issued own = authority.issue("proxy", "127.0.0.1");
        Path brokers = authority.issue("broker", "127.0.0.1").writeKeyStore(directory.resolve("broker.p12"), "store");
        try (EmbeddedBroker broker =
                        EmbeddedBroker.builder().tls(brokers, "store").start();
                RunningProgram program = RunningProgram.start(new ProcessBuilder(command(
                                jars,
                                "-p",
                                "0",
                                "-b",
                                "off",
                                "--tls-listen",
                                "127.0.0.1:0",
                                "--tls-certificate",
                                own.writeCertificate(directory.resolve("own.pem"))
                                        .toString(),
                                "--tls-key",
                                own.writeKey(directory.resolve("own.key")).toString(),
                                "--upstream-ca",
                                authority
                                        .writeCertificate(directory.resolve("ca.pem"))
                                        .toString(),
                                "amqps://127.0.0.1:" + broker.tlsPort()))
                        .redirectErrorStream(true))) {
            int port = Integer.parseInt(program.awaitLine("listening on 127\\.0\\.0\\.1:(\\d+) with TLS")
                    .group(1));
            try (Connection connection = TlsClients.factory(port, TlsClients.context(authority, null))
                    .newConnection()) {
                assertThat(JavaClients.passOn(connection, new byte[] {42})).containsExactly(42);
            }
        }
    }

    private static List<Path> jars() throws IOException {
        try (Stream<Path> files = Files.list(JARS)) {
            return files.map(Path::toAbsolutePath).toList();
        }
    }

    private List<String> command(List<Path> jars, String... arguments) throws IOException {
        Path providers = Files.writeString(directory.resolve("java.security"), PROVIDERS);
        List<String> command = RunningProgram.command(arguments);
        int classPath = command.indexOf("-classpath") + 1;
        String others = Stream.of(command.get(classPath).split(File.pathSeparator, -1))
                .filter(entry -> !entry.contains("bouncycastle"))
                .collect(Collectors.joining(File.pathSeparator));
        String fips = jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        command.set(classPath, fips + File.pathSeparator + others);
        command.addAll(
                1, List.of("-Djava.security.properties==" + providers, "-Dorg.bouncycastle.fips.approved_only=true"));
        return command;
    }
}
