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
        Wire wire = new Wire(socket);
        ask(wire.header(), Method.CONNECTION_START);
        wire.say(0, Method.CONNECTION_START_OK, out -> {
            out.writeInt(0);
            Wire.shortString(out, "PLAIN");
            out.writeInt(SECRET.length);
            out.write(SECRET);
            Wire.shortString(out, "en_US");
        });
        ask(wire, Method.CONNECTION_TUNE);
        wire.say(0, Method.CONNECTION_TUNE_OK, out -> {
            out.writeShort(PrimingBroker.CHANNELS);
            out.writeInt(PrimingBroker.FRAME_MAX);
            out.writeShort(0);
        });
        wire.say(0, Method.CONNECTION_OPEN, out -> {
            Wire.shortString(out, "/");
            out.writeShort(0);
        });
        ask(wire, Method.CONNECTION_OPEN_OK);
        ask(wire.say(CHANNEL, Method.CHANNEL_OPEN, out -> out.writeByte(0)), Method.CHANNEL_OPEN_OK);
        if (confirms) {
            ask(wire.say(CHANNEL, Method.CONFIRM_SELECT, out -> out.writeByte(0)), Method.CONFIRM_SELECT_OK);
        }
        wire.say(CHANNEL, Method.BASIC_PUBLISH, out -> {
            out.writeShort(0);
            Wire.shortString(out, "");
            Wire.shortString(out, "q");
            out.writeByte(0);
        });
        wire.content(CHANNEL, BODY).flush();
        if (confirms) {
            wire.await(Method.BASIC_ACK);
        }
        leave(wire, CHANNEL, Method.CHANNEL_CLOSE, Method.CHANNEL_CLOSE_OK);
        leave(wire, 0, Method.CONNECTION_CLOSE, Method.CONNECTION_CLOSE_OK);
    }

    private static void leave(Wire wire, int channel, Method close, Method answer) throws IOException {
        wire.say(channel, close, out -> {
            out.writeShort(SUCCESS);
            out.writeByte(0);
            out.writeInt(0);
        });
        ask(wire, answer);
    }

    private static void ask(Wire wire, Method answer) throws IOException {
        wire.flush();
        wire.await(answer);
    }
}
