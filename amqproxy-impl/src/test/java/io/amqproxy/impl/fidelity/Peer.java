package io.amqproxy.impl.fidelity;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.FrameText;
import io.amqproxy.testkit.Login;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client that says what a scenario wants it to say, byte for byte, and writes down what it hears.
 *
 * <p>The order in which a broker sends what belongs together is written down as it is: answers, returns and closes of
 * one channel. What comes by and by (deliveries, confirms, cancellations) is kept until the scenario asks for it, and
 * what belongs to different channels is sorted by channel. Every step that waits also ends when the channel or the
 * connection is closed. Closes are answered.
 */
final class Peer implements AutoCloseable {

    private static final byte[] PROTOCOL_HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final int SILENCE_MILLIS = 60_000;
    private static final Pattern REPLY_TO = Pattern.compile("reply-to='([^']*)'");
    private static final Set<Method> UNASKED =
            Set.of(Method.BASIC_DELIVER, Method.BASIC_CANCEL, Method.CONNECTION_BLOCKED, Method.CONNECTION_UNBLOCKED);

    private final String name;
    private final Login login;
    private final Transcript transcript;
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    private Map<String, ?> capabilities = Map.of(
            "authentication_failure_close",
            true,
            "consumer_cancel_notify",
            true,
            "connection.blocked",
            true,
            "publisher_confirms",
            true,
            "basic.nack",
            true);
    private int frameMax = 131_072;
    private int channelMax = 2047;
    private int heartbeat;
    private boolean answersCloses = true;

    private boolean over;
    private int heartbeatsSeen;
    private final Set<Integer> closed = new HashSet<>();
    private final Map<Integer, Content> contents = new HashMap<>();
    private final Map<String, ArrayDeque<String>> unasked = new HashMap<>();
    private final Map<Integer, TreeMap<Long, String>> confirms = new HashMap<>();
    /** What one waiting step saw, by channel; the connection comes last. */
    private final TreeMap<Integer, List<String>> seen = new TreeMap<>();

    private @Nullable Method lastMethod;
    private int lastChannel;
    private String lastText = "";

    Peer(String name, Login login, Transcript transcript) throws IOException {
        this.name = name;
        this.login = login;
        this.transcript = transcript;
        socket = new Socket(login.host(), login.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(SILENCE_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    // What it is, before it opens.

    Peer capabilities(Map<String, ?> ofClient) {
        capabilities = ofClient;
        return this;
    }

    Peer frameMax(int limit) {
        frameMax = limit;
        return this;
    }

    Peer channelMax(int limit) {
        channelMax = limit;
        return this;
    }

    Peer heartbeat(int seconds) {
        heartbeat = seconds;
        return this;
    }

    /** From now on closes of the broker are the scenario's matter. */
    Peer doesNotAnswerCloses() {
        answersCloses = false;
        return this;
    }

    Peer doesAnswerCloses() {
        answersCloses = true;
        return this;
    }

    /** Goes on listening to a channel that the broker has closed. */
    Peer reopens(int channel) {
        closed.remove(channel);
        return this;
    }

    // Opening, of which nothing is written down.

    Peer open() throws IOException {
        write(PROTOCOL_HEADER);
        quietly(Method.CONNECTION_START);
        write(startOk("PLAIN", "\0" + login.user() + "\0" + login.password()));
        quietly(Method.CONNECTION_TUNE);
        write(FrameBytes.method(0, Method.CONNECTION_TUNE_OK, channelMax, frameMax, heartbeat));
        write(FrameBytes.method(0, Method.CONNECTION_OPEN, login.vhost(), "", 0));
        quietly(Method.CONNECTION_OPEN_OK);
        return this;
    }

    Peer channel(int number) throws IOException {
        write(FrameBytes.method(number, Method.CHANNEL_OPEN, ""));
        quietly(Method.CHANNEL_OPEN_OK);
        closed.remove(number);
        return this;
    }

    Peer startsQuietly() throws IOException {
        quietly(Method.CONNECTION_START);
        return this;
    }

    Peer protocolHeader() throws IOException {
        return raw(PROTOCOL_HEADER);
    }

    byte[] startOk(String mechanism, String response) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("product", "peer " + name);
        properties.put("capabilities", capabilities);
        return FrameBytes.method(0, Method.CONNECTION_START_OK, properties, mechanism, response, "en_US");
    }

    private void quietly(Method expected) throws IOException {
        boolean there = await(0, () -> lastMethod == expected, false);
        seen.clear();
        if (!there) {
            throw new AssertionError(name + ": no " + expected + ", but " + lastText);
        }
    }

    // Saying.

    Peer send(int channel, Method method, Object... values) throws IOException {
        return raw(FrameBytes.method(channel, method, values));
    }

    /** Sends whole frames and writes them down. */
    Peer raw(byte[] frames) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(frames);
        while (rest.remaining() >= Frame.OVERHEAD) {
            long size = Frame.size(rest, rest.position()) + Frame.OVERHEAD;
            if (size > rest.remaining() || rest.get(rest.position() + (int) size - 1) != Frame.END) {
                break;
            }
            transcript.add(name + " > " + FrameText.of(rest.slice(rest.position(), (int) size)));
            rest.position(rest.position() + (int) size);
        }
        if (rest.hasRemaining()) {
            transcript.add(name + " > " + rest.remaining() + " octets");
        }
        write(frames);
        return this;
    }

    Peer rawQuietly(byte[] bytes) throws IOException {
        write(bytes);
        return this;
    }

    Peer raw(int... octets) throws IOException {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return raw(bytes);
    }

    Peer publish(int channel, String exchange, String key, int bits, String body) throws IOException {
        return raw(content(channel, exchange, key, bits, Map.of(), FrameBytes.utf8(body)));
    }

    Peer publish(int channel, String exchange, String key, int bits, Map<Integer, ?> properties, byte... body)
            throws IOException {
        return raw(content(channel, exchange, key, bits, properties, body));
    }

    private byte[] content(
            int channel, String exchange, String key, int bits, Map<Integer, ?> properties, byte... body) {
        int room = frameMax - Frame.OVERHEAD;
        byte[][] frames = new byte[2 + (body.length + room - 1) / room][];
        frames[0] = FrameBytes.method(channel, Method.BASIC_PUBLISH, 0, exchange, key, bits);
        frames[1] = FrameBytes.header(channel, body.length, properties);
        for (int i = 2; i < frames.length; i++) {
            int from = (i - 2) * room;
            frames[i] = FrameBytes.body(channel, Arrays.copyOfRange(body, from, Math.min(from + room, body.length)));
        }
        return FrameBytes.join(frames);
    }

    private void write(byte... bytes) throws IOException {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException gone) {
            // What the other side said before it left is still to be read.
        }
    }

