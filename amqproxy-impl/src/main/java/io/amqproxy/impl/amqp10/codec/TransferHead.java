package io.amqproxy.impl.amqp10.codec;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;

/**
 * A transfer up to its delivery's number, behind which stands what came from the other side as it came. Nearly every
 * message goes this way, so that only what differs from one to the next is put in:
 *
 * <pre>
 *    0       4        6         8           12     16      20       25            30
 *   +-------+--------+---------+-----------+------+-------+--------+-------------+
 *   | SIZE  | 02  00 | CHANNEL | 00 53 14  | SIZE | COUNT | 70     | 70          |
 *   |       |        |         | D0        |      |       | HANDLE | DELIVERY-ID |
 *   +-------+--------+---------+-----------+------+-------+--------+-------------+
 * </pre>
 */
final class TransferHead {

    private static final int LIST_SIZE_AT = FrameHeader.LENGTH + 4;
    private static final int COUNT_AT = LIST_SIZE_AT + 4;
    private static final int HANDLE_AT = COUNT_AT + 4 + 1;
    private static final int ID_AT = HANDLE_AT + 4 + 1;
    static final int LENGTH = ID_AT + 4;

    private final ByteBuffer octets = ByteBuffer.allocate(LENGTH);

    TransferHead() {
        octets.put(FrameHeader.DOFF_OFFSET, (byte) 2);
        octets.put(FrameHeader.LENGTH + 1, (byte) FormatCode.ULONG_SMALL);
        octets.put(FrameHeader.LENGTH + 2, (byte) CompositeType.TRANSFER.code());
        octets.put(FrameHeader.LENGTH + 3, (byte) FormatCode.LIST_32);
        octets.put(HANDLE_AT - 1, (byte) FormatCode.UINT);
        octets.put(ID_AT - 1, (byte) FormatCode.UINT);
    }

    /** It is followed by so many fields, of so many octets, and a payload of so many. */
    void put(int channel, int handle, int id, int fieldsBehind, int octetsBehind, int payload) {
        octets.putInt(FrameHeader.SIZE_OFFSET, LENGTH + octetsBehind + payload);
        octets.putShort(FrameHeader.CHANNEL_OFFSET, (short) channel);
        octets.putInt(LIST_SIZE_AT, LENGTH + octetsBehind - COUNT_AT);
        octets.putInt(COUNT_AT, 2 + fieldsBehind);
        octets.putInt(HANDLE_AT, handle);
        octets.putInt(ID_AT, id);
    }

    void to(ByteQueue out) {
        out.append(octets, 0, LENGTH);
    }
}
