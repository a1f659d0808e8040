package io.amqproxy.benchmark;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A connection of the load generator with one session and one link, to send on or to receive from. It is opened in
 * steps that block; then its socket may be used without blocking.
 */
final class AmqpClient10 implements FrameScanner10.Handler, AutoCloseable {

    private static final int SCRATCH = 1_024;

    private final SocketChannel socket;
    private final ByteBuffer readBuffer;
    private final FrameScanner10 scanner = new FrameScanner10(this);
    private int heard = -1;
    /** How many messages may be sent at the most, since the link is there. */
    private long limit;

    private long settled;
    private long received;

    private AmqpClient10(SocketChannel socket, ByteBuffer readBuffer) {
        this.socket = socket;
        this.readBuffer = readBuffer;
    }

    /**
     * Connects, logs in, and opens a session with a link.
     *
     * @param source the address of a node that the client receives from; null where it sends
     * @param readBuffer may be shared by all clients of a thread
     */
    static AmqpClient10 open(
            MeasuredServer target, LoginScript login, int number, ByteBuffer readBuffer, @Nullable String source)
            throws IOException {
        SocketChannel socket = SocketChannel.open();
        AmqpClient10 client = new AmqpClient10(socket, readBuffer);
        try {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.connect(target.address());
            client.open(login, number, source);
            return client;
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    private void open(LoginScript login, int number, @Nullable String source) throws IOException {
        call(scratch().header(3), Amqp10.SASL_MECHANISMS);
        call(Requests10.saslInit(scratch(), login), Amqp10.SASL_OUTCOME);
        call(Requests10.open(scratch(), "benchmark-" + number), Amqp10.OPEN);
        call(Requests10.begin(scratch()), Amqp10.BEGIN);
        if (source == null) {
            call(Requests10.attachSender(scratch()), Amqp10.FLOW);
        } else {
            call(Requests10.attachReceiver(scratch(), source), Amqp10.ATTACH);
        }
    }

    private static FrameBuilder10 scratch() {
        return new FrameBuilder10(ByteBuffer.allocate(SCRATCH));
    }

    private void call(FrameBuilder10 request, int answer) throws IOException {
        ByteBuffer out = request.buffer().flip();
        while (out.hasRemaining()) {
            socket.write(out);
        }
        while (heard != answer) {
            if (!read()) {
                throw new IOException("The connection was closed; expected was " + Integer.toHexString(answer));
            }
        }
    }

    SocketChannel socket() {
        return socket;
    }

    /** Reads once; false at the end of the connection. */
    boolean read() throws IOException {
        int count = socket.read(scanner.prepared(readBuffer));
        scanner.scan(readBuffer);
        return count >= 0;
    }

    /** {@return how many messages may have been sent at the most} */
    long limit() {
        return limit;
    }

    /** {@return how many messages were settled by the broker; it does so in order here} */
    long settled() {
        return settled;
    }

    /** {@return how many messages have come} */
    long received() {
        return received;
    }

    /** Lets the server send so many messages more. */
    void grant(long credit) throws IOException {
        ByteBuffer flow =
                Requests10.credit(scratch(), received, credit).buffer().flip();
        while (flow.hasRemaining()) {
            socket.write(flow);
        }
    }

    @Override
    public void onHeader(int protocol) {
        // The frames that follow tell more.
    }

    @Override
    public void onFrame(int channel, int performative, Fields10 fields) {
        heard = performative;
        if (performative == Amqp10.TRANSFER) {
            received++;
        } else if (performative == Amqp10.FLOW) {
            if (fields.skip(4).number() >= 0) {
                limit = Math.max(limit, fields.number() + fields.number());
            }
        } else if (performative == Amqp10.DISPOSITION) {
            long first = fields.skip(1).number();
            long last = fields.number();
            settled += (last < 0 ? first : last) - first + 1;
        } else if (performative == Amqp10.CLOSE || performative == Amqp10.END || performative == Amqp10.DETACH) {
            throw new IllegalStateException("The server closed: " + Integer.toHexString(performative));
        }
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
