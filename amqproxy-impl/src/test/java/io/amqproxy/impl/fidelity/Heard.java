package io.amqproxy.impl.fidelity;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a library tells its listeners, on threads of its own. It is kept until the scenario asks for it, so that the
 * transcript does not depend on which thread was faster.
 */
final class Heard {

    private static final int LIMIT_SECONDS = 60;
    private static final int SHOWN_OCTETS = 200;

    private final String name;
    private final Transcript transcript;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Heard(String name, Transcript transcript) {
        this.name = name;
        this.transcript = transcript;
    }

    /** Something was heard; on any thread. */
    void add(String line) {
        lines.add(line);
    }

    /** Waits until so many more were heard, and writes them down. */
    Heard expect(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            String line = lines.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
            transcript.add(name + ": " + (line == null ? "(nothing more)" : line));
            if (line == null) {
                break;
            }
        }
        return this;
    }

    /** Writes down what was heard that nobody has waited for. */
    void rest() {
        String line = lines.poll();
        while (line != null) {
            transcript.add(name + " too: " + line);
            line = lines.poll();
        }
    }

    /** A failure and its causes, in one line. */
    static String text(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable one = failure; one != null; one = one.getCause()) {
            text.append(text.isEmpty() ? "" : ", caused by ")
                    .append(one.getClass().getSimpleName())
                    .append(": ")
                    .append(one.getMessage());
        }
        return text.toString();
    }

    /** A message's body: the text of a short one, of a long one its length and a checksum. */
    static String text(byte @Nullable [] body) {
        if (body == null) {
            return "null";
        }
        if (body.length <= SHOWN_OCTETS) {
            return new String(body, java.nio.charset.StandardCharsets.UTF_8);
        }
        java.util.zip.CRC32 sum = new java.util.zip.CRC32();
        sum.update(body);
        return body.length + " octets, checksum " + sum.getValue();
    }
}
