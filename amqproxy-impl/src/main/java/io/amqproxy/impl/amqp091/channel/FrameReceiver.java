package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.WriteCoalescer;
import java.nio.ByteBuffer;

/** A channel of a client as what the broker sends needs it. */
public interface FrameReceiver {

    /** {@return its number at the client} */
    int number();

    /** The largest frame that the client takes. */
    int frameMax();

    /** How the client reads what it is sent. */
    ClientFlow flow();

    /** Passes on whole messages that carry this channel's number already. */
    void deliver(WriteCoalescer writes, ByteBuffer in, int at, int end);

    /** Passes on one frame of the broker. */
    void deliverFrame(WriteCoalescer writes, ByteBuffer in, int at, int length);

    /** Passes on a part of a body as frames of their own. */
    void deliverPart(ByteBuffer in, int from, int to);

    /** Passes on a frame that was gathered, and carries this channel's number already. */
    void deliverGathered(ByteQueue frame);

    /** The broker has sent a frame that the client cannot take. */
    void onTooLarge(int octets);
}
