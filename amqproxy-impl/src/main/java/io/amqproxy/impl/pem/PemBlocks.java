package io.amqproxy.impl.pem;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The blocks of a PEM file, in their order; text around them is skipped (RFC 7468, section 2). */
final class PemBlocks {

    /** One block: what it says to be, and its octets, which may be secret. */
    static final class Block {
        private final String label;
        private final byte[] der;

        Block(String label, byte[] der) {
            this.label = label;
            this.der = der;
        }

        String label() {
            return label;
        }

        byte[] der() {
            return der.clone();
        }

        @Override
        public String toString() {
            return label;
        }
    }

    private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----");

    private PemBlocks() {}

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read, or a block of it is malformed
     */
    static List<Block> of(Path file) throws IOException {
        // Any octets may be between the blocks; those of the blocks are ASCII.
        String text = new String(BoundedFile.read(file), StandardCharsets.ISO_8859_1);
        List<Block> blocks = new ArrayList<>();
        Matcher begin = BEGIN.matcher(text);
        int at = 0;
        while (begin.find(at)) {
            String label = begin.group(1);
            int end = text.indexOf("-----END " + label + "-----", begin.end());
            if (end < 0) {
                throw new IOException(file + ": the " + label + " has no end");
            }
            blocks.add(new Block(label, octets(file, label, text.substring(begin.end(), end))));
            at = end;
        }
        return blocks;
    }

    private static byte[] octets(Path file, String label, String body) throws IOException {
        if (body.indexOf(':') >= 0) {
            throw new IOException(file + ": the " + label
                    + " has headers; encrypted keys have to be PKCS #8 (ENCRYPTED PRIVATE KEY)");
        }
        try {
            return Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException malformed) {
            // Its message may quote the file, which may be a key.
            throw new IOException(file + ": the " + label + " is not Base64");
        }
    }
}
