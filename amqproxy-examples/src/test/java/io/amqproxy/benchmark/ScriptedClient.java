package io.amqproxy.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One connection that follows a {@link Script}, without blocking. */
final class ScriptedClient implements AutoCloseable {

    private final Script script;
    private final SocketChannel socket;
    private final Answers answers;
    private final long begin = System.nanoTime();
    private int step;
    private boolean answered;

    private ScriptedClient(Script script, SocketChannel socket) {
        this.script = script;
        this.socket = socket;
        this.answers = script.answers(this::onAnswer);
    }

    /**
     * Begins to connect.
     *
     * @param source to connect from; null for any
     */
    static ScriptedClient begin(
            Script script, SocketAddress address, @Nullable InetSocketAddress source, Selector selector)
            throws IOException {
        SocketChannel socket = SocketChannel.open();
        try {
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (source != null) {
                socket.bind(source);
            }
            ScriptedClient client = new ScriptedClient(script, socket);
            SelectionKey key = socket.register(selector, SelectionKey.OP_CONNECT);
            key.attach(client);
            if (socket.connect(address)) {
                client.onConnected(key);
            }
            return client;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** When it began to connect. */
    long begin() {
        return begin;
    }

    private void onConnected(SelectionKey key) throws IOException {
        key.interestOps(SelectionKey.OP_READ);
        send();
    }

    /** Goes on; true at the end of the script. */
    boolean onReady(SelectionKey key, ByteBuffer readBuffer) throws IOException {
        if (key.isConnectable()) {
            socket.finishConnect();
            onConnected(key);
            return false;
        }
        answered = false;
        if (answers.read(socket, readBuffer) < 0) {
            throw new IOException("A client's connection was closed in step " + step);
        }
        if (answered) {
            step++;
            if (step < script.length()) {
                send();
            }
        }
        return step == script.length();
    }

    private void send() throws IOException {
        while (true) {
            ByteBuffer request = script.request(step);
            socket.write(request);
            if (request.hasRemaining()) {
                throw new IOException("A socket does not take one request");
            }
            if (script.answer(step) != Script.NO_ANSWER) {
                return;
            }
            step++;
        }
    }

    private void onAnswer(int id) {
        if (id != script.answer(step)) {
            throw new IllegalStateException("Unexpected answer " + Integer.toHexString(id) + " in step " + step);
        }
        answered = true;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
