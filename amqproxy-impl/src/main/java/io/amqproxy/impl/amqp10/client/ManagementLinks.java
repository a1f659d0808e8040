package io.amqproxy.impl.amqp10.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import java.nio.ByteBuffer;

/**
 * RabbitMQ's management of queues, over a pair of links of a client. A queue that a client declares there to be
 * exclusive is its connection's: only that can use it, and it ends with that.
 */
final class ManagementLinks {

    static final String ADDRESS = "/management";

    private static final byte[] EXCLUSIVE = "exclusive".getBytes(US_ASCII);
    private static final int FALSE = 0x42;
    private static final int BOOLEAN = 0x56;

    private ManagementLinks() {}

    /** Whether the attach is for one of the two links. */
    static boolean isAt(Performative attach) {
        return Terminus.isAt(
                attach,
                attach.bool(Performative.ATTACH_ROLE) ? Performative.ATTACH_SOURCE : Performative.ATTACH_TARGET,
                ADDRESS);
    }

    /**
     * Whether a request, whose payload ends at this offset, may declare an exclusive queue: one that comes in parts
     * may.
     */
    static boolean mayDeclareExclusive(Performative transfer, int end) {
        if (transfer.bool(Performative.TRANSFER_MORE)) {
            return true;
        }
        ByteBuffer in = transfer.buffer();
        for (int at = transfer.end(); at + EXCLUSIVE.length < end; at++) {
            if (isExclusive(in, at) && !isFalse(in, at + EXCLUSIVE.length, end)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isExclusive(ByteBuffer in, int at) {
        for (int i = 0; i < EXCLUSIVE.length; i++) {
            if (in.get(at + i) != EXCLUSIVE[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFalse(ByteBuffer in, int at, int end) {
        int constructor = in.get(at) & 0xFF;
        return constructor == FALSE || (constructor == BOOLEAN && at + 1 < end && in.get(at + 1) == 0);
    }
}
