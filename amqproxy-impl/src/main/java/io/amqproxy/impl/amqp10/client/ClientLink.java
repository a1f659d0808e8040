package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.MessageHead;
import io.amqproxy.impl.amqp10.codec.NestedProperties;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.IncompleteMessage;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A link of a client, and the delivery that the client is sending on it, if a part of one has come. */
final class ClientLink extends IncompleteMessage<ClientShare> {

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

    private final ClientShare share;
    private final IncompleteDeliveries incomplete;
    private final TransactionGuard transactions;
    private BrokerLink link;
    private @Nullable ByteQueue gathered;
    /** What is read of messages in parts, where the broker does so. */
    private @Nullable MessageHead head;

    /** What is counted of all that. */
    private long counted;

    private boolean hasWithheldCredit;

    private int frames;
    private int deliveryId;
    private boolean isSettled;
    private boolean failed;
    /** Why the last message is rejected, or null. */
    private @Nullable String rejection;

    private @Nullable AmqpError why;
    private final byte @Nullable [] address;

    /**
     * @param incomplete those of the client's loop
     * @param transactions of the client
     * @param address of the node that it is from or to, as it is encoded, or null for none
     */
    ClientLink(
            ClientShare share,
            IncompleteDeliveries incomplete,
            TransactionGuard transactions,
            BrokerLink link,
            byte @Nullable [] address) {
        this.share = share;
        this.incomplete = incomplete;
        this.transactions = transactions;
        this.link = link;
        this.address = address;
    }

    BrokerLink link() {
        return link;
    }

    /** It is another one at the broker from now on. */
    void becomes(BrokerLink other) {
        link = other;
    }

    /** Whether it is this one at the broker. */
    boolean is(BrokerLink other) {
        return link == other;
    }

    private LoopContext loop() {
        return share.client().loop();
    }

    /** The condition with which the last message is rejected. */
    String rejection() {
        return Objects.requireNonNull(rejection, "rejected for nothing");
    }

    @Override
    public ClientShare sender() {
        return share;
    }

    @Override
    public long octets() {
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

    /** The link is detached, which the client is told at once. */
    void fail() {
        drop();
        failed = true;
    }

    /** Why the client is told that the link is detached when the broker has done so, or null where it does not ask. */
    @Nullable
    AmqpError why() {
        return why;
    }

    /** Whether the client is not told of its credit, on purpose. */
    boolean hasWithheldCredit() {
        return hasWithheldCredit;
    }

    void withholdCredit(boolean isWithheld) {
        hasWithheldCredit = isWithheld;
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
        return gathered == null && upstream.sender().mustWait(link, transfer.bool(Performative.TRANSFER_SETTLED));
    }

    Taken take(Performative transfer, int end, UpstreamSession upstream, ClientWindows windows) throws AmqpError {
        boolean isFirst = gathered == null;
        if (isFirst) {
            check(transfer, upstream.session().brokerOpen());
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
        if (isFirst && upstream.session().brokerOpen().takesPrimitivesOnly() && !link.isToCoordinator()) {
            NestedProperties.check(transfer.buffer(), transfer.end(), end);
        }
        if (isFirst && !hasMore) {
            checkSize(end - transfer.end());
            BrokerOpen broker = upstream.session().brokerOpen();
            if (broker.readsHeads() && !link.isToCoordinator()) {
                MessageHead reader = upstream.session().messageReader(broker.readsBodies());
                reader.check(transfer.buffer(), transfer.end(), end);
            }
            upstream.sender().send(link, transfer, end, deliveryId, isSettled);
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
        stopCounting();
        try {
            upstream.sender().send(link, queue, frames, deliveryId, isSettled);
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

    private void readHead(Performative transfer, int end, boolean isFirst, UpstreamSession upstream) throws AmqpError {
        MessageHead reader = reader(upstream);
        if (isFirst) {
            reader.begin();
        }
        reader.take(transfer.buffer(), transfer.end(), end, !transfer.bool(Performative.TRANSFER_MORE));
    }

    private static void check(Performative transfer, BrokerOpen broker) throws AmqpError {
        if (!transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
            throw AmqpError.link(AmqpError.INVALID_FIELD, "a delivery's first transfer has no delivery-id");
        }
        if (!transfer.has(Performative.TRANSFER_DELIVERY_TAG) && !broker.doesWithoutTags()) {
            throw AmqpError.link(AmqpError.INVALID_FIELD, "a delivery's first transfer has no delivery-tag");
        }
    }

    private void checkSize(long octets) throws AmqpError {
        long most = loop().settings.maxMessageSize();
        if (octets > most) {
            drop();
            InboundSession client = share.client();
            loop().limitReached(
                            LoopContext.Limit.MESSAGE,
                            client.info(),
                            client + ": a message of more than " + most + " octets is not taken");
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
        frames += upstream.sender().gather(link, transfer, end, isFirst, queue);
        count(queue.heldBytes() + (head == null ? 0 : head.octets()));
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

    private void stopCounting() {
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
        stopCounting();
        if (queue != null) {
            gathered = null;
            queue.clear();
            loop().giveBack(queue);
        }
    }
}
