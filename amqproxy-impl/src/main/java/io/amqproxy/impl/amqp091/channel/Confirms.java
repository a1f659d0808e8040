package io.amqproxy.impl.amqp091.channel;

import java.nio.ByteBuffer;

/**
 * What the broker has to confirm on one channel, over all its leases. The client of the present lease counts its
 * publishes from where its own channel stands.
 */
public final class Confirms {

    private final TagWindow window = new TagWindow();
    private boolean on;
    /** The broker's tag less the client's. */
    private long base;
    /** The newest tag of earlier leases. */
    private long before;

    /** A lease begins whose client has published so many messages with confirms before. */
    void begin(long lastOfClient) {
        before = window.last();
        base = before - lastOfClient;
    }

    /** Whether the broker may confirm this to the present lease; all that was published before is confirmed. */
    public boolean mayConfirm(long tag, boolean multiple) {
        return tag == 0 ? multiple : tag > before && window.isKnown(tag);
    }

    /** Whether the channel is in confirm mode, in which it stays. */
    boolean isOn() {
        return on;
    }

    void select() {
        on = true;
    }

    void onPublish() {
        if (on) {
            window.open();
        }
    }

    /** Whether nothing is outstanding. */
    boolean isSettled() {
        return window.isSettled();
    }

    /** The newest publish as the client counts. */
    long last() {
        return window.last() - base;
    }

    void onConfirmed(long tag, boolean multiple) {
        window.settle(tag, multiple);
    }

    /** From here on the tag of an ack or a nack at this offset is the client's; 0 stays "all". */
    public void tellClient(ByteBuffer in, int tagAt, long tag) {
        if (base != 0 && tag != 0) {
            in.putLong(tagAt, tag - base);
        }
    }
}
