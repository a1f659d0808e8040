package io.amqproxy.impl.amqp091.channel;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Who has the method of a delivery until its header has come, and says then whether the client gets the message. */
interface DeliveryJudge {

    /** The header of the delivery has come; returns whether the client does not get the message. */
    boolean withholds(ByteBuffer in, int at, int length);

    /** The client, if there is one, gets the method, as the message follows. */
    void passOn(@Nullable FrameReceiver to);
}
