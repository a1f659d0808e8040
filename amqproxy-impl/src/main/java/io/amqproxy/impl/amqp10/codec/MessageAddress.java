package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;

/** To where a message goes, as it says itself (part 3, section 3.2.4); so it is told on a link without an address. */
public final class MessageAddress {

    private static final int PROPERTIES = 0x73;
    /** Which field of the properties it is. */
    private static final int TO = 2;
    /** Longer ones are nobody's name. */
    private static final int MOST = 512;

    private MessageAddress() {}

    /** {@return the address in the first octets of a message, empty where none is there as a whole} */
    public static String read(ByteBuffer in, int from, int to) {
        try {
            for (int at = from; at < to && in.get(at) == FormatCode.DESCRIBED; ) {
                int value = MessageHead.behindDescriptor(in, at + 1, to);
                if (value >= to) {
                    return "";
                }
                int code = MessageHead.code(in, at + 1);
                int end = Values.skip(in, value, to);
                if (code >= PROPERTIES) {
                    return code == PROPERTIES ? ofProperties(in, value, end) : "";
                }
                at = end;
            }
        } catch (AmqpError malformed) {
            return ""; // Whether that may be sent others say.
        }
        return "";
    }

    private static String ofProperties(ByteBuffer in, int list, int end) throws AmqpError {
        if (!FormatCode.isList(Values.constructor(in, list, end)) || Values.count(in, list) <= TO) {
            return "";
        }
        int item = Values.firstItem(in, list);
        for (int i = 0; i < TO; i++) {
            item = Values.skip(in, item, end);
        }
        boolean isText = FormatCode.isString(Values.constructor(in, item, end));
        return isText && Values.contentLength(in, item) <= MOST ? Values.text(in, item) : "";
    }
}
