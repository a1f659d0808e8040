package io.amqproxy.testkit;

import java.io.IOException;

/**
 * A private {@code epmd}, at which Erlang nodes find each other. It ends by itself if this JVM vanishes without
 * {@link #close()}, as its standard input ends then.
 */
final class NameService implements AutoCloseable {

    private static final String EPMD_UNTIL_INPUT_ENDS =
            "epmd -address 127.0.0.1 -port \"$0\" & pid=$!; read -r line; kill \"$pid\"; wait \"$pid\"";

    private final int port = Ports.free();
    private final Process process;

    NameService() throws IOException {
        process = new ProcessBuilder("sh", "-c", EPMD_UNTIL_INPUT_ENDS, Integer.toString(port)).start();
    }

    int port() {
        return port;
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    @Override
    public void close() {
        Processes.endByInput(process);
    }
}
