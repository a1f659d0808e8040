package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The broker's side of one connection (AMQP 0-9-1, section 2.2.4). Whole frames come in; what it says waits in
 * {@link #out} until somebody sends it. Every log-in is right, and every virtual host is there.
 */
final class BrokerConnection implements ChannelOutput.Connection {

    static final int CHANNELS = 2047;
    static final int FRAME_MAX = 131_072;
    /** So much may wait before no further message is handed out. */
    private static final long FULL = 1 << 20;

    private static final Map<String, Object> CAPABILITIES = Map.of(
            "publisher_confirms", true,
            "basic.nack", true,
            "consumer_cancel_notify", true,
            "connection.blocked", true,
            "per_consumer_qos", true,
            "authentication_failure_close", true);

    private enum State {
        LOGGING_IN,
        TUNING,
        OPENING,
        OPEN,
        CLOSING,
        OVER
    }

    private final FrameWriter frames;
    private final ByteQueue out;
    private final Function<String, VirtualHost> vhosts;
    private final Memory memory;
    private final Map<Integer, BrokerChannel> channels = new HashMap<>();
    /** Those that the broker closed, until the client has agreed. */
    private final Set<Integer> closing = new HashSet<>();

    private State state = State.LOGGING_IN;
    private @Nullable VirtualHost vhost;
    private boolean isToldOfCancels;
    private String user = "";
    private int channelMax = CHANNELS;
    private int frameMax = FRAME_MAX;
    private int heartbeat;

    BrokerConnection(FrameWriter frames, ByteQueue out, Function<String, VirtualHost> vhosts, Memory memory) {
        this.frames = frames;
        this.out = out;
        this.vhosts = vhosts;
        this.memory = memory;
    }

    @Override
    public FrameWriter frames() {
        return frames;
    }

    @Override
    public ByteQueue out() {
        return out;
    }

    @Override
    public int frameMax() {
        return frameMax;
    }

    @Override
    public boolean isFull() {
        return out.size() >= FULL;
    }

    @Override
    public boolean isToldOfCancels() {
        return isToldOfCancels;
    }

    /** {@return seconds between the heartbeats that were agreed on, or 0} */
    int heartbeat() {
        return heartbeat;
    }

    /** {@return whether the client is logged in} */
    boolean isOpen() {
        return state == State.OPEN;
    }

    /** {@return whether nothing more is to be read, nor sent after what waits} */
    boolean isOver() {
        return state == State.OVER;
    }

    /** The client has sent the protocol's header. */
    void start() {
        frames.method(0, Method.CONNECTION_START)
                .octet(0)
                .octet(9)
                .table(Map.of("product", "AmqProxy in-memory broker", "capabilities", CAPABILITIES))
                .longString("PLAIN AMQPLAIN EXTERNAL ANONYMOUS")
                .longString("en_US")
                .to(out);
    }

    /** Takes a whole frame, at the buffer's beginning. */
    void receive(ByteBuffer frame) {
        int channel = Frame.channel(frame, 0);
        try {
            if (state == State.CLOSING) {
                endAtCloseOk(frame);
            } else if (channel == 0) {
                control(frame);
            } else {
                channel(channel, frame);
            }
        } catch (AmqpException offence) {
            fail(channel, offence);
        }
    }

    private void endAtCloseOk(ByteBuffer frame) {
        Method method = method(frame);
        if (method == Method.CONNECTION_CLOSE) {
            frames.plain(out, 0, Method.CONNECTION_CLOSE_OK);
        }
        if (method == Method.CONNECTION_CLOSE || method == Method.CONNECTION_CLOSE_OK) {
            state = State.OVER;
        }
    }

    private static @Nullable Method method(ByteBuffer frame) {
        return Frame.type(frame, 0) == Frame.METHOD && Frame.size(frame, 0) >= Integer.BYTES
                ? Method.of(Frame.methodId(frame, 0))
                : null;
    }

    /** What came cannot be understood, or costs the connection. */
    void fail(int channel, AmqpException offence) {
        if (offence.isChannelOnly() && channel != 0) {
            BrokerChannel ended = channels.remove(channel);
            if (ended != null) {
                ended.end();
                closing.add(channel);
                frames.close(out, channel, offence.code(), offence.text(), offence.methodId());
            }
            return;
        }
        end();
        frames.close(out, 0, offence.code(), offence.text(), offence.methodId());
        state = offence.isFramingLost() || state == State.LOGGING_IN ? State.OVER : State.CLOSING;
    }

    private void control(ByteBuffer frame) throws AmqpException {
        Method method = method(frame);
        if (Frame.type(frame, 0) == Frame.HEARTBEAT) {
            return;
        }
        if (method == null) {
            throw AmqpException.connection(ReplyCode.COMMAND_INVALID, "a method of the connection was expected", 0);
        }
        ArgumentReader.check(frame, 0, method);
        ArgumentReader in = new ArgumentReader().reset(frame, 0);
        switch (method) {
            case CONNECTION_START_OK -> {
                advance(State.LOGGING_IN, State.TUNING, method);
                isToldOfCancels = in.table().get("capabilities") instanceof Map<?, ?> capabilities
                        && Boolean.TRUE.equals(capabilities.get("consumer_cancel_notify"));
                user = user(in.shortString(), in.longString());
                frames.method(0, Method.CONNECTION_TUNE)
                        .shortInt(CHANNELS)
                        .longInt(FRAME_MAX)
                        .shortInt(0)
                        .to(out);
            }
            case CONNECTION_TUNE_OK -> {
                advance(State.TUNING, State.OPENING, method);
                tune(in);
            }
            case CONNECTION_OPEN -> {
                advance(State.OPENING, State.OPEN, method);
                vhost = vhosts.apply(in.shortString());
                frames.method(0, Method.CONNECTION_OPEN_OK).shortString("").to(out);
            }
            case CONNECTION_UPDATE_SECRET -> frames.plain(out, 0, Method.CONNECTION_UPDATE_SECRET_OK);
            case CONNECTION_CLOSE -> {
                end();
                frames.plain(out, 0, Method.CONNECTION_CLOSE_OK);
                state = State.OVER;
            }
            default ->
                throw AmqpException.connection(
                        ReplyCode.COMMAND_INVALID, method + " is not expected on channel 0", method.id());
        }
    }

    /** Who logs in by PLAIN (RFC 4616); others may say as which user they publish. */
    private static String user(String mechanism, byte[] response) {
        String[] parts = new String(response, StandardCharsets.UTF_8).split("\0", -1);
        return mechanism.equals("PLAIN") && parts.length > 1 ? parts[1] : "";
    }

    private void advance(State from, State to, Method method) throws AmqpException {
        if (state != from) {
            throw AmqpException.connection(ReplyCode.COMMAND_INVALID, method + " is not expected now", method.id());
        }
        state = to;
    }

    private void tune(ArgumentReader in) throws AmqpException {
        int channelsWanted = in.shortInt();
        channelMax = channelsWanted == 0 ? CHANNELS : Math.min(channelsWanted, CHANNELS);
        int wanted = in.longInt();
        heartbeat = in.shortInt();
        if (wanted != 0 && (wanted < Frame.MIN_FRAME_MAX || wanted > FRAME_MAX)) {
            throw AmqpException.connection(
                    ReplyCode.NOT_ALLOWED,
                    "negotiated frame_max = " + Integer.toUnsignedString(wanted) + " is not " + Frame.MIN_FRAME_MAX
                            + " to " + FRAME_MAX,
                    Method.CONNECTION_TUNE_OK.id());
        }
        frameMax = wanted == 0 ? FRAME_MAX : wanted;
    }

    private void channel(int channel, ByteBuffer frame) throws AmqpException {
        VirtualHost open = vhost;
        if (open == null || state != State.OPEN) {
            throw AmqpException.connection(ReplyCode.COMMAND_INVALID, "the connection is not open yet", 0);
        }
        Method method = method(frame);
        BrokerChannel present = channels.get(channel);
        if (closing.contains(channel)) {
            if (method == Method.CHANNEL_OPEN) {
                throw secondOpen();
            }
            if (method == Method.CHANNEL_CLOSE) {
                frames.plain(out, channel, Method.CHANNEL_CLOSE_OK);
            }
            if (method == Method.CHANNEL_CLOSE_OK) {
                closing.remove(channel);
            }
        } else if (method == Method.CHANNEL_OPEN) {
            open(channel, open);
        } else if (present == null) {
            throw AmqpException.connection(
                    ReplyCode.CHANNEL_ERROR, "expected 'channel.open'", method == null ? 0 : method.id());
        } else if (method == Method.CHANNEL_CLOSE) {
            channels.remove(channel);
            present.end();
            frames.plain(out, channel, Method.CHANNEL_CLOSE_OK);
        } else {
            present.receive(frame);
        }
    }

    private static AmqpException secondOpen() {
        return AmqpException.connection(
                ReplyCode.CHANNEL_ERROR, "second 'channel.open' seen", Method.CHANNEL_OPEN.id());
    }

    private void open(int channel, VirtualHost where) throws AmqpException {
        if (channels.containsKey(channel)) {
            throw secondOpen();
        }
        if (channels.size() >= channelMax) {
            throw AmqpException.connection(
                    ReplyCode.NOT_ALLOWED,
                    "number of channels opened (" + channels.size() + ") has reached the negotiated channel_max ("
                            + channelMax + ')',
                    0);
        }
        channels.put(channel, new BrokerChannel(new ChannelOutput(this, channel), where, memory, this, user));
        frames.method(channel, Method.CHANNEL_OPEN_OK).longInt(0).to(out);
    }

    /** Hands out what its consumers may have by now. */
    void dispatch() {
        channels.values().forEach(BrokerChannel::dispatch);
    }

    /** The connection is over: what was not acknowledged is ready again, and its own queues are gone. */
    void end() {
        List<BrokerChannel> all = new ArrayList<>(channels.values());
        channels.clear();
        all.forEach(BrokerChannel::stop);
        all.forEach(BrokerChannel::end);
        VirtualHost open = vhost;
        if (open != null) {
            open.deleteQueuesOf(this);
        }
    }

    /** Says that it is alive. */
    void beat() {
        if (state == State.OPEN) {
            frames.heartbeat(out);
        }
    }
}
