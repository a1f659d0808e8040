package io.amqproxy.benchmark;

import io.amqproxy.testkit.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A certificate for this machine and its key, in files of their own.
 *
 * @param both both in one file, as HAProxy reads them
 */
record TlsFiles(Path directory, Path certificate, Path key, Path both) implements AutoCloseable {

    static TlsFiles create() throws IOException {
        Path directory = Files.createTempDirectory("amqproxy-benchmark-");
        Authority.Issued issued = Authority.named("benchmark").issue("benchmark", "127.0.0.1");
        Path certificate = issued.writeCertificate(directory.resolve("certificate.pem"));
        Path key = issued.writeKey(directory.resolve("key.pem"));
        Path both = directory.resolve("both.pem");
        Files.writeString(both, Files.readString(certificate) + Files.readString(key));
        return new TlsFiles(directory, certificate, key, both);
    }

    @Override
    public void close() throws IOException {
        for (Path file : Stream.of(certificate, key, both, directory).toList()) {
            Files.deleteIfExists(file);
        }
    }
}
