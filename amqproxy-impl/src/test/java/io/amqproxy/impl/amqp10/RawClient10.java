package io.amqproxy.impl.amqp10;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.ProtocolId;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client of AMQP 1.0 over a socket that says what a test tells it to, and waits for what it hears. */
final class RawClient10 implements AutoCloseable {

    static final int SOURCE = 0x28;
    static final int TARGET = 0x29;
    private static final int TIMEOUT = 120_000;

    private final Socket socket;
    private final DataInputStream in;
    private final FrameComposer composer = new FrameComposer();
    private final Performative performative = new Performative();
    private final ByteQueue out = new ByteQueue(new ChunkPool(1 << 20));
    private byte[] payload = {};

    RawClient10(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT);
        in = new DataInputStream(socket.getInputStream());
    }

    /** With SASL PLAIN, up to the broker's open. */
    RawClient10 open() throws IOException, AmqpError {
        return open(10);
    }

    /** The same with so many channels besides channel 0. */
    RawClient10 open(int channelMax) throws IOException, AmqpError {
        logIn("guest", "guest");
        beginLayer();
        send(begin(0, CompositeType.OPEN)
                .string("raw")
                .string("default")
                .uint(65_536)
                .ushort(channelMax));
        expect(CompositeType.OPEN);
        return this;
    }

    /** Answers the outcome's code. */
    int logIn(String user, String password) throws IOException, AmqpError {
        greet();
        send(begin(0, CompositeType.SASL_INIT)
                .symbol("PLAIN")
                .binary(("\0" + user + '\0' + password).getBytes(StandardCharsets.UTF_8))
                .string("default"));
        return expect(CompositeType.SASL_OUTCOME).ubyte(Performative.SASL_OUTCOME_CODE, -1);
    }

    /** Up to the broker's mechanisms. */
    void greet() throws IOException, AmqpError {
        header(ProtocolId.SASL);
        expect(CompositeType.SASL_MECHANISMS);
    }

    /** The header of AMQP, after log-in. */
    RawClient10 beginLayer() throws IOException {
        header(ProtocolId.AMQP);
        return this;
    }

    private void header(ProtocolId id) throws IOException {
        id.write(out);
        flush();
        byte[] heard = new byte[ProtocolId.LENGTH];
        in.readFully(heard);
        if (!id.matches(ByteBuffer.wrap(heard), 0, heard.length)) {
            throw new IOException("another header than " + id);
        }
    }

    FrameComposer begin(int channel, CompositeType type) {
        return composer.begin(channel, type);
    }

    /** A session with large windows. */
    RawClient10 beginSession(int channel) throws IOException, AmqpError {
        send(begin(channel, CompositeType.BEGIN).none().uint(0).uint(2048).uint(2048));
        expect(CompositeType.BEGIN);
        return this;
    }

    /**
     * Attaches a sender or a receiver of this queue.
     *
     * @return the broker's first frame to that
     */
    Performative attach(int channel, int handle, String name, boolean receives, String queue)
            throws IOException, AmqpError {
        FrameComposer attach = begin(channel, CompositeType.ATTACH)
                .string(name)
                .uint(handle)
                .bool(receives)
                .none()
                .none();
        attach.terminus(SOURCE, queue).terminus(TARGET, queue);
        if (!receives) {
            attach.none().none().uint(0);
        }
        send(attach);
        return expect(CompositeType.ATTACH);
    }

    void grant(int channel, int handle, int deliveryCount, int credit) throws IOException {
        send(begin(channel, CompositeType.FLOW)
                .uint(0)
                .uint(2048)
                .uint(0)
                .uint(2048)
                .uint(handle)
                .uint(deliveryCount)
                .uint(credit));
    }

    void transfer(int channel, int handle, int id, boolean settled, boolean more, byte[] octets) throws IOException {
        composer.begin(channel, CompositeType.TRANSFER)
                .uint(handle)
                .uint(id)
                .binary(new byte[] {(byte) id})
                .uint(0)
                .bool(settled)
                .bool(more)
                .to(out, ByteBuffer.wrap(octets), 0, octets.length);
        flush();
    }

    /** A message with one section of data. */
    static byte[] message(String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(body.length + 8)
                .put(new byte[] {0, 0x53, 0x75, (byte) 0xB0})
                .putInt(body.length)
                .put(body)
                .array();
    }

    void send(FrameComposer frame) throws IOException {
        frame.to(out);
        flush();
    }

    void flush() throws IOException {
        socket.getOutputStream().write(out.toArray());
    }

    void raw(byte[] octets) throws IOException {
        socket.getOutputStream().write(octets);
    }

    /** The next frame of this type; flows that come in between are passed over. */
    Performative expect(CompositeType type) throws IOException, AmqpError {
        Performative heard = next();
        while (heard.type() != type && heard.type() == CompositeType.FLOW) {
            heard = next();
        }
        if (heard.type() != type) {
            throw new IOException(heard + " instead of " + type + ": " + text(heard));
        }
        return heard;
    }

    private static String text(Performative heard) {
        return switch (heard.type()) {
            case CLOSE, END -> String.valueOf(heard.error(0));
            case DETACH -> String.valueOf(heard.error(Performative.DETACH_ERROR));
            default -> "";
        };
    }

    private Performative next() throws IOException, AmqpError {
        while (true) {
            int size = in.readInt();
            ByteBuffer frame = ByteBuffer.allocate(size).putInt(size);
            in.readFully(frame.array(), Integer.BYTES, size - Integer.BYTES);
            int body = FrameHeader.body(frame, 0);
            if (body < size) {
                performative.read(frame, body, size);
                payload = new byte[size - performative.end()];
                frame.get(performative.end(), payload);
                return performative;
            }
        }
    }

    /** What followed the last performative. */
    String payload() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    byte[] read(int octets) throws IOException {
        return in.readNBytes(octets);
    }

    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    void closeInOrder() throws IOException, AmqpError {
        send(begin(0, CompositeType.CLOSE));
        expect(CompositeType.CLOSE);
        close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
