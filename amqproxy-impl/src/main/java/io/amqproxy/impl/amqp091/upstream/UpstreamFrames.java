package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.BrokerContent;
import io.amqproxy.impl.amqp091.channel.FrameReader;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ProtocolHeader;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.Settings;
import java.nio.ByteBuffer;

/** Checks what the broker sends, and brings it to the channels, or to the session where it is about the connection. */
final class UpstreamFrames extends FrameReader {

    private final Amqp091Connection session;
    private final UpstreamControl control;
    private final UpstreamChannels channels;
    private final BrokerMethods methods;

    UpstreamFrames(Amqp091Connection session, UpstreamControl control, UpstreamChannels channels) {
        this.session = session;
        this.control = control;
        this.channels = channels;
        this.methods = new BrokerMethods(session, writes());
    }

    @Override
    protected boolean isPaused() {
        return session.isPaused();
    }

    @Override
    protected boolean isEnded() {
        return session.isOver();
    }

    @Override
    protected void checkBeginning(ByteBuffer in, int at, int limit) throws AmqpException {
        if (limit - at >= ProtocolHeader.LENGTH && in.get(at) == 'A' && control.isAtBeginning()) {
            throw AmqpException.connection(ReplyCode.FRAME_ERROR, "the broker speaks another protocol", 0);
        }
    }

    @Override
    protected AmqpException badEnd(ByteBuffer in, int at, int length) {
        return AmqpException.connection(ReplyCode.FRAME_ERROR, "invalid frame end marker", 0);
    }

    /** RabbitMQ does not keep to frame_max for content headers: what it adds, as x-death, may make them larger. */
    @Override
    protected int length(ByteBuffer in, int at) throws AmqpException {
        long size = Frame.size(in, at);
        boolean isHeader = Frame.type(in, at) == Frame.HEADER && Frame.channel(in, at) != 0;
        int most = isHeader ? Integer.MAX_VALUE : Settings.FRAME_MAX;
        if (size > most - Frame.OVERHEAD) {
            throw AmqpException.connection(ReplyCode.FRAME_ERROR, "frame of " + size + " octets", 0);
        }
        return (int) size + Frame.OVERHEAD;
    }

    @Override
    protected boolean takeBeginning(ByteBuffer in, int at, int limit, int length) throws AmqpException {
        int type = Frame.type(in, at);
        int number = Frame.channel(in, at);
        if ((type != Frame.HEADER && type != Frame.BODY) || number == 0 || limit - at < BrokerContent.BEGINNING) {
            return false;
        }
        writes().flush();
        UpstreamChannel channel = channels.get(number);
        if (channel != null) {
            channel.content().onBeginning(in, at, limit, length);
        }
        begin(channel == null ? null : channel.content(), length - (limit - at));
        return true;
    }

    @Override
    protected int forwardMessages(ByteBuffer in, int at, int limit) {
        int number = Frame.channel(in, at);
        UpstreamChannel channel = channels.get(number);
        return channel == null || !channel.isOpened()
                ? at
                : channel.content().forwardDeliveries(writes(), in, at, limit);
    }

    @Override
    protected boolean onFrame(ByteBuffer in, int at, int length) throws AmqpException {
        int type = Frame.type(in, at);
        int number = Frame.channel(in, at);
        UpstreamChannel channel = channels.get(number);
        if (number == 0) {
            onFrameOfConnection(type, in, at, length);
        } else if (channel != null) {
            onFrame(channel, type, in, at, length);
        }
        return true;
    }

    private void onFrameOfConnection(int type, ByteBuffer in, int at, int length) throws AmqpException {
        if (type == Frame.METHOD) {
            writes().flush();
            control.onMethod(checkedMethod(in, at, length), in, at);
        } else if (type != Frame.HEARTBEAT) {
            throw unexpected(type, 0);
        }
    }

    private void onFrame(UpstreamChannel channel, int type, ByteBuffer in, int at, int length) throws AmqpException {
        if (type == Frame.METHOD) {
            Method method = checkedMethod(in, at, length);
            if (channel.isOpened() || isAboutChannel(method)) {
                onMethod(channel, method, in, at, length);
            }
        } else if (type == Frame.HEADER || type == Frame.BODY) {
            if (channel.isOpened()) {
                channel.content().onFrame(writes(), in, at, length);
            }
        } else {
            throw unexpected(type, channel.number());
        }
    }

    /** What may come on a channel whose opening the broker has not answered. */
    private static boolean isAboutChannel(Method method) {
        return method == Method.CHANNEL_OPEN_OK || method == Method.CHANNEL_CLOSE || method == Method.CHANNEL_CLOSE_OK;
    }

    private void onMethod(UpstreamChannel channel, Method method, ByteBuffer in, int at, int length)
            throws AmqpException {
        if (channel.isPassingContent() || method.classId() == Method.CONNECTION_START.classId()) {
            throw AmqpException.connection(ReplyCode.UNEXPECTED_FRAME, "unexpected " + method, method.id());
        }
        if (method != Method.BASIC_DELIVER && method != Method.BASIC_ACK) {
            writes().flush();
        }
        if (methods.handle(channel, method, in, at)) {
            channel.forward(writes(), in, at, length);
        }
        if (channel.isProofAwaited()) {
            writes().flush();
            channel.tellIfProved();
        }
    }

    private static Method checkedMethod(ByteBuffer in, int at, int length) throws AmqpException {
        Method method = length < Frame.OVERHEAD + 4 ? null : Method.of(Frame.methodId(in, at));
        if (method == null || !method.fromBroker()) {
            throw AmqpException.connection(ReplyCode.COMMAND_INVALID, "unexpected method", 0);
        }
        ArgumentReader.check(in, at, method);
        return method;
    }

    private static AmqpException unexpected(int type, int channel) {
        return AmqpException.connection(
                ReplyCode.UNEXPECTED_FRAME, "unexpected frame of type " + type + " on channel " + channel, 0);
    }
}
