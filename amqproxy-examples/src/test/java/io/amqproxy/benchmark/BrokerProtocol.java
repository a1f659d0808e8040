package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the null broker says on one connection. Confirms are collected: one {@code basic.ack} for all that one read
 * brought to a channel, as RabbitMQ does under load. Everybody may log in.
 */
final class BrokerProtocol implements FrameScanner.Handler {

    private static final class Channel {
        boolean confirms;
        boolean toConfirm;
        /** Since confirms were asked for: the tag of the last message. */
        long published;

        long delivered;
    }

    private @Nullable Channel[] channels = new Channel[2];
    private int[] toConfirm = new int[2];
    private int confirmCount;
    private long count;
    private boolean closing;
    private boolean beats;
    private final ArrayDeque<DeliveryPump> pumps = new ArrayDeque<>(1);
    private FrameBuilder replies = new FrameBuilder(ByteBuffer.allocate(0));

    /** Where answers go from now on. */
    void answerTo(FrameBuilder answers) {
        replies = answers;
    }

    /** The number of messages that came since the last call. */
    long takeCount() {
        long taken = count;
        count = 0;
        return taken;
    }

    /** Whether the connection ends with the answers that have been given. */
    boolean isClosing() {
        return closing;
    }

    /** Whether the client wants heartbeats. */
    boolean beats() {
        return beats;
    }

    /** Deliveries that are to be written. */
    ArrayDeque<DeliveryPump> pumps() {
        return pumps;
    }

    /** Confirms what has come since the last call. */
    void confirm() {
        for (int i = 0; i < confirmCount; i++) {
            confirm(toConfirm[i]);
        }
        confirmCount = 0;
    }

    @Override
    public void onProtocolHeader() {
        replies.method(0, Amqp.CONNECTION_START).octet(0).octet(9);
        int properties = replies.table();
        replies.field("product", "null broker").field("version", "1").shortString("capabilities");
        replies.octet('F');
        int capabilities = replies.table();
        replies.flag("publisher_confirms")
                .flag("basic.nack")
                .flag("consumer_cancel_notify")
                .flag("connection.blocked")
                .flag("authentication_failure_close")
                .endTable(capabilities)
                .endTable(properties)
                .longString("PLAIN AMQPLAIN")
                .longString("en_US")
                .end();
    }

    @Override
    public void onMethod(int number, int id, ByteBuffer in, int arguments) {
        if (id == Amqp.CONNECTION_TUNE_OK) {
            beats = in.getShort(arguments + 6) != 0;
        } else if (id == Amqp.CONNECTION_START_OK) {
            replies.method(0, Amqp.CONNECTION_TUNE)
                    .shortInt(Amqp.CHANNEL_MAX)
                    .longInt(Amqp.FRAME_MAX)
                    .shortInt(Amqp.HEARTBEAT_SECONDS)
                    .end();
        } else if (id == Amqp.CONNECTION_OPEN) {
            replies.method(0, Amqp.CONNECTION_OPEN_OK).shortString("").end();
        } else if (id == Amqp.CONNECTION_CLOSE) {
            replies.method(0, Amqp.CONNECTION_CLOSE_OK).end();
            closing = true;
        } else if (id == Amqp.CHANNEL_OPEN) {
            open(number);
            replies.method(number, Amqp.CHANNEL_OPEN_OK).longInt(0).end();
        } else if (id == Amqp.CHANNEL_CLOSE) {
            channels[number] = null;
            replies.method(number, Amqp.CHANNEL_CLOSE_OK).end();
        } else if (id == Amqp.CHANNEL_FLOW) {
            replies.method(number, Amqp.CHANNEL_FLOW_OK)
                    .octet(in.get(arguments))
                    .end();
        } else if (id == Amqp.CONFIRM_SELECT) {
            channel(number).confirms = true;
            replies.method(number, Amqp.CONFIRM_SELECT_OK).end();
        } else if (id == Amqp.EXCHANGE_DECLARE) {
            replies.method(number, Amqp.EXCHANGE_DECLARE_OK).end();
        } else if (id == Amqp.QUEUE_DECLARE) {
            replies.method(number, Amqp.QUEUE_DECLARE_OK)
                    .shortString(shortString(in, arguments + 2))
                    .longInt(0)
                    .longInt(0)
                    .end();
        } else if (id == Amqp.BASIC_QOS) {
            replies.method(number, Amqp.BASIC_QOS_OK).end();
        } else if (id == Amqp.BASIC_CONSUME) {
            consume(number, in, arguments);
        } else if (id == Amqp.BASIC_CANCEL) {
            replies.method(number, Amqp.BASIC_CANCEL_OK)
                    .shortString(shortString(in, arguments))
                    .end();
        } else if (id != Amqp.CHANNEL_CLOSE_OK && id != Amqp.BASIC_ACK) {
            throw new IllegalStateException("it does not know the method " + Amqp.name(id));
        }
    }

    private void consume(int number, ByteBuffer in, int arguments) {
        String queue = shortString(in, arguments + 2);
        String consumerTag = shortString(in, arguments + 3 + queue.length());
        replies.method(number, Amqp.BASIC_CONSUME_OK).shortString(consumerTag).end();
        DeliveryPump.Order order = DeliveryPump.Order.parse(queue);
        Channel consumer = channel(number);
        pumps.add(new DeliveryPump(number, consumerTag, order, consumer.delivered + 1));
        consumer.delivered += order.count();
    }

    @Override
    public void onMessage(int number) {
        count++;
        Channel publisher = channel(number);
        if (publisher.confirms) {
            publisher.published++;
            if (!publisher.toConfirm) {
                publisher.toConfirm = true;
                if (confirmCount == toConfirm.length) {
                    toConfirm = Arrays.copyOf(toConfirm, 2 * confirmCount);
                }
                toConfirm[confirmCount++] = number;
            }
        }
    }

    private void confirm(int number) {
        Channel publisher = channels[number];
        if (publisher != null) {
            publisher.toConfirm = false;
            replies.method(number, Amqp.BASIC_ACK)
                    .longLong(publisher.published)
                    .octet(1)
                    .end();
        }
    }

    private void open(int number) {
        if (number >= channels.length) {
            channels = Arrays.copyOf(channels, 2 * number);
        }
        channels[number] = new Channel();
    }

    private Channel channel(int number) {
        Channel found = number < channels.length ? channels[number] : null;
        if (found == null) {
            throw new IllegalStateException("channel " + number + " is not open");
        }
        return found;
    }

    private static String shortString(ByteBuffer in, int at) {
        byte[] bytes = new byte[in.get(at) & 0xFF];
        in.get(at + 1, bytes);
        return new String(bytes, UTF_8);
    }
}
