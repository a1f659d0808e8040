package io.amqproxy.testkit;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.ProtocolHeader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Stands between an AMQP client and its broker, passes everything on as it is, and keeps what both said, as readable
 * frames without secrets. To see both sides of a proxy a test puts one before it and one behind it.
 *
 * <p>Bytes that are not frames end the readable part of their direction; they are passed on all the same.
 */
public final class FrameRecorder implements AutoCloseable {

    private static final int FRAME_LIMIT = 1 << 20;

    private final int target;
    private final ServerSocket listener;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private int connections;

    private FrameRecorder(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    }

    /** Starts a recorder in front of a port of this machine. */
    public static FrameRecorder to(int target) {
        try {
            FrameRecorder recorder = new FrameRecorder(target);
            start("recorder-" + recorder.port(), recorder::accept);
            return recorder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port that clients connect to, at 127.0.0.1. */
    public int port() {
        return listener.getLocalPort();
    }

    /**
     * What was said so far, in the order in which it passed: {@code #1 > 1 channel.open ''} is what the first
     * connection's client said, {@code #1 < ...} what its broker said.
     */
    public List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** What was said since this was asked the last time. */
    public List<String> takeLines() {
        synchronized (lines) {
            List<String> taken = List.copyOf(lines);
            lines.clear();
            return taken;
        }
    }

    /** Cuts all connections and listens no more. */
    @Override
    public void close() {
        closeQuietly(listener);
        sockets.forEach(FrameRecorder::closeQuietly);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket broker = new Socket();
                sockets.add(client);
                sockets.add(broker);
                relay(client, broker, ++connections);
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void relay(Socket client, Socket broker, int number) {
        try {
            broker.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), target));
            client.setTcpNoDelay(true);
            broker.setTcpNoDelay(true);
            start("recorder-" + number + "-out", () -> pump(client, broker, "#" + number + " >"));
            start("recorder-" + number + "-in", () -> pump(broker, client, "#" + number + " <"));
        } catch (IOException refused) {
            note("#" + number + " < (connection refused)");
            closeQuietly(client);
            closeQuietly(broker);
        }
    }

    private void pump(Socket from, Socket to, String who) {
        try {
            DataInputStream in = new DataInputStream(from.getInputStream());
            OutputStream out = to.getOutputStream();
            byte[] frame = readFrame(in, who);
            while (frame != null) {
                out.write(frame);
                out.flush();
                frame = readFrame(in, who);
            }
            in.transferTo(out);
            to.shutdownOutput();
            note(who + " (end)");
        } catch (IOException cut) {
            note(who + " (end)");
            closeQuietly(to);
        }
    }

    /** The next frame or protocol header; null where the stream ends or what follows is neither. */
    private byte @Nullable [] readFrame(DataInputStream in, String who) throws IOException {
        byte[] head = in.readNBytes(Frame.PAYLOAD_OFFSET);
        if (head.length < Frame.PAYLOAD_OFFSET) {
            return head.length == 0 ? null : head;
        }
        ByteBuffer start = ByteBuffer.wrap(head);
        if (head[0] == 'A') {
            byte[] header = in.readNBytes(ProtocolHeader.LENGTH - head.length);
            note(who + " protocol header");
            return joined(head, header);
        }
        long size = Frame.size(start, 0);
        if (size > FRAME_LIMIT) {
            note(who + " (not a frame)");
            return joined(head, in.readNBytes(Math.max(1, in.available())));
        }
        byte[] rest = in.readNBytes((int) size + 1);
        byte[] frame = joined(head, rest);
        if (rest.length == size + 1) {
            note(who + " " + FrameText.of(ByteBuffer.wrap(frame)));
        }
        return frame;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    private void note(String line) {
        synchronized (lines) {
            lines.add(line);
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception alreadyGone) {
            // Closing is all that was wanted.
        }
    }
}
