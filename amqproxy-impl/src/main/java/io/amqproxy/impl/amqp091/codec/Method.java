package io.amqproxy.impl.amqp091.codec;

import org.jspecify.annotations.Nullable;

/**
 * Every method of AMQP 0-9-1 (the specification's XML) and RabbitMQ's extensions (exchange.bind and unbind, basic.nack,
 * confirm, connection.blocked, unblocked and update-secret).
 *
 * <p>Arguments are a string with a letter for each: {@code o} octet, {@code s} short, {@code l} long, {@code L}
 * longlong, {@code S} shortstr, {@code X} longstr, {@code T} table, {@code B} an octet of bits.
 */
public enum Method {
    CONNECTION_START(10, 10, Sender.BROKER, "ooTXX"),
    CONNECTION_START_OK(10, 11, Sender.CLIENT, "TSXS"),
    CONNECTION_SECURE(10, 20, Sender.BROKER, "X"),
    CONNECTION_SECURE_OK(10, 21, Sender.CLIENT, "X"),
    CONNECTION_TUNE(10, 30, Sender.BROKER, "sls"),
    CONNECTION_TUNE_OK(10, 31, Sender.CLIENT, "sls"),
    CONNECTION_OPEN(10, 40, Sender.CLIENT, "SSB"),
    CONNECTION_OPEN_OK(10, 41, Sender.BROKER, "S"),
    CONNECTION_CLOSE(10, 50, Sender.BOTH, "sSss"),
    CONNECTION_CLOSE_OK(10, 51, Sender.BOTH, ""),
    CONNECTION_BLOCKED(10, 60, Sender.BROKER, "S"),
    CONNECTION_UNBLOCKED(10, 61, Sender.BROKER, ""),
    CONNECTION_UPDATE_SECRET(10, 70, Sender.CLIENT, "XS"),
    CONNECTION_UPDATE_SECRET_OK(10, 71, Sender.BROKER, ""),

    CHANNEL_OPEN(20, 10, Sender.CLIENT, "S"),
    CHANNEL_OPEN_OK(20, 11, Sender.BROKER, "X"),
    CHANNEL_FLOW(20, 20, Sender.BOTH, "B", Reply.ALWAYS),
    CHANNEL_FLOW_OK(20, 21, Sender.BOTH, "B"),
    CHANNEL_CLOSE(20, 40, Sender.BOTH, "sSss"),
    CHANNEL_CLOSE_OK(20, 41, Sender.BOTH, ""),

    ACCESS_REQUEST(30, 10, Sender.CLIENT, "SB", Reply.ALWAYS),
    ACCESS_REQUEST_OK(30, 11, Sender.BROKER, "s"),

    EXCHANGE_DECLARE(40, 10, Sender.CLIENT, "sSSBT", 4),
    EXCHANGE_DECLARE_OK(40, 11, Sender.BROKER, ""),
    EXCHANGE_DELETE(40, 20, Sender.CLIENT, "sSB", 1),
    EXCHANGE_DELETE_OK(40, 21, Sender.BROKER, ""),
    EXCHANGE_BIND(40, 30, Sender.CLIENT, "sSSSBT", 0),
    EXCHANGE_BIND_OK(40, 31, Sender.BROKER, ""),
    EXCHANGE_UNBIND(40, 40, Sender.CLIENT, "sSSSBT", 0),
    EXCHANGE_UNBIND_OK(40, 51, Sender.BROKER, ""),

    QUEUE_DECLARE(50, 10, Sender.CLIENT, "sSBT", 4),
    QUEUE_DECLARE_OK(50, 11, Sender.BROKER, "Sll"),
    QUEUE_BIND(50, 20, Sender.CLIENT, "sSSSBT", 0),
    QUEUE_BIND_OK(50, 21, Sender.BROKER, ""),
    QUEUE_PURGE(50, 30, Sender.CLIENT, "sSB", 0),
    QUEUE_PURGE_OK(50, 31, Sender.BROKER, "l"),
    QUEUE_DELETE(50, 40, Sender.CLIENT, "sSB", 2),
    QUEUE_DELETE_OK(50, 41, Sender.BROKER, "l"),
    QUEUE_UNBIND(50, 50, Sender.CLIENT, "sSSST", Reply.ALWAYS),
    QUEUE_UNBIND_OK(50, 51, Sender.BROKER, ""),

