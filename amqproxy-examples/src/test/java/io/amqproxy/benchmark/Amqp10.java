package io.amqproxy.benchmark;

/** What the benchmark needs of AMQP 1.0 (OASIS AMQP 1.0, parts 2 and 5). */
final class Amqp10 {

    static final int FRAME_HEADER = 8;
    static final int AMQP_FRAME = 0;
    static final int SASL_FRAME = 1;

    static final int OPEN = 0x10;
    static final int BEGIN = 0x11;
    static final int ATTACH = 0x12;
    static final int FLOW = 0x13;
    static final int TRANSFER = 0x14;
    static final int DISPOSITION = 0x15;
    static final int DETACH = 0x16;
    static final int END = 0x17;
    static final int CLOSE = 0x18;
    static final int ACCEPTED = 0x24;
    static final int SOURCE = 0x28;
    static final int TARGET = 0x29;
    static final int SASL_MECHANISMS = 0x40;
    static final int SASL_INIT = 0x41;
    static final int SASL_OUTCOME = 0x44;
    static final int DATA = 0x75;

    /** Where a transfer has its delivery's number, behind a frame's header and three constructors. */
    static final int DELIVERY_ID_AT = FRAME_HEADER + 3 + 9 + 5 + 1;

    static final int MAX_FRAME_SIZE = 128 * 1024;
    static final int WINDOW = Integer.MAX_VALUE;
    static final int CREDIT = 64 * 1024;

    private Amqp10() {}

    static boolean isHeader(long octets) {
        return octets >>> 32 == 0x414D5150L;
    }
}
