package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many files a process may have open. */
final class OpenFiles {

    private static final String LINE = "Max open files";
    private static final int HARD_LIMIT_FIELD = 1;

    private OpenFiles() {}

    /** The hard limit, to which Java and HAProxy raise their own. */
    static long limit() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            if (line.startsWith(LINE)) {
                String hard = line.substring(LINE.length()).trim().split("\\s+", -1)[HARD_LIMIT_FIELD];
                return hard.equals("unlimited") ? Integer.MAX_VALUE : Long.parseLong(hard);
            }
        }
        throw new IOException("The system does not tell how many files may be open");
    }
}
