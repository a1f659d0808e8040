package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.MessageHead;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The links of one session by the client's handles, and the deliveries that come on them in parts. The handles in the
 * other direction are the same numbers, as far as those are free: who detaches may use a handle again at once, and what
 * is under way to it has another one.
 */
final class ClientLinks {

    static final int HANDLE_MAX = 255;
    private static final int MAX_TAG = 32;

    /** What became of a transfer. */
    enum Taken {
        /** It is a part of a delivery. */
        GATHERED,
        /** A delivery is complete and sent. */
        SENT,
        /** A delivery will not be sent. */
        GIVEN_UP,
        /** It will not be sent either, and the client is told that it was rejected. */
        REJECTED
    }

    /** A link, and the delivery that the client is sending on it, if a part of one has come. */
    static final class Entry extends IncompleteSender {
        private final IncompleteDeliveries incomplete;
        private final TransactionGuard transactions;
        private BrokerLink link;
        private @Nullable ByteQueue gathered;
        /** What is read of messages in parts, where the broker does so. */
        private @Nullable MessageHead head;

        /** What is counted of all that. */
        private long counted;

        /** Whether the client is not told of its credit, on purpose. */
        private boolean hasWithheldCredit;

        private int frames;
        private int deliveryId;
        private boolean isSettled;
        private boolean failed;
        /** Why the last message is rejected, or null. */
        private @Nullable String rejection;

        /** Why the client is told that the link is detached when the broker has done so, or null. */
        private @Nullable AmqpError why;
        /** As it is encoded, or null for none. */
        private final byte @Nullable [] address;

        Entry(ClientLinks links, BrokerLink link, byte @Nullable [] address) {
            super(links.share);
            this.incomplete = links.incomplete;
            this.transactions = links.transactions;
            this.link = link;
            this.address = address;
        }

        BrokerLink link() {
            return link;
        }

        private LoopContext loop() {
            return share().client().loop();
        }

        /** The condition with which the last message is rejected. */
        String rejection() {
            return Objects.requireNonNull(rejection, "rejected for nothing");
        }

        @Override
        long octets() {
            return counted;
        }

        /** Whether the proxy has detached the link, and the client has not. */
        boolean isFailed() {
            return failed;
        }

        /** The link is detached; the client is told why when the broker has detached it. */
        void endFor(AmqpError reason) {
            drop();
            failed = true;
            why = reason;
        }

        /** Whether it is from or to a node with such an address. */
        boolean isAt(Predicate<? super String> addresses) {
            return addresses.test(address());
        }

        /** Of the node that it is from or to, empty where there is none. */
        String address() {
            return Terminus.text(address);
        }

        /** Whether nobody has detached the link. */
        boolean isLive() {
            return !failed && link.state() != BrokerLink.State.DETACH_RECEIVED;
        }

        /** Deliveries that the client has begun and the broker has not got. */
        int pending() {
            return gathered == null ? 0 : 1;
        }

        /** Whether the broker has to be done with what came before this transfer. */
        boolean mustWait(Performative transfer, UpstreamSession upstream) {
            return gathered == null && upstream.mustWait(link, transfer.bool(Performative.TRANSFER_SETTLED));
        }

