package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameSplitter;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;

/** What the broker says on one channel. */
final class ChannelOutput {

    /** The connection that the channel is of. */
    interface Connection {

        FrameWriter frames();

        ByteQueue out();

        int frameMax();

        /** {@return whether so much waits to be sent that no further message should} */
        boolean isFull();

        /** {@return whether the client is told when the broker cancels a consumer} */
        boolean isToldOfCancels();
    }

    private static final int NO_ROUTE = 312;

    private final Connection connection;
    private final int channel;

    ChannelOutput(Connection connection, int channel) {
        this.connection = connection;
        this.channel = channel;
    }

    boolean isFull() {
        return connection.isFull();
    }

    /** Begins a method; it ends with {@link #send}. */
    FrameWriter method(Method method) {
        return connection.frames().method(channel, method);
    }

    void send(FrameWriter frame) {
        frame.to(connection.out());
    }

    void plain(Method method) {
        send(method(method));
    }

    void close(int code, String text, int methodId) {
        connection.frames().close(connection.out(), channel, code, text, methodId);
    }

    void deliver(String consumerTag, long tag, MessageQueue.Entry entry) {
        send(method(Method.BASIC_DELIVER)
                .shortString(consumerTag)
                .longLong(tag)
                .octet(entry.isRedelivered ? 1 : 0)
                .shortString(entry.message.exchange())
                .shortString(entry.message.routingKey()));
        content(entry.message);
    }

    void got(long tag, MessageQueue.Entry entry, int left) {
        send(method(Method.BASIC_GET_OK)
                .longLong(tag)
                .octet(entry.isRedelivered ? 1 : 0)
                .shortString(entry.message.exchange())
                .shortString(entry.message.routingKey())
                .longInt(left));
        content(entry.message);
    }

    void giveBack(Message message) {
        send(method(Method.BASIC_RETURN)
                .shortInt(NO_ROUTE)
                .shortString("NO_ROUTE")
                .shortString(message.exchange())
                .shortString(message.routingKey()));
        content(message);
    }

    void confirm(long tag, boolean isTaken) {
        send(method(isTaken ? Method.BASIC_ACK : Method.BASIC_NACK)
                .longLong(tag)
                .octet(0));
    }

    void cancel(String consumerTag) {
        if (connection.isToldOfCancels()) {
            send(method(Method.BASIC_CANCEL).shortString(consumerTag).octet(1));
        }
    }

    private void content(Message message) {
        ByteBuffer header = ByteBuffer.allocate(message.properties().length + Frame.OVERHEAD);
        header.put((byte) Frame.HEADER)
                .putShort((short) channel)
                .putInt(message.properties().length)
                .put(message.properties())
                .put(Frame.END);
        connection.out().append(header, 0, header.capacity());
        ByteBuffer body = ByteBuffer.wrap(message.body());
        FrameSplitter.splitPayload(
                connection.frames(), body, 0, body.capacity(), channel, connection.frameMax(), connection.out());
    }
}