    BASIC_QOS(60, 10, Sender.CLIENT, "lsB", Reply.ALWAYS),
    BASIC_QOS_OK(60, 11, Sender.BROKER, ""),
    BASIC_CONSUME(60, 20, Sender.CLIENT, "sSSBT", 3),
    BASIC_CONSUME_OK(60, 21, Sender.BROKER, "S"),
    BASIC_CANCEL(60, 30, Sender.BOTH, "SB", 0),
    BASIC_CANCEL_OK(60, 31, Sender.BOTH, "S"),
    BASIC_PUBLISH(60, 40, Sender.CLIENT, "sSSB"),
    BASIC_RETURN(60, 50, Sender.BROKER, "sSSS"),
    BASIC_DELIVER(60, 60, Sender.BROKER, "SLBSS"),
    BASIC_GET(60, 70, Sender.CLIENT, "sSB", Reply.ALWAYS),
    BASIC_GET_OK(60, 71, Sender.BROKER, "LBSSl"),
    BASIC_GET_EMPTY(60, 72, Sender.BROKER, "S"),
    BASIC_ACK(60, 80, Sender.BOTH, "LB"),
    BASIC_REJECT(60, 90, Sender.CLIENT, "LB"),
    BASIC_RECOVER_ASYNC(60, 100, Sender.CLIENT, "B"),
    BASIC_RECOVER(60, 110, Sender.CLIENT, "B", Reply.ALWAYS),
    BASIC_RECOVER_OK(60, 111, Sender.BROKER, ""),
    BASIC_NACK(60, 120, Sender.BOTH, "LB"),

    CONFIRM_SELECT(85, 10, Sender.CLIENT, "B", 0),
    CONFIRM_SELECT_OK(85, 11, Sender.BROKER, ""),

    TX_SELECT(90, 10, Sender.CLIENT, "", Reply.ALWAYS),
    TX_SELECT_OK(90, 11, Sender.BROKER, ""),
    TX_COMMIT(90, 20, Sender.CLIENT, "", Reply.ALWAYS),
    TX_COMMIT_OK(90, 21, Sender.BROKER, ""),
    TX_ROLLBACK(90, 30, Sender.CLIENT, "", Reply.ALWAYS),
    TX_ROLLBACK_OK(90, 31, Sender.BROKER, "");

    /** Who may send a method. */
    public enum Sender {
        CLIENT,
        BROKER,
        BOTH
    }

    /** Which bit of the octet of bits says that no reply is wanted; these two say that no bit does. */
    private static final class Reply {
        static final int NEVER = -1;
        static final int ALWAYS = -2;
    }

    private static final int CLASSES = 10;
    private static final int METHODS = 128;
    private static final @Nullable Method[] BY_ID = index();

    private final int id;
    private final Sender sender;
    private final String arguments;
    private final int noWaitBit;
    private final String protocolName;

    Method(int classId, int methodId, Sender sender, String arguments) {
        this(classId, methodId, sender, arguments, Reply.NEVER);
    }

    Method(int classId, int methodId, Sender sender, String arguments, int noWaitBit) {
        this.id = classId << 16 | methodId;
        this.sender = sender;
        this.arguments = arguments;
        this.noWaitBit = noWaitBit;
        String name = name().toLowerCase(java.util.Locale.ROOT);
        int end = name.indexOf('_');
        this.protocolName =
                name.substring(0, end) + '.' + name.substring(end + 1).replace('_', '-');
    }

    /** The method with this class (upper half) and method (lower half), or null where there is none. */
    public static @Nullable Method of(int id) {
        int classId = id >>> 16;
        int methodId = id & 0xFFFF;
        if (classId % 5 != 0 || classId > 95 || methodId >= METHODS) {
            return null;
        }
        return BY_ID[classId / 5 * METHODS + methodId];
    }

    public int id() {
        return id;
    }

    public int classId() {
        return id >>> 16;
    }

    public int methodId() {
        return id & 0xFFFF;
    }

    public boolean fromClient() {
        return sender != Sender.BROKER;
    }

    public boolean fromBroker() {
        return sender != Sender.CLIENT;
    }

    public String arguments() {
        return arguments;
    }

    /**
     * Whether a broker answers this method with another one that is passed on to the client, as long as the octet of
     * bits does not say no-wait. Opening and closing, which the proxy answers itself, are not meant.
     */
    public boolean isAnswered(int bits) {
        return noWaitBit == Reply.ALWAYS || (noWaitBit >= 0 && (bits & 1 << noWaitBit) == 0);
    }

    /** The name in the specification's spelling: {@code basic.get-ok}. */
    @Override
    public String toString() {
        return protocolName;
    }

    private static @Nullable Method[] index() {
        @Nullable Method[] index = new Method[2 * CLASSES * METHODS];
        for (Method method : values()) {
            index[method.classId() / 5 * METHODS + method.methodId()] = method;
        }
        return index;
    }
}
