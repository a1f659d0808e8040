package io.amqproxy.impl.pem;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files with certificates and keys, as far as they can be such: nothing that is waited for or goes on without end. */
public final class BoundedFile {

    /** No file of certificates or keys is this large, octets. */
    private static final int MOST = 8 * 1024 * 1024;

    private BoundedFile() {}

    /**
     * Looks whether a file can be one with certificates or keys.
     *
     * @throws IOException if it cannot be read, is a pipe or a device, or is too large
     */
    public static void check(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw new IOException(file + " cannot be read");
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is no regular file; it is read again when it has changed");
        }
        if (Files.size(file) > MOST) {
            throw tooLarge(file);
        }
    }

    /**
     * Reads a file of certificates or keys.
     *
     * @throws IOException as {@link #check}, or if reading fails
     */
    public static byte[] read(Path file) throws IOException {
        check(file);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] octets = in.readNBytes(MOST + 1);
            if (octets.length > MOST) {
                throw tooLarge(file);
            }
            return octets;
        }
    }

    private static IOException tooLarge(Path file) {
        return new IOException(file + " is too large for certificates and keys, it has more than 8 MiB");
    }
}