    // Hearing.

    /** Waits for a method on a channel. */
    Peer expect(int channel, Method method) throws IOException {
        if (!UNASKED.contains(method)) {
            await(channel, () -> lastMethod == method && lastChannel == channel, true);
            return this;
        }
        ArrayDeque<String> kept = unasked.computeIfAbsent(channel + " " + method, key -> new ArrayDeque<>());
        await(channel, () -> !kept.isEmpty(), true);
        String text = kept.poll();
        if (text != null) {
            transcript.add(name + " < " + text);
        }
        return this;
    }

    Peer deliveries(int channel, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            expect(channel, Method.BASIC_DELIVER);
        }
        return this;
    }

    /** Waits until all tags up to this one are settled, and writes down how. */
    Peer confirms(int channel, long upTo) throws IOException {
        TreeMap<Long, String> settled = confirms.computeIfAbsent(channel, key -> new TreeMap<>());
        await(channel, () -> settled.headMap(upTo, true).size() >= upTo, true);
        transcript.add(name + " < " + channel + " confirmed " + settled.headMap(upTo, true));
        return this;
    }

    /** Waits until the broker has handled all that was sent on the channel. */
    Peer sync(int channel) throws IOException {
        if (!over && !closed.contains(channel)) {
            write(FrameBytes.method(channel, Method.EXCHANGE_DECLARE, 0, "amq.headers", "headers", 1, Map.of()));
            await(
                    channel,
                    () -> lastMethod == Method.EXCHANGE_DECLARE_OK && lastChannel == channel && forgetLast(channel),
                    true);
        }
        return this;
    }

    /** The answer of a synchronisation is no part of the scenario. */
    private boolean forgetLast(int channel) {
        List<String> lines = seen.get(channel);
        return lines != null && lines.remove(lines.size() - 1) != null;
    }

    /** Answers as many heartbeats as are asked for. */
    Peer heartbeats(int count) throws IOException {
        for (int i = 1; i <= count; i++) {
            int seenNow = i;
            await(0, () -> heartbeatsSeen >= seenNow, true);
            raw(FrameBytes.frame(Frame.HEARTBEAT, 0));
        }
        return this;
    }

    /** Waits until the connection is closed. */
    Peer end() throws IOException {
        await(0, () -> false, true);
        return this;
    }

    /** Closes the channel and waits for the answer. */
    Peer closeChannel(int channel) throws IOException {
        if (!over && !closed.contains(channel)) {
            send(channel, Method.CHANNEL_CLOSE, 200, "bye", 0, 0);
            expect(channel, Method.CHANNEL_CLOSE_OK);
            closed.add(channel);
        }
        return this;
    }

    /** Closes the connection, if it is still open, and waits until it is closed. */
    void leave() throws IOException {
        if (!over) {
            send(0, Method.CONNECTION_CLOSE, 200, "bye", 0, 0);
            await(0, () -> false, true);
        }
    }

    /** The next octets, whatever they are. */
    Peer octets(int count) throws IOException {
        transcript.add(name + " < octets " + Arrays.toString(in.readNBytes(count)));
        return this;
    }

    /** Writes down how many of these came that nobody has asked for. */
    Peer unclaimed(int channel, Method method) {
        ArrayDeque<String> kept = unasked.get(channel + " " + method);
        transcript.add(name + " was sent " + (kept == null ? 0 : kept.size()) + " more " + method);
        return this;
    }

    /** The address in the last message that was got. */
    String replyTo() {
        Matcher matcher = REPLY_TO.matcher(lastText);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** Reads until the condition holds, or the channel or the connection is closed. */
    private boolean await(int channel, BooleanSupplier condition, boolean recorded) throws IOException {
        lastMethod = null;
        boolean held = condition.getAsBoolean();
        while (!held && !over && !closed.contains(channel)) {
            read();
            held = condition.getAsBoolean();
        }
        if (recorded) {
            seen.values().forEach(lines -> lines.forEach(transcript::add));
        }
        seen.clear();
        return held;
    }

    private void read() throws IOException {
        lastMethod = null;
        try {
            int type = in.readUnsignedByte();
            int channel = in.readUnsignedShort();
            byte[] payload = new byte[in.readInt()];
            in.readFully(payload);
            if (in.readByte() != Frame.END) {
                throw new AssertionError(name + " got a frame without an end");
            }
            onFrame(type, channel, ByteBuffer.wrap(payload));
        } catch (SocketTimeoutException silence) {
            see(0, "(silence)");
            over = true;
        } catch (IOException gone) {
            see(0, "(closed)");
            over = true;
        }
    }

    private void onFrame(int type, int channel, ByteBuffer payload) throws IOException {
        if (payload.remaining() + Frame.OVERHEAD > frameMax) {
            see(channel, "frame of " + payload.remaining() + " octets, more than negotiated");
        }
        if (type == Frame.HEARTBEAT) {
            heartbeatsSeen++;
            return;
        }
        if (type == Frame.METHOD) {
            onMethod(channel, Method.of(payload.getInt(0)), payload);
        } else {
            onContent(type, channel, payload);
        }
    }

    private void onMethod(int channel, @Nullable Method method, ByteBuffer payload) throws IOException {
        String text = FrameText.of(Frame.METHOD, channel, payload);
        if (method == Method.BASIC_DELIVER || method == Method.BASIC_RETURN || method == Method.BASIC_GET_OK) {
            contents.put(channel, new Content(method, text));
            return;
        }
        if (method == Method.BASIC_ACK || method == Method.BASIC_NACK) {
            onConfirm(channel, method, payload.getLong(4), payload.get(12) != 0);
            return;
        }
        if (method != null && UNASKED.contains(method)) {
            unasked.computeIfAbsent(channel + " " + method, key -> new ArrayDeque<>())
                    .add(text);
            return;
        }
        lastMethod = method;
        lastChannel = channel;
        see(channel, text);
        if (method == Method.CHANNEL_CLOSE) {
            closed.add(channel);
            if (answersCloses) {
                write(FrameBytes.method(channel, Method.CHANNEL_CLOSE_OK));
            }
        } else if (method == Method.CONNECTION_CLOSE && answersCloses) {
            write(FrameBytes.method(0, Method.CONNECTION_CLOSE_OK));
        } else if (method == Method.CONNECTION_CLOSE_OK) {
            over = true; // Now it is the client that closes the socket.
        }
    }

    private void onConfirm(int channel, Method method, long tag, boolean multiple) {
        TreeMap<Long, String> settled = confirms.computeIfAbsent(channel, key -> new TreeMap<>());
        String how = method == Method.BASIC_ACK ? "ack" : "nack";
        for (long one = multiple ? 1 : tag; one <= tag; one++) {
            String before = settled.putIfAbsent(one, how);
            if (before != null && !multiple) {
                settled.put(one, before + " and " + how);
            }
        }
    }

    private void onContent(int type, int channel, ByteBuffer payload) {
        Content content = contents.get(channel);
        if (content == null) {
            see(channel, "unexpected " + FrameText.of(type, channel, payload));
            return;
        }
        content.add(type, payload);
        if (content.isComplete()) {
            contents.remove(channel);
            onComplete(channel, content);
        }
    }

    private void onComplete(int channel, Content content) {
        if (content.method() == Method.BASIC_DELIVER) {
            unasked.computeIfAbsent(channel + " " + content.method(), key -> new ArrayDeque<>())
                    .add(content.text());
        } else {
            lastMethod = content.method();
            lastChannel = channel;
            see(channel, content.text());
        }
    }

    private void see(int channel, String text) {
        lastText = text;
        seen.computeIfAbsent(channel == 0 ? Integer.MAX_VALUE : channel, key -> new ArrayList<>())
                .add(name + " < " + text);
    }

    /** Vanishes as a killed process does. */
    void kill() throws IOException {
        over = true;
        transcript.add(name + " vanishes");
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
