package io.amqproxy.impl.amqp091.client;

import java.nio.ByteBuffer;

/** A message of which a part lies in the read buffer, which is about to be used for other octets. */
interface HeldContent {

    /** The read buffer's bytes up to this offset must be left: what is held there is gathered. */
    void spill(ByteBuffer in, int upTo);
}
