package io.amqproxy.impl.priming;

import io.amqproxy.impl.amqp091.codec.Method;
import java.io.IOException;
import java.net.Socket;

/** One short connection: log in, open a channel, publish a message, close both. */
final class PrimingClient {

    private static final int CHANNEL = 1;
    private static final int SUCCESS = 200;
    private static final byte[] SECRET = {0, 'p', 0, 'p'};
    private static final byte[] BODY = new byte[128];

    private final Socket socket;

    /** @param socket is connected, and has a bound for each answer */
    PrimingClient(Socket socket) {
        this.socket = socket;
    }

    void run(boolean confirms) throws IOException {
        socket.setTcpNoDelay(true);
        FrameSocket frames = new FrameSocket(socket);
        ask(frames.header(), Method.CONNECTION_START);
        frames.say(0, Method.CONNECTION_START_OK, out -> {
            out.writeInt(0);
            FrameSocket.shortString(out, "PLAIN");
            out.writeInt(SECRET.length);
            out.write(SECRET);
            FrameSocket.shortString(out, "en_US");
        });
        ask(frames, Method.CONNECTION_TUNE);
        frames.say(0, Method.CONNECTION_TUNE_OK, out -> {
            out.writeShort(PrimingBroker.CHANNELS);
            out.writeInt(PrimingBroker.FRAME_MAX);
            out.writeShort(0);
        });
        frames.say(0, Method.CONNECTION_OPEN, out -> {
            FrameSocket.shortString(out, "/");
            out.writeShort(0);
        });
        ask(frames, Method.CONNECTION_OPEN_OK);
        ask(frames.say(CHANNEL, Method.CHANNEL_OPEN, out -> out.writeByte(0)), Method.CHANNEL_OPEN_OK);
        if (confirms) {
            ask(frames.say(CHANNEL, Method.CONFIRM_SELECT, out -> out.writeByte(0)), Method.CONFIRM_SELECT_OK);
        }
        frames.say(CHANNEL, Method.BASIC_PUBLISH, out -> {
            out.writeShort(0);
            FrameSocket.shortString(out, "");
            FrameSocket.shortString(out, "q");
            out.writeByte(0);
        });
        frames.content(CHANNEL, BODY).flush();
        if (confirms) {
            frames.await(Method.BASIC_ACK);
        }
        leave(frames, CHANNEL, Method.CHANNEL_CLOSE, Method.CHANNEL_CLOSE_OK);
        leave(frames, 0, Method.CONNECTION_CLOSE, Method.CONNECTION_CLOSE_OK);
    }

    private static void leave(FrameSocket frames, int channel, Method close, Method answer) throws IOException {
        frames.say(channel, close, out -> {
            out.writeShort(SUCCESS);
            out.writeByte(0);
            out.writeInt(0);
        });
        ask(frames, answer);
    }

    private static void ask(FrameSocket frames, Method answer) throws IOException {
        frames.flush();
        frames.await(answer);
    }
}
