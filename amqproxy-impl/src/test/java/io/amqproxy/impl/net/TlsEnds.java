package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** A client's and a server's machine, between which bytes go in pieces of one size. */
final class TlsEnds {

    /** One of the two. */
    static final class End {
        private final TlsMachine machine;
        private final ByteQueue out = new ByteQueue(new ChunkPool());
        private final ByteBuffer[] views = new ByteBuffer[16];
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private final ByteBuffer input = ByteBuffer.allocate(64 * 1024);
        private final ByteBuffer target = ByteBuffer.allocate(64 * 1024);
        private boolean closing;

        End(SSLEngine engine) throws SSLException {
            machine = new TlsMachine(engine);
            machine.begin();
        }

        TlsMachine machine() {
            return machine;
        }

        SSLEngine engine() {
            return machine.engine();
        }

        void send(byte[] bytes) {
            out.append(ByteBuffer.wrap(bytes), 0, bytes.length);
        }

        /** Like a transport: first all that is queued, then the end. */
        void close() {
            closing = true;
        }

        byte[] received() {
            return received.toByteArray();
        }

        /** What the machine has to say now. */
        byte[] output() throws SSLException {
            target.clear();
            machine.encrypt(out, views, target);
            if (closing && out.isEmpty() && target.position() == 0) {
                closing = false;
                machine.close();
                machine.encrypt(out, views, target);
            }
            byte[] bytes = new byte[target.position()];
            target.flip().get(bytes);
            return bytes;
        }

        /** Takes bytes, and keeps what is not a whole record. */
        void receive(byte[] bytes) throws SSLException {
            input.put(bytes).flip();
            TlsMachine.Need need = machine.decrypt(input, target.clear());
            if (need == TlsMachine.Need.TASKS) {
                Runnable task = engine().getDelegatedTask();
                while (task != null) {
                    task.run();
                    task = engine().getDelegatedTask();
                }
            }
            received.write(target.array(), 0, target.position());
            input.compact();
        }

        /** Whether a task or an answer held something up. */
        private boolean hasPartial() {
            return input.position() > 0;
        }
    }

    private final End client;
    private final End server;
    private final int piece;

    TlsEnds(SSLEngine client, SSLEngine server, int piece) throws SSLException {
        this.client = new End(client);
        this.server = new End(server);
        this.piece = piece;
    }

    End client() {
        return client;
    }

    End server() {
        return server;
    }

    /** Lets bytes go to and fro until nobody has anything to say. */
    void exchange() throws SSLException {
        int quiet = 0;
        while (quiet < 4) {
            boolean forth = move(client, server);
            boolean back = move(server, client);
            quiet = forth || back ? 0 : quiet + 1;
        }
    }

    private boolean move(End from, End to) throws SSLException {
        byte[] bytes = from.output();
        for (int at = 0; at < bytes.length; at += piece) {
            int end = Math.min(bytes.length, at + piece);
            to.receive(Arrays.copyOfRange(bytes, at, end));
        }
        if (bytes.length == 0 && to.hasPartial()) {
            to.receive(new byte[0]);
        }
        return bytes.length > 0;
    }
}
