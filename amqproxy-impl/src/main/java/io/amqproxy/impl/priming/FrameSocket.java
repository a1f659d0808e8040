package io.amqproxy.impl.priming;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Whole frames of AMQP 0-9-1 on a blocking socket; each is sent by {@link #flush}. */
final class FrameSocket {

    /** Writes the arguments of a method. */
    interface Arguments {
        void to(DataOutputStream out) throws IOException;
    }

    private static final int CAPACITY = 1024;
    private static final int CONTENT_CLASS = 60;
    private static final int PROTOCOL_HEADER = 8;

    private final Socket socket;
    private final DataInputStream in;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream(CAPACITY);

    /** Of the frame that was read last. */
    private int type;

    private int channel;
    private int method;

    FrameSocket(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), CAPACITY));
    }

    FrameSocket header() {
        pending.writeBytes(new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1});
        return this;
    }

    /** Reads eight octets; false if they are no header of 0-9-1. */
    boolean readHeader() throws IOException {
        byte[] octets = in.readNBytes(PROTOCOL_HEADER);
        return octets.length == PROTOCOL_HEADER && octets[PROTOCOL_HEADER - 1] == 1;
    }

    FrameSocket say(int number, Method what) throws IOException {
        return say(number, what, arguments -> {});
    }

    FrameSocket say(int number, Method what, Arguments arguments) throws IOException {
        return frame(Frame.METHOD, number, out -> {
            out.writeInt(what.id());
            arguments.to(out);
        });
    }

    /** Header and body of a message. */
    FrameSocket content(int number, byte[] body) throws IOException {
        frame(Frame.HEADER, number, out -> {
            out.writeShort(CONTENT_CLASS);
            out.writeShort(0);
            out.writeLong(body.length);
            out.writeShort(0);
        });
        return frame(Frame.BODY, number, out -> out.write(body));
    }

    private FrameSocket frame(int kind, int number, Arguments payload) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(CAPACITY);
        payload.to(new DataOutputStream(bytes));
        DataOutputStream out = new DataOutputStream(pending);
        out.writeByte(kind);
        out.writeShort(number);
        out.writeInt(bytes.size());
        bytes.writeTo(out);
        out.writeByte(Frame.END);
        return this;
    }

    void flush() throws IOException {
        pending.writeTo(socket.getOutputStream());
        pending.reset();
    }

    /** Waits for a frame; false at the end of the connection. */
    boolean next() throws IOException {
        type = in.read();
        if (type < 0) {
            return false;
        }
        channel = in.readUnsignedShort();
        int size = in.readInt();
        method = type == Frame.METHOD ? in.readInt() : 0;
        in.skipNBytes(type == Frame.METHOD ? size - Integer.BYTES : size);
        in.skipNBytes(1);
        return true;
    }

    /** Waits for this method. */
    void await(Method what) throws IOException {
        do {
            if (!next()) {
                throw new IOException("closed before " + what);
            }
        } while (method != what.id());
    }

    int type() {
        return type;
    }

    int channel() {
        return channel;
    }

    /** {@return its id, or 0 where the frame is no method} */
    int method() {
        return method;
    }

    static void shortString(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        out.writeByte(bytes.length);
        out.write(bytes);
    }
}
