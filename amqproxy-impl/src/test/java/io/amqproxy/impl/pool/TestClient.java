package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.Frames.Heard;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client that says what a test wants it to say and keeps what it hears. */
class TestClient implements FakeLink.Peer {

    /** A close as it was heard. */
    record Close(int code, String text) {}

    final Rig rig;
    final List<Heard> heard = new ArrayList<>();
    int frameMax = 128 * 1024;
    boolean ended;
    /** Whether it ends the stream once its close is answered, as clients do. */
    boolean endsStream = true;

    private @Nullable FakeLink link;
    private final Frames.Decoder decoder = new Frames.Decoder().takingLargeHeaders();

    TestClient(Rig rig) {
        this.rig = rig;
    }

    void use(FakeLink newLink) {
        link = newLink;
    }

    FakeLink link() {
        return Objects.requireNonNull(link);
    }

    // What it says.

    TestClient write(byte[] bytes) {
        link().send(bytes);
        return this;
    }

    TestClient write(int channel, Method method, Consumer<FrameWriter> arguments) {
        return write(Frames.method(channel, method, arguments));
    }

    TestClient write(int channel, Method method) {
        return write(Frames.method(channel, method));
    }

    /** Introduces itself by a name, and opens its connection. */
    TestClient logInAs(String name) {
        write(Frames.HEADER);
        write(Frames.method(
                0,
                Method.CONNECTION_START_OK,
                writer -> writer.table(Map.of("connection_name", name, "threads", 7))
                        .shortString("PLAIN")
                        .longString("\0guest\0guest")
                        .shortString("en_US")));
        write(tuneOk(100, frameMax, 0)).write(openVhost("/"));
        rig.run();
        return this;
    }

    static byte[] startOk(String user, String password, boolean authenticationFailureClose) {
        // In this order always: the octets of recorded sessions are kept.
        Map<String, Object> capabilities = new LinkedHashMap<>();
        capabilities.put("authentication_failure_close", authenticationFailureClose);
        capabilities.put("consumer_cancel_notify", true);
        return startOk(user, password, capabilities);
    }

    static byte[] startOk(String user, String password, Map<String, Object> capabilities) {
        return Frames.method(
                0,
                Method.CONNECTION_START_OK,
                writer -> writer.table(Map.of("capabilities", capabilities))
                        .shortString("PLAIN")
                        .longString("\0" + user + "\0" + password)
                        .shortString("en_US"));
    }

    static byte[] tuneOk(int channelMax, int frameMax, int heartbeat) {
        return Frames.method(
                0,
                Method.CONNECTION_TUNE_OK,
                writer -> writer.shortInt(channelMax).longInt(frameMax).shortInt(heartbeat));
    }

    static byte[] openVhost(String vhost) {
        return Frames.method(
                0,
                Method.CONNECTION_OPEN,
                writer -> writer.shortString(vhost).shortString("").octet(0));
    }

    /** Says all of the handshake at once, which the proxy takes step by step. */
    TestClient logIn(String user, String password, String vhost) {
        write(Frames.HEADER).write(startOk(user, password, true));
        write(tuneOk(Math.min(100, rig.broker.channelMax), frameMax, 0)).write(openVhost(vhost));
        rig.run();
        return this;
    }

    TestClient openChannel(int channel) {
        return write(channel, Method.CHANNEL_OPEN, writer -> writer.shortString(""));
    }

    TestClient updateSecret(String secret) {
        return write(
                0,
                Method.CONNECTION_UPDATE_SECRET,
                writer -> writer.longString(secret).shortString("rotation"));
    }

    TestClient closeChannel(int channel) {
        return write(Frames.close(channel, 200, "", 0));
    }

    TestClient close() {
        return write(Frames.close(0, 200, "", 0));
    }

    TestClient publish(int channel, String exchange, String key, boolean mandatory, String body) {
        return write(Frames.publish(channel, exchange, key, mandatory, body.getBytes(UTF_8), frameMax));
    }

    TestClient publish(int channel, String queue, String body) {
        return publish(channel, "", queue, false, body);
    }

    TestClient select(int channel) {
        return write(channel, Method.CONFIRM_SELECT, writer -> writer.octet(0));
    }

    TestClient declare(int channel, String queue, boolean exclusive) {
        return declare(channel, queue, exclusive, Map.of());
    }

    TestClient declare(int channel, String queue, boolean exclusive, Map<String, ?> arguments) {
        return write(
                channel,
                Method.QUEUE_DECLARE,
                writer -> writer.shortInt(0)
                        .shortString(queue)
                        .octet(exclusive ? 1 << 2 : 0)
                        .table(arguments));
    }

