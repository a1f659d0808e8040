package io.amqproxy.impl.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.LogLines;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Files that change, and what the log says of them. */
class ReloadTest {

    @TempDir
    private Path directory;

    private final Authority authority = Authority.named("test authority");
    private final Logger log = (Logger) LoggerFactory.getLogger(ContextSource.class);
    private final LogLines lines = LogLines.ofThisThread();
    private Path certificate = Path.of("");
    private Path key = Path.of("");

    @BeforeEach
    void listen() {
        certificate = directory.resolve("own.pem");
        key = directory.resolve("own.key");
        write(authority.issue("first"));
        lines.start();
        log.setLevel(Level.INFO);
        log.setAdditive(false);
        log.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        log.detachAppender(lines);
        log.setAdditive(true);
        log.setLevel(null);
    }

    @Test
    void unchangedFilesMakeNoNewContext() throws Exception {
        ContextSource source = source();
        SSLContext first = source.current();
        Files.setLastModifiedTime(certificate, java.nio.file.attribute.FileTime.fromMillis(1));

        source.reloadIfChanged();

        assertThat(source.current()).isSameAs(first);
        assertThat(lines.list).isEmpty();
    }

    @Test
    void theEndOfTheCertificateIsThatOfTheOneInUse() throws Exception {
        Authority.Issued first = authority.issue("first");
        write(first);
        ContextSource source = source();
        assertThat(source.notAfter())
                .isEqualTo(first.certificate().getNotAfter().toInstant());

        Authority.Issued expired = authority.issueExpired("second");
        write(expired);
        source.reloadIfChanged();
        assertThat(source.notAfter())
                .isEqualTo(expired.certificate().getNotAfter().toInstant());

        Path store = first.writeKeyStore(directory.resolve("own.p12"), "s3cret");
        assertThat(KeySource.store(store, "s3cret".toCharArray()).load().notAfter())
                .isEqualTo(first.certificate().getNotAfter().toInstant());
        assertThat(new ContextSource("a test", SSLContext.getDefault(), null, TrustSource.JDK).notAfter())
                .isNull();
    }

    @Test
    void changedFilesMakeANewContext() throws Exception {
        ContextSource source = source();
        SSLContext first = source.current();
        write(authority.issue("second"));

        source.reloadIfChanged();
        source.reloadIfChanged();

        assertThat(source.current()).isNotSameAs(first);
        assertThat(lines.list)
                .singleElement()
                .extracting(ILoggingEvent::getLevel)
                .isEqualTo(Level.INFO);
    }

    @Test
    void filesThatCannotBeUsedKeepTheOldContextWithOneLine() throws Exception {
        ContextSource source = source();
        SSLContext first = source.current();
        Authority.Issued second = authority.issue("second");
        second.writeCertificate(certificate);

        source.reloadIfChanged();
        source.reloadIfChanged();

        assertThat(source.current()).isSameAs(first);
        assertThat(lines.list).singleElement().satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.WARN);
            assertThat(line.getFormattedMessage()).contains("does not belong to");
        });

        second.writeKey(key);
        source.reloadIfChanged();

        assertThat(source.current()).isNotSameAs(first);
    }

    @Test
    void filesThatAreGoneKeepTheOldContextUntilTheyAreBack() throws Exception {
        ContextSource source = source();
        SSLContext first = source.current();
        Files.delete(key);
        source.reloadIfChanged();
        Files.delete(certificate);
        source.reloadIfChanged();
        assertThat(source.current()).isSameAs(first);

        write(authority.issue("third"));
        source.reloadIfChanged();

        assertThat(source.current()).isNotSameAs(first);
    }

    private ContextSource source() throws Exception {
        return new ContextSource("a test", null, KeySource.pem(certificate, key, null), TrustSource.JDK);
    }

    private void write(Authority.Issued issued) {
        issued.writeCertificate(certificate);
        issued.writeKey(key);
    }
}
