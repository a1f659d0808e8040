package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamEndpoint;
import io.amqproxy.impl.buffer.ByteQueue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The links of one session by the client's handles, and the deliveries that come on them in parts. */
final class ClientLinks {

    static final int HANDLE_MAX = 255;
    private static final int MAX_TAG = 32;

    /** A link, and the delivery that the client is sending on it, if a part of one has come. */
    static final class Entry {
        private final BrokerLink link;
        private @Nullable ByteQueue gathered;
        private int frames;
        private int deliveryId;
        private boolean isSettled;

        Entry(BrokerLink link) {
            this.link = link;
        }

        BrokerLink link() {
            return link;
        }

        /** Takes a transfer; answers whether a delivery is complete and sent. */
        boolean take(Performative transfer, int end, UpstreamEndpoint upstream, Amqp10Client client) throws AmqpError {
            boolean isFirst = gathered == null;
            if (isFirst) {
                check(transfer);
                deliveryId = transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0);
                isSettled = transfer.bool(Performative.TRANSFER_SETTLED);
            } else if (transfer.uint(Performative.TRANSFER_DELIVERY_ID, deliveryId) != deliveryId) {
                throw AmqpError.session(AmqpError.NOT_ALLOWED, "another delivery before the last one is complete");
            }
            if (transfer.bool(Performative.TRANSFER_ABORTED)) {
                drop(client);
                return false;
            }
            boolean hasMore = transfer.bool(Performative.TRANSFER_MORE);
            if (isFirst && !hasMore) {
                upstream.send(link, transfer, end, deliveryId, isSettled);
                return true;
            }
            gather(transfer, end, upstream, client, isFirst);
            ByteQueue queue = gathered;
            if (hasMore || queue == null) {
                return false;
            }
            gathered = null;
            upstream.send(queue, frames, deliveryId, isSettled);
            client.loop().giveBack(queue);
            return true;
        }

        private static void check(Performative transfer) throws AmqpError {
            if (!transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
                throw AmqpError.session(AmqpError.INVALID_FIELD, "a delivery's first transfer has no delivery-id");
            }
            if (!transfer.has(Performative.TRANSFER_DELIVERY_TAG)) {
                throw AmqpError.session(AmqpError.INVALID_FIELD, "a delivery's first transfer has no delivery-tag");
            }
            if (transfer.contentLength(Performative.TRANSFER_DELIVERY_TAG) > MAX_TAG) {
                throw AmqpError.connection(AmqpError.DECODE_ERROR, "delivery-tag of more than 32 octets");
            }
        }

        private void gather(
                Performative transfer, int end, UpstreamEndpoint upstream, Amqp10Client client, boolean isFirst)
                throws AmqpError {
            ByteQueue queue = gathered;
            if (queue == null) {
                queue = client.loop().takeQueue();
                gathered = queue;
                frames = 0;
            }
            frames += upstream.gather(link, transfer, end, isFirst, queue);
            long most = client.loop().settings.maxMessageSize();
            if (queue.size() > most) {
                drop(client);
                throw AmqpError.session(
                        AmqpError.MESSAGE_SIZE_EXCEEDED, "message is larger than the " + most + " octets allowed");
            }
        }

        void drop(Amqp10Client client) {
            ByteQueue queue = gathered;
            if (queue != null) {
                gathered = null;
                queue.clear();
                client.loop().giveBack(queue);
            }
        }
    }

    private @Nullable Entry[] entries = new Entry[2];

    /** The handle of an attach, which has to be free. */
    int checkedHandle(Performative attach) throws AmqpError {
        long handle = Integer.toUnsignedLong(attach.uint(Performative.ATTACH_HANDLE, 0));
        if (handle > HANDLE_MAX) {
            throw AmqpError.connection(
                    AmqpError.FRAMING_ERROR, "handle " + handle + " is above handle-max (" + HANDLE_MAX + ")");
        }
        if (get((int) handle) != null) {
            throw AmqpError.session(AmqpError.HANDLE_IN_USE, "handle " + handle + " is in use");
        }
        return (int) handle;
    }

    private @Nullable Entry get(int handle) {
        return handle >= 0 && handle < entries.length ? entries[handle] : null;
    }

    void add(BrokerLink link) {
        if (link.clientHandle() >= entries.length) {
            entries = Arrays.copyOf(entries, Math.max(2 * entries.length, link.clientHandle() + 1));
        }
        entries[link.clientHandle()] = new Entry(link);
    }

    private Entry known(int handle, Performative what) throws AmqpError {
        Entry entry = get(handle);
        if (entry == null) {
            throw AmqpError.session(
                    AmqpError.UNATTACHED_HANDLE,
                    what + " on handle " + Integer.toUnsignedString(handle) + ", which is not attached");
        }
        return entry;
    }

    BrokerLink attached(int handle, Performative what) throws AmqpError {
        return known(handle, what).link;
    }

    /** The link of a transfer, on which the client sends. */
    Entry sending(Performative transfer) throws AmqpError {
        Entry entry = known(transfer.uint(Performative.TRANSFER_HANDLE, 0), transfer);
        if (!entry.link.isClientSending()) {
            throw AmqpError.session(AmqpError.NOT_ALLOWED, "transfer on a link that receives");
        }
        return entry;
    }

    Entry remove(Performative detach) throws AmqpError {
        int handle = detach.uint(Performative.DETACH_HANDLE, 0);
        Entry entry = known(handle, detach);
        entries[handle] = null;
        return entry;
    }

    /** The broker has detached the link; what came of a delivery on it is of no use. */
    void onDetached(BrokerLink link, Amqp10Client client) {
        Entry entry = get(link.clientHandle());
        if (entry != null && entry.link == link) {
            entry.drop(client);
        }
    }

    /** All links are gone. */
    void drop(Amqp10Client client) {
        for (Entry entry : entries) {
            if (entry != null) {
                entry.drop(client);
            }
        }
        Arrays.fill(entries, null);
    }
}