    TestClient get(int channel, String queue, boolean noAck) {
        return write(
                channel,
                Method.BASIC_GET,
                writer -> writer.shortInt(0).shortString(queue).octet(noAck ? 1 : 0));
    }

    TestClient consume(int channel, String queue, String tag, boolean noAck) {
        return consume(channel, queue, tag, noAck, Map.of());
    }

    TestClient consume(int channel, String queue, String tag, boolean noAck, Map<String, ?> arguments) {
        return write(
                channel,
                Method.BASIC_CONSUME,
                writer -> writer.shortInt(0)
                        .shortString(queue)
                        .shortString(tag)
                        .octet(noAck ? 1 << 1 : 0)
                        .table(arguments));
    }

    TestClient cancel(int channel, String tag) {
        return write(
                channel, Method.BASIC_CANCEL, writer -> writer.shortString(tag).octet(0));
    }

    TestClient cancelQuietly(int channel, String tag) {
        return write(
                channel, Method.BASIC_CANCEL, writer -> writer.shortString(tag).octet(1));
    }

    TestClient declareExchange(int channel, String exchange, String type) {
        return write(
                channel,
                Method.EXCHANGE_DECLARE,
                writer -> writer.shortInt(0)
                        .shortString(exchange)
                        .shortString(type)
                        .octet(0)
                        .table(Map.of()));
    }

    TestClient ack(int channel, long tag, boolean multiple) {
        return write(channel, Method.BASIC_ACK, writer -> writer.longLong(tag).octet(multiple ? 1 : 0));
    }

    TestClient qos(int channel, int prefetch, boolean global) {
        return write(
                channel,
                Method.BASIC_QOS,
                writer -> writer.longInt(0).shortInt(prefetch).octet(global ? 1 : 0));
    }

    /** Goes without a word. */
    void vanish() {
        link().hangUp();
    }

    // What it hears.

    @Override
    public void onBytes(byte[] bytes) {
        decoder.feed(bytes);
        for (Heard frame = decoder.next(frameMax); frame != null; frame = decoder.next(frameMax)) {
            onFrame(frame);
        }
    }

    /** Before log-in the proxy takes frames of so much from everybody. */
    @Override
    public int mostOfAFrame() {
        return Math.max(frameMax, 8192) + Frame.OVERHEAD;
    }

    void onFrame(Heard frame) {
        heard.add(frame);
        if (frame.is(Method.CONNECTION_CLOSE_OK) && endsStream) {
            vanish();
        }
    }

    @Override
    public void onEnd() {
        ended = true;
    }

    /** The methods that were heard since the last time this was asked, those of the given channel. */
    List<Method> methods(int channel) {
        return heard.stream()
                .filter(frame -> frame.channel() == channel && frame.method() != null)
                .map(frame -> Objects.requireNonNull(frame.method()))
                .toList();
    }

    Heard last(Method method) {
        for (int i = heard.size() - 1; i >= 0; i--) {
            if (heard.get(i).is(method)) {
                return heard.get(i);
            }
        }
        throw new AssertionError(method + " was not heard, but " + heard);
    }

    boolean hears(Method method) {
        return heard.stream().anyMatch(frame -> frame.is(method));
    }

    Close closeHeard(int channel) {
        try {
            var arguments = last(channel == 0 ? Method.CONNECTION_CLOSE : Method.CHANNEL_CLOSE)
                    .arguments();
            return new Close(arguments.shortInt(), arguments.shortString());
        } catch (AmqpException e) {
            throw new AssertionError(e);
        }
    }

    /** The delivery tags of acks (confirms), deliveries or messages got. */
    List<Long> tags(Method method) {
        List<Long> tags = new ArrayList<>();
        try {
            for (Heard frame : heard) {
                if (frame.is(method)) {
                    var arguments = frame.arguments();
                    if (method == Method.BASIC_DELIVER) {
                        arguments.skipShortString();
                    }
                    tags.add(arguments.longLong());
                }
            }
        } catch (AmqpException e) {
            throw new AssertionError(e);
        }
        return tags;
    }

    /** The contents of all body frames heard, joined. */
    String bodies() {
        StringBuilder text = new StringBuilder();
        for (Heard frame : heard) {
            if (frame.type() == Frame.BODY) {
                text.append(new String(frame.payload(), UTF_8));
            }
        }
        return text.toString();
    }
}
