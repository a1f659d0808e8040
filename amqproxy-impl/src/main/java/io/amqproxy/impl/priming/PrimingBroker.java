package io.amqproxy.impl.priming;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.io.Closeable;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;

/** Knows enough of AMQP 0-9-1 to be a broker of one's own proxy: every log-in is right, and messages are forgotten. */
final class PrimingBroker implements Closeable {

    static final int CHANNELS = 2047;
    static final int FRAME_MAX = 131_072;

    /** The proxy's probe and connections; others that find the port get no thread. */
    private static final int MOST_CONNECTIONS = 16;

    private final ServerSocket listening;
    private final ThreadFactory threads;
    private final int patienceMillis;
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

    /** @param patienceMillis for what a connection says next */
    PrimingBroker(ServerSocket listening, ThreadFactory threads, int patienceMillis) {
        this.listening = listening;
        this.threads = threads;
        this.patienceMillis = patienceMillis;
    }

    void start() {
        threads.newThread(this::accept).start();
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Where it cannot go on nobody is left to wait for it. */
    private void accept() {
        try {
            for (int i = 0; i < MOST_CONNECTIONS && !listening.isClosed(); i++) {
                Socket socket = listening.accept();
                sockets.add(socket);
                threads.newThread(() -> serve(socket)).start();
            }
        } catch (IOException | RuntimeException | Error closed) {
            close();
        }
        if (listening.isClosed()) {
            close();
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(patienceMillis);
            FrameSocket frames = new FrameSocket(socket);
            if (frames.readHeader()) {
                new Connection(frames).run();
            } else {
                frames.header().flush();
            }
        } catch (IOException | RuntimeException | Error gone) {
            // The proxy, or its time, or the memory is over.
        }
    }

    /** One connection of the proxy. */
    private static final class Connection {
        private final FrameSocket frames;
        /** How many messages came on the channels with confirms. */
        private final Map<Integer, Long> confirmed = new HashMap<>();

        private Connection(FrameSocket frames) {
            this.frames = frames;
        }

        private void run() throws IOException {
            greet();
            while (frames.next()) {
                answer(frames.channel());
                frames.flush();
            }
        }

        private void greet() throws IOException {
            frames.say(0, Method.CONNECTION_START, out -> {
                out.writeByte(0);
                out.writeByte(9);
                out.writeInt(0);
                for (String text : List.of("PLAIN", "en_US")) {
                    out.writeInt(text.length());
                    out.writeBytes(text);
                }
            });
            frames.flush();
        }

        private void answer(int channel) throws IOException {
            Method method = Method.of(frames.method());
            if (frames.type() == Frame.BODY) {
                confirm(channel);
            } else if (method != null) {
                answer(channel, method);
            }
        }

        private void confirm(int channel) throws IOException {
            Long tag = confirmed.computeIfPresent(channel, (number, count) -> count + 1);
            if (tag != null) {
                frames.say(channel, Method.BASIC_ACK, out -> {
                    out.writeLong(tag);
                    out.writeByte(0);
                });
            }
        }

        private void answer(int channel, Method method) throws IOException {
            switch (method) {
                case CONNECTION_START_OK ->
                    frames.say(0, Method.CONNECTION_TUNE, out -> {
                        out.writeShort(CHANNELS);
                        out.writeInt(FRAME_MAX);
                        out.writeShort(0);
                    });
                case CONNECTION_OPEN -> frames.say(0, Method.CONNECTION_OPEN_OK, out -> out.writeByte(0));
                case CONNECTION_CLOSE -> frames.say(0, Method.CONNECTION_CLOSE_OK);
                case CHANNEL_OPEN -> frames.say(channel, Method.CHANNEL_OPEN_OK, out -> out.writeInt(0));
                case CHANNEL_FLOW -> frames.say(channel, Method.CHANNEL_FLOW_OK, out -> out.writeByte(1));
                case CHANNEL_CLOSE -> {
                    confirmed.remove(channel);
                    frames.say(channel, Method.CHANNEL_CLOSE_OK);
                }
                case CONFIRM_SELECT -> {
                    confirmed.put(channel, 0L);
                    frames.say(channel, Method.CONFIRM_SELECT_OK);
                }
                default -> {
                    // Nothing else is asked by the client here.
                }
            }
        }
    }

    @Override
    public void close() {
        closed(listening);
        sockets.forEach(PrimingBroker::closed);
    }

    private static void closed(Closeable open) {
        try {
            open.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