        Taken take(Performative transfer, int end, UpstreamSession upstream, ClientWindows windows) throws AmqpError {
            boolean isFirst = gathered == null;
            if (isFirst) {
                check(transfer);
                windows.onDelivery(transfer);
                deliveryId = transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0);
                isSettled = false;
            } else if (transfer.uint(Performative.TRANSFER_DELIVERY_ID, deliveryId) != deliveryId) {
                throw AmqpError.link(AmqpError.INVALID_FIELD, "another delivery before the last one is complete");
            }
            isSettled |= transfer.bool(Performative.TRANSFER_SETTLED);
            if (transfer.bool(Performative.TRANSFER_ABORTED)) {
                drop();
                link.onGivenUp();
                return Taken.GIVEN_UP;
            }
            rejection = isFirst ? transactions.rejection(link, transfer, end, upstream) : rejection;
            if (rejection != null) {
                link.onGivenUp();
                return Taken.REJECTED;
            }
            boolean hasMore = transfer.bool(Performative.TRANSFER_MORE);
            if (isFirst && !hasMore) {
                checkSize(end - transfer.end());
                if (upstream.session().brokerOpen().readsHeads() && !link.isToCoordinator()) {
                    reader(upstream).check(transfer.buffer(), transfer.end(), end);
                }
                upstream.send(link, transfer, end, deliveryId, isSettled);
                return Taken.SENT;
            }
            if (upstream.session().brokerOpen().readsHeads() && !link.isToCoordinator()) {
                readHead(transfer, end, isFirst, upstream);
            }
            ByteQueue queue = gather(transfer, end, upstream, isFirst);
            if (hasMore) {
                return Taken.GATHERED;
            }
            gathered = null;
            uncount();
            try {
                upstream.send(link, queue, frames, deliveryId, isSettled);
            } finally {
                queue.clear();
                loop().giveBack(queue);
            }
            return Taken.SENT;
        }

        private MessageHead reader(UpstreamSession upstream) {
            MessageHead reader = head;
            boolean readsBody = upstream.session().brokerOpen().readsBodies();
            if (reader == null || reader.readsBody() != readsBody) {
                reader = new MessageHead(readsBody);
                head = reader;
            }
            return reader;
        }

        private void readHead(Performative transfer, int end, boolean isFirst, UpstreamSession upstream)
                throws AmqpError {
            MessageHead reader = reader(upstream);
            if (isFirst) {
                reader.begin();
            }
            reader.take(transfer.buffer(), transfer.end(), end, !transfer.bool(Performative.TRANSFER_MORE));
        }

        private static void check(Performative transfer) throws AmqpError {
            if (!transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
                throw AmqpError.link(AmqpError.INVALID_FIELD, "a delivery's first transfer has no delivery-id");
            }
            if (!transfer.has(Performative.TRANSFER_DELIVERY_TAG)) {
                throw AmqpError.link(AmqpError.INVALID_FIELD, "a delivery's first transfer has no delivery-tag");
            }
            if (transfer.contentLength(Performative.TRANSFER_DELIVERY_TAG) > MAX_TAG) {
                throw AmqpError.link(AmqpError.INVALID_FIELD, "delivery-tag of more than 32 octets");
            }
        }

        private void checkSize(long octets) throws AmqpError {
            long most = loop().settings.maxMessageSize();
            if (octets > most) {
                drop();
                throw AmqpError.link(
                        AmqpError.MESSAGE_SIZE_EXCEEDED, "message is larger than the " + most + " octets allowed");
            }
        }

        private ByteQueue gather(Performative transfer, int end, UpstreamSession upstream, boolean isFirst)
                throws AmqpError {
            ByteQueue queue = gathered;
            if (queue == null) {
                queue = loop().takeQueue();
                gathered = queue;
                frames = 0;
            }
            frames += upstream.gather(link, transfer, end, isFirst, queue);
            count(queue.size() + (head == null ? 0 : head.octets()));
            checkSize(queue.size());
            return queue;
        }

        private void count(long octets) throws AmqpError {
            long more = octets - counted;
            counted = octets;
            if (!incomplete.grow(this, more)) {
                drop();
                throw AmqpError.link(
                        AmqpError.RESOURCE_LIMIT_EXCEEDED,
                        "messages of which a part has come take more than the " + incomplete.mostOfClient()
                                + " octets that one client may have");
            }
        }

        private void uncount() {
            if (head != null) {
                head.begin();
            }
            if (counted > 0) {
                incomplete.end(this, counted);
                counted = 0;
            }
        }

