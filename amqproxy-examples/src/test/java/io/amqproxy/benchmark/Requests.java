package io.amqproxy.benchmark;

/** What a client says. */
final class Requests {

    /** There is no queue of this name, so that a broker with queues drops the messages. */
    static final String ROUTING_KEY = "q";

    private static final String QUEUE = "amqproxy-benchmark";
    private static final int QUEUE_EXPIRES_MILLIS = 60_000;
    private static final int NO_ACK = 1 << 1;

    private Requests() {}

    static FrameBuilder startOk(FrameBuilder out, LoginScript login) {
        out.method(0, Amqp.CONNECTION_START_OK);
        int properties = out.table();
        return out.field("product", "benchmark")
                .endTable(properties)
                .shortString("PLAIN")
                .longString("\0" + login.user() + "\0" + login.password())
                .shortString("en_US")
                .end();
    }

    /** The heartbeat is 0: no client here has time for one. */
    static FrameBuilder tuneOkAndOpen(FrameBuilder out, LoginScript login) {
        return out.method(0, Amqp.CONNECTION_TUNE_OK)
                .shortInt(AmqpClient.CHANNEL)
                .longInt(Amqp.FRAME_MAX)
                .shortInt(0)
                .end()
                .method(0, Amqp.CONNECTION_OPEN)
                .shortString(login.vhost())
                .shortString("")
                .octet(0)
                .end();
    }

    static FrameBuilder channelOpen(FrameBuilder out, int channel) {
        return out.method(channel, Amqp.CHANNEL_OPEN).shortString("").end();
    }

    static FrameBuilder confirmSelect(FrameBuilder out, int channel) {
        return out.method(channel, Amqp.CONFIRM_SELECT).octet(0).end();
    }

    /** The barrier after publishes: its answer comes after them. */
    static FrameBuilder queueDeclare(FrameBuilder out, int channel) {
        out.method(channel, Amqp.QUEUE_DECLARE).shortInt(0).shortString(QUEUE).octet(0);
        int arguments = out.table();
        out.shortString("x-expires").octet('I').longInt(QUEUE_EXPIRES_MILLIS);
        return out.endTable(arguments).end();
    }

    static FrameBuilder consume(FrameBuilder out, int channel, String queue, String consumerTag) {
        out.method(channel, Amqp.BASIC_CONSUME)
                .shortInt(0)
                .shortString(queue)
                .shortString(consumerTag)
                .octet(NO_ACK);
        int arguments = out.table();
        return out.endTable(arguments).end();
    }

    static FrameBuilder channelClose(FrameBuilder out, int channel) {
        return close(out, channel, Amqp.CHANNEL_CLOSE);
    }

    static FrameBuilder connectionClose(FrameBuilder out) {
        return close(out, 0, Amqp.CONNECTION_CLOSE);
    }

    private static FrameBuilder close(FrameBuilder out, int channel, int id) {
        return out.method(channel, id)
                .shortInt(200)
                .shortString("bye")
                .shortInt(0)
                .shortInt(0)
                .end();
    }
}
