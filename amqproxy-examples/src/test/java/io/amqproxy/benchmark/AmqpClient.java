package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * A connection of the load generator with one channel. It is opened in steps that block; then its socket may be used
 * without blocking. One thread uses it; {@link #close} may come from any.
 */
final class AmqpClient implements FrameScanner.Handler, AutoCloseable {

    /** The channel that is used. */
    static final int CHANNEL = 1;

    private static final int SCRATCH = 4_096;

    private final SocketChannel socket;
    private final ByteBuffer readBuffer;
    private final FrameScanner scanner = new FrameScanner(this);
    private int heard;
    private long confirmed;
    private long messages;

    private AmqpClient(SocketChannel socket, ByteBuffer readBuffer) {
        this.socket = socket;
        this.readBuffer = readBuffer;
    }

    /**
     * Connects, without AMQP yet.
     *
     * @param readBuffer to read with; may be shared by all clients of a thread
     */
    static AmqpClient connect(MeasuredServer target, ByteBuffer readBuffer) throws IOException {
        SocketChannel socket = SocketChannel.open();
        try {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.connect(target.address());
            return new AmqpClient(socket, readBuffer);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Logs in and opens the channel. */
    void open(LoginScript login, boolean confirms) throws IOException {
        FrameBuilder frames = scratch();
        call(frames.protocolHeader(), Amqp.CONNECTION_START);
        call(Requests.startOk(scratch(), login), Amqp.CONNECTION_TUNE);
        call(Requests.tuneOkAndOpen(scratch(), login), Amqp.CONNECTION_OPEN_OK);
        call(Requests.channelOpen(scratch(), CHANNEL), Amqp.CHANNEL_OPEN_OK);
        if (confirms) {
            call(Requests.confirmSelect(scratch(), CHANNEL), Amqp.CONFIRM_SELECT_OK);
        }
    }

    /** Closes channel and connection in order. */
    void leave() throws IOException {
        call(Requests.channelClose(scratch(), CHANNEL), Amqp.CHANNEL_CLOSE_OK);
        call(Requests.connectionClose(scratch()), Amqp.CONNECTION_CLOSE_OK);
    }

    private static FrameBuilder scratch() {
        return new FrameBuilder(ByteBuffer.allocate(SCRATCH));
    }

    /** Sends, and waits for the answer. */
    void call(FrameBuilder request, int answer) throws IOException {
        heard = 0;
        ByteBuffer out = request.buffer().flip();
        while (out.hasRemaining()) {
            socket.write(out);
        }
        while (heard != answer) {
            if (scanner.read(socket, readBuffer) < 0) {
                throw new IOException("The connection was closed; expected was " + Amqp.name(answer));
            }
        }
    }

    SocketChannel socket() {
        return socket;
    }

    /** Reads once; false at the end of the connection. */
    boolean read() throws IOException {
        return scanner.read(socket, readBuffer) >= 0;
    }

    /** The last method that came. */
    int heard() {
        return heard;
    }

    /** How many messages are confirmed. */
    long confirmed() {
        return confirmed;
    }

    /** How many messages have been delivered. */
    long messages() {
        return messages;
    }

    @Override
    public void onProtocolHeader() {
        throw new IllegalStateException("The server speaks another protocol");
    }

    @Override
    public void onMethod(int channel, int id, ByteBuffer in, int arguments) {
        heard = id;
        if (id == Amqp.BASIC_ACK) {
            onConfirm(in.getLong(arguments), in.get(arguments + 8) != 0);
        } else if (id == Amqp.CHANNEL_CLOSE || id == Amqp.CONNECTION_CLOSE) {
            byte[] text = new byte[in.get(arguments + 2) & 0xFF];
            in.get(arguments + 3, text);
            throw new IllegalStateException(
                    "The server closed with " + in.getShort(arguments) + " " + new String(text, UTF_8));
        }
    }

    /** Confirms for several messages come in order; single ones may not, so those are only counted. */
    private void onConfirm(long tag, boolean multiple) {
        if (multiple && tag <= confirmed) {
            throw new IllegalStateException("Message " + tag + " was confirmed twice");
        }
        confirmed = multiple ? tag : confirmed + 1;
    }

    @Override
    public void onMessage(int channel) {
        messages++;
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