        void drop() {
            ByteQueue queue = gathered;
            uncount();
            if (queue != null) {
                gathered = null;
                queue.clear();
                loop().giveBack(queue);
            }
        }
    }

    private final ClientShare share;
    private final IncompleteDeliveries incomplete;
    private final TransactionGuard transactions;
    private @Nullable Entry[] entries = new Entry[2];
    /** By the handles towards the client. */
    private @Nullable BrokerLink[] outgoing = new BrokerLink[2];

    private int count;

    /**
     * @param incomplete those of the client's loop
     * @param transactions of the client
     */
    ClientLinks(ClientShare share, IncompleteDeliveries incomplete, TransactionGuard transactions) {
        this.share = share;
        this.incomplete = incomplete;
        this.transactions = transactions;
    }

    /** How many there are. */
    int count() {
        return count;
    }

    /** The handle of an attach has to be free. */
    void checkHandle(Performative attach) throws AmqpError {
        long handle = Integer.toUnsignedLong(attach.uint(Performative.ATTACH_HANDLE, 0));
        if (handle > HANDLE_MAX) {
            throw AmqpError.connection(
                    AmqpError.FRAMING_ERROR, "handle " + handle + " is above handle-max (" + HANDLE_MAX + ")");
        }
        if (get((int) handle) != null) {
            throw AmqpError.session(AmqpError.HANDLE_IN_USE, "handle " + handle + " is in use");
        }
    }

    private @Nullable Entry get(int handle) {
        return handle >= 0 && handle < entries.length ? entries[handle] : null;
    }

    /** The link is the client's, by the attach, whose handle is free. */
    void add(BrokerLink link, Performative attach) throws AmqpError {
        share.take("links");
        count++;
        int handle = attach.uint(Performative.ATTACH_HANDLE, 0);
        byte[] name = attach.raw(Performative.ATTACH_NAME);
        int out = outgoingFor(handle);
        link.belongTo(name == null ? new byte[0] : name, out);
        int terminus = link.isClientSending() ? Performative.ATTACH_TARGET : Performative.ATTACH_SOURCE;
        put(handle, new Entry(this, link, Terminus.address(attach, terminus)));
        outgoing[out] = link;
    }

    private int outgoingFor(int handle) {
        int out = handle < outgoing.length && outgoing[handle] != null ? 0 : handle;
        while (out < outgoing.length && outgoing[out] != null) {
            out++;
        }
        if (out >= outgoing.length) {
            outgoing = Arrays.copyOf(outgoing, Math.max(2 * outgoing.length, out + 1));
        }
        return out;
    }

    /** The client was told that the link is detached, so that its handle in that direction is free. */
    void release(BrokerLink link) {
        if (outgoing[link.handleToClient()] == link) {
            outgoing[link.handleToClient()] = null;
        }
    }

    Entry known(int handle, Performative what) throws AmqpError {
        Entry entry = get(handle);
        if (entry == null) {
            throw AmqpError.session(
                    AmqpError.UNATTACHED_HANDLE,
                    what + " on handle " + Integer.toUnsignedString(handle) + ", which is not attached");
        }
        return entry;
    }

    /** The link of a transfer, on which the client sends. */
    Entry sending(Performative transfer) throws AmqpError {
        Entry entry = known(transfer.uint(Performative.TRANSFER_HANDLE, 0), transfer);
        if (!entry.link.isClientSending()) {
            throw AmqpError.session(AmqpError.UNATTACHED_HANDLE, "transfer on a link that receives");
        }
        return entry;
    }

    /** The one of this encoded name and role, or null. */
    @Nullable
    Entry named(byte[] name, boolean isClientSending) {
        for (Entry entry : entries) {
            if (entry != null
                    && entry.link.isClientSending() == isClientSending
                    && Arrays.equals(entry.link.clientName(), name)) {
                return entry;
            }
        }
        return null;
    }

    /**
     * The handle of an attach, which is free, stands from now on for the link of its name and role as well.
     *
     * @return whether there is one that nobody has detached
     */
    boolean join(Performative attach) {
        byte[] name = attach.raw(Performative.ATTACH_NAME);
        Entry entry = name == null ? null : named(name, !attach.bool(Performative.ATTACH_ROLE));
        if (entry == null || !entry.isLive()) {
            return false;
        }
        put(attach.uint(Performative.ATTACH_HANDLE, 0), entry);
        return true;
    }

    private void put(int handle, Entry entry) {
        if (handle >= entries.length) {
            entries = Arrays.copyOf(entries, Math.max(2 * entries.length, handle + 1));
        }
        entries[handle] = entry;
    }

    /** Those of which the client knows that they are attached. */
    List<BrokerLink> known() {
        return Stream.of(outgoing)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** The client's link is another one at the broker from now on, which has its handle towards the client. */
    void replace(Entry entry, BrokerLink link) {
        entry.link = link;
        outgoing[link.handleToClient()] = link;
    }

    /** The client detaches; null where it has no such link. */
    @Nullable
    Entry remove(Performative detach) {
        int handle = detach.uint(Performative.DETACH_HANDLE, 0);
        Entry entry = get(handle);
        if (entry != null) {
            entry.drop();
            for (int i = 0; i < entries.length; i++) {
                entries[i] = entries[i] == entry ? null : entries[i];
            }
            count--;
            share.giveBack(1);
        }
        return entry;
    }

    /** The proxy has detached the link for what the client did; what comes on it is dropped until the client has. */
    void fail(Entry entry) {
        entry.drop();
        entry.failed = true;
        release(entry.link);
    }

    /**
     * The broker has detached the link; what came of a delivery on it is of no use.
     *
     * @return whether the client has to be told
     */
    boolean onDetached(BrokerLink link) {
        Entry entry = of(link);
        if (entry != null) {
            entry.drop();
        }
        boolean isKnown = isKnown(link);
        release(link);
        return isKnown;
    }

    /** Whether the client has not been told that the link is detached. */
    boolean isKnown(BrokerLink link) {
        return link.handleToClient() < outgoing.length && outgoing[link.handleToClient()] == link;
    }

    /** The one of this link, or null where the client has detached it. */
    @Nullable
    Entry of(BrokerLink link) {
        for (Entry entry : entries) {
            if (entry != null && entry.link == link) {
                return entry;
            }
        }
        return null;
    }

    /** Why the client is told that the link is detached when the broker has done so, or null where it does not ask. */
    @Nullable
    AmqpError whyDetached(BrokerLink link) {
        Entry entry = of(link);
        return entry == null ? null : entry.why;
    }

    /** Those of such ones that nobody has detached. */
    List<Entry> chosen(Predicate<Entry> which) {
        return Stream.of(entries)
                .filter(entry -> entry != null && entry.isLive())
                .map(Objects::requireNonNull)
                .distinct()
                .filter(which)
                .toList();
    }

    /**
     * Whether the client is not to be told of the credit that it has there, on purpose.
     *
     * @param judge who says so, null for nobody
     */
    boolean withholdsCredit(BrokerLink link, int session, @Nullable FaultJudge judge) {
        if (judge == null) {
            return false;
        }
        Entry entry = of(link);
        if (entry == null) {
            return false;
        }
        entry.hasWithheldCredit = judge.withholdsCredit(session, entry.address());
        return entry.hasWithheldCredit;
    }

    /** Those on which the client may send now, and knows it, or does not as that is withheld. */
    List<BrokerLink> withCredit(boolean isWithheld) {
        return Stream.of(entries)
                .filter(entry -> entry != null && entry.isLive() && entry.hasWithheldCredit == isWithheld)
                .distinct()
                .map(entry -> Objects.requireNonNull(entry).link)
                .filter(link ->
                        link.isClientSending() && link.state() == BrokerLink.State.ATTACHED && link.credit() > 0)
                .toList();
    }

    /** All links are gone with the session at the broker; those that are left are the client's to detach. */
    void lose() {
        for (Entry entry : entries) {
            if (entry != null) {
                fail(entry);
            }
        }
    }

    /** All links are gone. */
    void drop() {
        for (Entry entry : entries) {
            if (entry != null) {
                entry.drop();
            }
        }
        Arrays.fill(entries, null);
        Arrays.fill(outgoing, null);
    }
}
