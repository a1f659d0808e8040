package io.amqproxy.impl.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BoundedFileTest {

    /** Of no size, and without an end, as a pipe that nobody writes to. */
    private static final Path ENDLESS = Path.of("/dev/zero");

    @TempDir
    private Path directory;

    @Test
    void whatHasNoEndIsRefused() {
        assumeThat(ENDLESS).isReadable();
        assertThatThrownBy(() -> PemFile.certificates(ENDLESS))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/dev/zero is no regular file");
        assertThatThrownBy(() -> PemFile.privateKey(ENDLESS, null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/dev/zero is no regular file");
    }

    @Test
    void aFolderIsRefused() {
        assertThatThrownBy(() -> BoundedFile.read(directory)).hasMessageContaining("is no regular file");
    }

    @Test
    void whatIsTooLargeIsRefusedWithoutReadingIt() throws Exception {
        Path file = directory.resolve("large.pem");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(1L << 40);
        }
        assertThatThrownBy(() -> PemFile.certificates(file)).hasMessageContaining("large.pem is too large");
    }

    @Test
    void aLinkToAFileIsReadAsSecretsAreMounted() throws Exception {
        Path file = Files.write(directory.resolve("real"), new byte[] {1, 2, 3});
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertThat(BoundedFile.read(link)).containsExactly(1, 2, 3);
    }
}
