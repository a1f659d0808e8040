package io.amqproxy.impl.amqp10;

import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.BEGIN;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.DETACH;
import static io.amqproxy.impl.amqp10.Wire10.DISPOSITION;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static io.amqproxy.impl.amqp10.Wire10.FLOW;
import static io.amqproxy.impl.amqp10.Wire10.OPEN;
import static io.amqproxy.impl.amqp10.Wire10.TRANSFER;
import static io.amqproxy.impl.amqp10.Wire10.source;
import static io.amqproxy.impl.amqp10.Wire10.symbol;
import static io.amqproxy.impl.amqp10.Wire10.target;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client of AMQP 1.0 that writes down what it hears, as far as that is the same with and without a proxy in between:
 * ids and windows of sessions are of each hop, and a broker says flow when it likes.
 */
final class Peer10 implements AutoCloseable {

    /** What stands for no frame. */
    static final int NOTHING = -1;

    static final Wire10.Described ACCEPTED = Wire10.composite(0x24);
    static final Wire10.Described REJECTED = Wire10.composite(0x25);
    static final Wire10.Described RELEASED = Wire10.composite(0x26);

    private static final List<String> NAMES =
            List.of("open", "begin", "attach", "flow", "transfer", "disposition", "detach", "end", "close");
    private static final byte[] SASL = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};
    private static final byte[] AMQP = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};

    /** A frame that came. */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    record Heard(int channel, int code, List<@Nullable Object> fields, byte[] payload) {
        @Nullable
        Object field(int index) {
            return index < fields.size() ? fields.get(index) : null;
        }

        int number(int index) {
            return field(index) instanceof Integer number ? number : 0;
        }

        boolean is(int index) {
            return Boolean.TRUE.equals(field(index));
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final List<String> transcript;
    private final String name;
    /** How many times longer than usual it waits for what may not come. */
    private final int patience;

    private boolean over;
    private int sent;
    private int received;
    private int firstReceived;
    /** By the handles of the other side. */
    private final Map<String, String> links = new HashMap<>();
    /** By the handles of this side. */
    private final Map<String, String> handles = new HashMap<>();

    private final Map<String, Integer> initialCounts = new HashMap<>();

    Peer10(int port, String name, List<String> transcript, int patience) throws IOException {
        this.name = name;
        this.patience = patience;
        this.transcript = transcript;
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(1500 * patience);
        in = new DataInputStream(socket.getInputStream());
    }

    Peer10 logIn() throws IOException {
        raw(SASL);
        in.readFully(new byte[8]);
        next();
        raw(Wire10.frame(0, 0x41, new byte[0], symbol("PLAIN"), "\0guest\0guest".getBytes(StandardCharsets.UTF_8)));
        next();
        raw(AMQP);
        in.readFully(new byte[8]);
        return this;
    }

    Peer10 open() throws IOException {
        return open("c" + name + System.nanoTime(), 65_536);
    }

    Peer10 open(String container, int maxFrameSize) throws IOException {
        logIn();
        say(0, OPEN, container, null, maxFrameSize, (short) 255);
        expect(OPEN);
        return this;
    }

    Peer10 begin(int channel) throws IOException {
        return begin(channel, 0);
    }

    Peer10 begin(int channel, int firstId) throws IOException {
        sent = firstId;
        received = 0;
        say(channel, BEGIN, null, firstId, 2048, 2048, 255);
        firstReceived = hear(BEGIN).number(1);
        return this;
    }

    void raw(byte[] octets) throws IOException {
        try {
            socket.getOutputStream().write(octets);
        } catch (IOException gone) {
            note("write failed");
        }
    }

    void say(int channel, int code, @Nullable Object... fields) throws IOException {
        if (code == ATTACH) {
            handles.put(channel + "/" + fields[1], String.valueOf(fields[0]));
        }
        raw(Wire10.frame(channel, code, new byte[0], fields));
    }

    // Links.

    void attachSender(int channel, int handle, String link, @Nullable String address) throws IOException {
        attachSender(channel, handle, link, target(address), null, null);
    }

    void attachSender(
            int channel, int handle, String link, @Nullable Object target, @Nullable Byte snd, @Nullable Byte rcv)
            throws IOException {
        say(channel, ATTACH, link, handle, false, snd, rcv, source("me"), target, null, null, 0);
    }

    void attachReceiver(int channel, int handle, String link, @Nullable String address) throws IOException {
        say(channel, ATTACH, link, handle, true, null, null, source(address), target("me"));
    }

    void credit(int channel, int handle, int deliveryCount, int credit) throws IOException {
        credit(channel, handle, deliveryCount, credit, 2048);
    }

    void credit(int channel, int handle, int deliveryCount, int credit, int window) throws IOException {
        int initial = initialCounts.getOrDefault(handles.get(channel + "/" + handle), 0);
        flow(channel, window, handle, initial + deliveryCount, credit);
    }

    void drain(int channel, int handle, int credit) throws IOException {
        int initial = initialCounts.getOrDefault(handles.get(channel + "/" + handle), 0);
        flow(channel, 2048, handle, initial, credit, null, true);
    }

    /** With the ids of one session. */
    void flow(int channel, int window, @Nullable Object... link) throws IOException {
        List<@Nullable Object> fields = new ArrayList<>(Arrays.asList(firstReceived + received, window, sent, 2048));
        fields.addAll(Arrays.asList(link));
        say(channel, FLOW, fields.toArray());
    }

    void transfer(int channel, int handle, int id, boolean settled, boolean more, byte[] payload) throws IOException {
        sent++;
        raw(Wire10.frame(
                channel, TRANSFER, payload, handle, id, ("t" + id).getBytes(StandardCharsets.UTF_8), 0, settled, more));
    }

    static byte[] message(String body) {
        return Wire10.encode(new Wire10.Described(0x75L, body.getBytes(StandardCharsets.UTF_8)));
    }

    void disposition(int channel, boolean role, int first, int last, boolean settled, @Nullable Object state)
            throws IOException {
        say(channel, DISPOSITION, role, first, last, settled, state);
    }

    // Hearing.

    /** The next frame that is not empty; null where the stream ends or nothing comes. */
    private @Nullable Heard next() throws IOException {
        while (true) {
            try {
                int size = in.readInt();
                byte[] rest = new byte[size - 4];
                in.readFully(rest);
                ByteBuffer frame = ByteBuffer.wrap(rest);
                int channel = frame.getShort(2) & 0xFFFF;
                frame.position(4 * (frame.get(0) & 0xFF) - 4);
                if (!frame.hasRemaining()) {
                    continue;
                }
                Wire10.Described performative = Wire10.described(frame);
                byte[] payload = new byte[frame.remaining()];
                frame.get(payload);
                int code = performative.code();
                List<@Nullable Object> fields = performative.fields();
                received += code == TRANSFER ? 1 : 0;
                if (code == ATTACH) {
                    links.put(channel + "/" + fields.get(1), String.valueOf(fields.get(0)));
                    initialCounts.put(
                            String.valueOf(fields.get(0)),
                            fields.size() > 9 && fields.get(9) instanceof Integer count ? count : 0);
                }
                return new Heard(channel, code, fields, payload);
            } catch (SocketTimeoutException silence) {
                return null;
            } catch (IOException end) {
                over = true;
                return null;
            }
        }
    }

    /** Goes on until a frame of one of these kinds has come, and writes down all that came, but for flows. */
    Heard hear(int... codes) throws IOException {
        while (true) {
            Heard heard = next();
            if (heard == null) {
                note(over ? "end of stream" : "silence");
                return new Heard(0, NOTHING, List.of(), new byte[0]);
            }
            boolean isWanted = Arrays.stream(codes).anyMatch(code -> code == heard.code());
            if (heard.code() != FLOW || isWanted) {
                note(text(heard));
            }
            if (isWanted || heard.code() == CLOSE) {
                return heard;
            }
        }
    }

    /** The same, for what may not come. */
    Heard hearSoon(int... codes) throws IOException {
        socket.setSoTimeout(400 * patience);
        Heard heard = hear(codes);
        socket.setSoTimeout(1500 * patience);
        return heard;
    }

    /** The same, and what came is written down by nobody. */
    Heard hearQuietly(int... codes) throws IOException {
        int before = transcript.size();
        Heard heard = hear(codes);
        transcript.subList(before, transcript.size()).clear();
        return heard;
    }

    private void expect(int code) throws IOException {
        Heard heard = next();
        if (heard == null || heard.code() != code) {
            throw new IOException(heard + " instead of " + NAMES.get(code - OPEN));
        }
    }

    /** Waits until so many deliveries have an outcome, and writes down which; in whatever ranges they came. */
    void outcomes(int count) throws IOException {
        TreeMap<Integer, String> outcomes = new TreeMap<>();
        while (outcomes.size() < count) {
            Heard heard = next();
            if (heard == null || heard.code() == END || heard.code() == CLOSE || heard.code() == DETACH) {
                note(heard == null ? "silence" : text(heard));
                break;
            }
            if (heard.code() == DISPOSITION) {
                int first = heard.number(1);
                int last = heard.field(2) == null ? first : heard.number(2);
                for (int id = first; id <= last; id++) {
                    outcomes.put(id, (heard.is(3) ? "settled " : "") + Wire10.text(heard.field(4)));
                }
            }
        }
        note("outcomes " + outcomes);
    }

    /** Takes at least so many messages, if they come, and whatever else is there. */
    List<String> takeAll(int least) throws IOException {
        List<String> got = new ArrayList<>();
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        socket.setSoTimeout((least > 0 ? 1500 : 150) * patience);
        for (Heard heard = next(); heard != null; heard = next()) {
            if (heard.code() == TRANSFER) {
                message.writeBytes(heard.payload());
            }
            if (heard.code() == TRANSFER && !heard.is(5)) {
                got.add(body(message.toByteArray()));
                message.reset();
                socket.setSoTimeout((got.size() < least ? 1500 : 50) * patience);
            }
        }
        disposition(0, true, 0, got.size() - 1, true, ACCEPTED);
        return got;
    }

    /** The body, and whether the header says that it was delivered before. */
    private static String body(byte[] payload) {
        ByteBuffer in = ByteBuffer.wrap(payload);
        String body = "";
        String header = "";
        while (in.hasRemaining()) {
            Wire10.Described section = Wire10.described(in);
            if (section.value() instanceof byte[] octets) {
                body += octets.length > 20 ? octets.length + " octets" : new String(octets, StandardCharsets.UTF_8);
            } else if (section.value() instanceof List<?> fields && fields.size() > 4) {
                header = fields.get(4) == null || Integer.valueOf(0).equals(fields.get(4)) ? "" : " again";
            }
        }
        return body + header;
    }

    private String text(Heard heard) {
        String fields = switch (heard.code()) {
            case BEGIN -> "";
            case ATTACH -> attach(heard);
            case FLOW -> link(heard, 4) + " credit " + Wire10.text(heard.field(6)) + " drain " + heard.is(8);
            case TRANSFER ->
                link(heard, 0) + " id " + Wire10.text(heard.field(1)) + " format "
                        + Wire10.text(heard.field(3)) + (heard.is(4) ? " settled" : "") + (heard.is(5) ? " more" : "")
                        + ' '
                        + payload(heard);
            case DISPOSITION ->
                heard.field(0) + " " + Wire10.text(heard.field(1)) + "-"
                        + Wire10.text(heard.field(heard.field(2) == null ? 1 : 2)) + (heard.is(3) ? " settled " : " ")
                        + Wire10.text(heard.field(4));
            case DETACH -> link(heard, 0) + " closed " + heard.is(1) + ' ' + error(heard.field(2));
            case END, CLOSE -> error(heard.field(0));
            default -> Wire10.text(heard.fields());
        };
        return NAMES.get(heard.code() - OPEN) + ' ' + heard.channel() + ' ' + fields;
    }

    private static String payload(Heard heard) {
        String octets = new String(heard.payload(), StandardCharsets.ISO_8859_1);
        return octets.length() > 200
                ? octets.hashCode() + "/" + octets.length()
                : octets.replaceAll("[^ -~]", ".").replaceAll("ten\\d+", "Q");
    }

    private static String attach(Heard heard) {
        List<@Nullable Object> fields = new ArrayList<>(heard.fields());
        fields.set(1, null);
        return Wire10.text(fields);
    }

    /** A handle is of each hop. */
    private String link(Heard heard, int field) {
        return heard.field(field) == null
                ? "session"
                : links.getOrDefault(heard.channel() + "/" + heard.field(field), "unknown");
    }

    /** Brokers and proxy have the condition in common, and each its own words. */
    private static String error(@Nullable Object error) {
        return error instanceof Wire10.Described described && described.value() instanceof List<?> fields
                ? String.valueOf(fields.get(0))
                : "";
    }

    void note(String what) {
        transcript.add(name + ": " + what);
    }

    /** What comes within this time is written down. */
    void listen(int millis) throws IOException {
        socket.setSoTimeout(millis * patience);
        for (Heard heard = next(); heard != null; heard = next()) {
            if (heard.code() != FLOW) {
                note(text(heard));
            }
        }
        socket.setSoTimeout(1500 * patience);
        note(over ? "end of stream" : "that is all");
    }

    void closeInOrder() throws IOException {
        say(0, CLOSE);
        hear(CLOSE);
        close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
