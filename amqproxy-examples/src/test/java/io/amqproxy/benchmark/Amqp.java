package io.amqproxy.benchmark;

/** What load generator and null broker need of AMQP 0-9-1. A method's id is its class id and method id in one int. */
final class Amqp {

    static final int METHOD = 1;
    static final int HEADER = 2;
    static final int BODY = 3;
    static final int HEARTBEAT = 8;
    static final int PROTOCOL_HEADER = 'A';
    static final byte END = (byte) 0xCE;

    /** Octets before a frame's payload. */
    static final int PAYLOAD = 7;
    /** Octets of a frame besides its payload. */
    static final int OVERHEAD = 8;
    /** Octets before a method's arguments, within the payload. */
    static final int ARGUMENTS = 4;

    static final int FRAME_MAX = 131_072;
    static final int CHANNEL_MAX = 2_047;
    static final int HEARTBEAT_SECONDS = 60;

    static final int CONNECTION_START = id(10, 10);
    static final int CONNECTION_START_OK = id(10, 11);
    static final int CONNECTION_TUNE = id(10, 30);
    static final int CONNECTION_TUNE_OK = id(10, 31);
    static final int CONNECTION_OPEN = id(10, 40);
    static final int CONNECTION_OPEN_OK = id(10, 41);
    static final int CONNECTION_CLOSE = id(10, 50);
    static final int CONNECTION_CLOSE_OK = id(10, 51);
    static final int CHANNEL_OPEN = id(20, 10);
    static final int CHANNEL_OPEN_OK = id(20, 11);
    static final int CHANNEL_FLOW = id(20, 20);
    static final int CHANNEL_FLOW_OK = id(20, 21);
    static final int CHANNEL_CLOSE = id(20, 40);
    static final int CHANNEL_CLOSE_OK = id(20, 41);
    static final int EXCHANGE_DECLARE = id(40, 10);
    static final int EXCHANGE_DECLARE_OK = id(40, 11);
    static final int QUEUE_DECLARE = id(50, 10);
    static final int QUEUE_DECLARE_OK = id(50, 11);
    static final int BASIC_CLASS = 60;
    static final int BASIC_QOS = id(60, 10);
    static final int BASIC_QOS_OK = id(60, 11);
    static final int BASIC_CONSUME = id(60, 20);
    static final int BASIC_CONSUME_OK = id(60, 21);
    static final int BASIC_CANCEL = id(60, 30);
    static final int BASIC_CANCEL_OK = id(60, 31);
    static final int BASIC_PUBLISH = id(60, 40);
    static final int BASIC_DELIVER = id(60, 60);
    static final int BASIC_ACK = id(60, 80);
    static final int CONFIRM_SELECT = id(85, 10);
    static final int CONFIRM_SELECT_OK = id(85, 11);

    private Amqp() {}

    private static int id(int classId, int methodId) {
        return classId << 16 | methodId;
    }

    static String name(int id) {
        return (id >>> 16) + "." + (id & 0xFFFF);
    }
}
