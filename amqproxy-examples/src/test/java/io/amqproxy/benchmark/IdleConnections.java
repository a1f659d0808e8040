package io.amqproxy.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Connections with a channel each that do nothing. */
final class IdleConnections implements AutoCloseable {

    private static final int AT_ONCE = 50;
    private static final int READ_BUFFER = 64 * 1024;
    /** Each address of this machine has about 28,000 ports for connections to one other port. */
    private static final int PER_ADDRESS = 20_000;

    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final List<ScriptedClient> clients = new ArrayList<>();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER);
    private int open;
    private long nanos;

    private IdleConnections() {}

    /**
     * Opens them.
     *
     * @param script of each
     */
    static IdleConnections open(MeasuredServer target, int count, IntFunction<Script> script) throws IOException {
        IdleConnections opened = new IdleConnections();
        try {
            opened.open(target.address(), count, script);
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void open(InetSocketAddress address, int count, IntFunction<Script> script) throws IOException {
        long begin = System.nanoTime();
        try (Selector selector = Selector.open()) {
            while (open < count) {
                while (clients.size() < count && clients.size() - open < AT_ONCE) {
                    int index = clients.size();
                    clients.add(ScriptedClient.begin(script.apply(index), address, source(address, index), selector));
                }
                selector.select(this::onReady, Peers.LOOK_MILLIS);
                if (System.nanoTime() - begin > LIMIT_NANOS) {
                    throw new IOException("Only " + open + " of " + count + " connections were open in time");
                }
            }
        } catch (UncheckedIOException e) {
            throw new IOException(e.getCause());
        }
        nanos = System.nanoTime() - begin;
    }

    private void onReady(SelectionKey key) {
        try {
            if (((ScriptedClient) key.attachment()).onReady(key, readBuffer)) {
                key.cancel();
                open++;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable InetSocketAddress source(InetSocketAddress address, int index) throws IOException {
        if (index < PER_ADDRESS || !address.getAddress().isLoopbackAddress()) {
            return null;
        }
        byte[] octets = {127, 0, 0, (byte) (1 + index / PER_ADDRESS)};
        return new InetSocketAddress(InetAddress.getByAddress(octets), 0);
    }

    int count() {
        return open;
    }

    /** How long it took to open all of them. */
    long nanos() {
        return nanos;
    }

    @Override
    public void close() {
        clients.forEach(ScriptedClient::close);
    }
}
