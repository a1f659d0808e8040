package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.IntConsumer;

/** What a server answers on one connection of a {@link Script}. */
interface Answers {

    /**
     * Reads once, and tells which answers are complete.
     *
     * @param buffer the reader's; what is in it does not matter
     * @return what {@link SocketChannel#read} returned
     */
    int read(SocketChannel socket, ByteBuffer buffer) throws IOException;

    /** Answers of AMQP 0-9-1: the ids of methods. */
    static Answers of091(IntConsumer client) {
        FrameScanner scanner = new FrameScanner(new FrameScanner.Handler() {
            @Override
            public void onProtocolHeader() {
                throw new IllegalStateException("The server speaks another protocol");
            }

            @Override
            public void onMethod(int channel, int id, ByteBuffer in, int arguments) {
                client.accept(id);
            }

            @Override
            public void onMessage(int channel) {
                throw new IllegalStateException("Unexpected message");
            }
        });
        return scanner::read;
    }

    /** Answers of AMQP 1.0: the codes of performatives, but for the attach that comes before its credit. */
    static Answers of10(IntConsumer client) {
        FrameScanner10 scanner = new FrameScanner10(new FrameScanner10.Handler() {
            @Override
            public void onHeader(int protocol) {
                // The frames that follow tell more.
            }

            @Override
            public void onFrame(int channel, int performative, Fields10 fields) {
                if (performative != Amqp10.ATTACH) {
                    client.accept(performative);
                }
            }
        });
        return (socket, buffer) -> {
            int count = socket.read(scanner.prepared(buffer));
            scanner.scan(buffer);
            return count;
        };
    }
}
