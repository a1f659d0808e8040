package io.amqproxy.impl;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.internal.IpText;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** A client that says what a test wants it to say, byte for byte. */
final class RawClient implements AutoCloseable {

    /** A frame as it came; {@code method} is the method's id or 0. */
    record Received(int type, int channel, int method, ByteBuffer payload) {

        int code() {
            return payload.getShort(4) & 0xFFFF;
        }

        String text() {
            byte[] text = new byte[payload.get(6) & 0xFF];
            payload.get(7, text);
            return new String(text, StandardCharsets.UTF_8);
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final FrameWriter frames = new FrameWriter();

    /** Not bound to an address first: a port that was bound cannot be used again for a minute, and there are many. */
    RawClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** @param from the address that it connects from, as 127.0.0.7 */
    RawClient(int port, String from) throws IOException {
        this(new Socket(
                InetAddress.getLoopbackAddress(),
                port,
                InetAddress.getByAddress(Objects.requireNonNull(IpText.parse(from))),
                0));
    }

    /** A client on a connection that is there. */
    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(120_000);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** A client with an open connection. */
    static RawClient open(int port) throws IOException {
        return new RawClient(port).logIn("guest", "guest", "/");
    }

    /** The whole handshake. */
    RawClient logIn(String user, String password, String vhost) throws IOException {
        start(user, password);
        Received tune = expect(Method.CONNECTION_TUNE);
        ByteBuffer limits = tune.payload();
        write(bytes(queue -> frames.method(0, Method.CONNECTION_TUNE_OK)
                .shortInt(limits.getShort(4))
                .longInt(limits.getInt(6))
                .shortInt(0)
                .to(queue)));
        write(bytes(queue -> frames.method(0, Method.CONNECTION_OPEN)
                .shortString(vhost)
                .shortString("")
                .octet(0)
                .to(queue)));
        expect(Method.CONNECTION_OPEN_OK);
        return this;
    }

    /** The handshake up to {@code start-ok}; its answer is not read. */
    RawClient start(String user, String password) throws IOException {
        write("AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1));
        expect(Method.CONNECTION_START);
        write(bytes(queue -> frames.method(0, Method.CONNECTION_START_OK)
                .table(Map.of("capabilities", Map.of("authentication_failure_close", true)))
                .shortString("PLAIN")
                .longString("\0" + user + "\0" + password)
                .shortString("en_US")
                .to(queue)));
        return this;
    }

    RawClient openChannel(int channel) throws IOException {
        write(method(channel, Method.CHANNEL_OPEN, writer -> writer.shortString("")));
        expect(Method.CHANNEL_OPEN_OK);
        return this;
    }

    /** Publishes one message with a confirm, on channel 1, which it opens. */
    void publishConfirmed(String queue) throws IOException {
        openChannel(1);
        write(method(1, Method.CONFIRM_SELECT, writer -> writer.octet(0)));
        expect(Method.CONFIRM_SELECT_OK);
        write(publish(1, queue, new byte[] {1}));
        expect(Method.BASIC_ACK);
    }

    static byte[] method(int channel, Method method, Consumer<FrameWriter> arguments) {
        FrameWriter writer = new FrameWriter();
        return bytes(queue -> {
            writer.method(channel, method);
            arguments.accept(writer);
            writer.to(queue);
        });
    }

    static byte[] bytes(Consumer<ByteQueue> writing) {
        ByteQueue queue = new ByteQueue(new ChunkPool());
        writing.accept(queue);
        return queue.toArray();
    }

    static byte[] frame(int type, int channel, byte[] payload) {
        return ByteBuffer.allocate(payload.length + Frame.OVERHEAD)
                .put((byte) type)
                .putShort((short) channel)
                .putInt(payload.length)
                .put(payload)
                .put(Frame.END)
                .array();
    }

    /** A complete publish through the default exchange. */
    static byte[] publish(int channel, String queue, byte[] body) {
        byte[] method = method(
                channel,
                Method.BASIC_PUBLISH,
                writer -> writer.shortInt(0).shortString("").shortString(queue).octet(0));
        byte[] header = frame(Frame.HEADER, channel, header(body.length));
        byte[] content = frame(Frame.BODY, channel, body);
        return ByteBuffer.allocate(method.length + header.length + content.length)
                .put(method)
                .put(header)
                .put(content)
                .array();
    }

    static byte[] header(long bodySize) {
        return ByteBuffer.allocate(14).putShort((short) 60).putLong(4, bodySize).array();
    }

    void write(byte... bytes) throws IOException {
        write(bytes, bytes.length);
    }

    void write(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        out.flush();
    }

    /** The next frame but heartbeats. */
    Received read() throws IOException {
        int type = in.readUnsignedByte();
        int channel = in.readUnsignedShort();
        byte[] payload = new byte[in.readInt()];
        in.readFully(payload);
        if (in.readByte() != Frame.END) {
            throw new IOException("bad frame end");
        }
        if (type == Frame.HEARTBEAT) {
            return read();
        }
        return new Received(
                type, channel, type == Frame.METHOD ? ByteBuffer.wrap(payload).getInt() : 0, ByteBuffer.wrap(payload));
    }

    Received expect(Method method) throws IOException {
        Received received = read();
        if (received.method() != method.id()) {
            Method got = Method.of(received.method());
            throw new AssertionError("expected " + method + ", got " + got
                    + (got == Method.CONNECTION_CLOSE || got == Method.CHANNEL_CLOSE
                            ? " " + received.code() + " " + received.text()
                            : ""));
        }
        return received;
    }

    byte[] readBytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        in.readFully(bytes);
        return bytes;
    }

    /** Whether the other side is gone, in whatever way. */
    boolean isCutOff() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    /** Whether the other side closed the socket in order. */
    boolean isAtEnd() throws IOException {
        try {
            in.readByte();
            return false;
        } catch (EOFException end) {
            return true;
        }
    }

    /** {@code connection.close} in order. */
    static byte[] bye() {
        return method(
                0,
                Method.CONNECTION_CLOSE,
                writer -> writer.shortInt(200).shortString("bye").longInt(0));
    }

    /** Says that nothing more follows; in TLS as well. */
    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Vanishes as a killed process does. */
    void kill() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
