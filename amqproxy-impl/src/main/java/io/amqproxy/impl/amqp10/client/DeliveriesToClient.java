package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.TransferWriter;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.InboundSession;
import org.jspecify.annotations.Nullable;

/** What the broker sends on one session of a client: in frames that the client takes, and no more than it takes. */
final class DeliveriesToClient {

    /** Octets; of frames beyond that none wait for the client's window. */
    private static final int MOST_HELD = 2 * Settings.FRAME_MAX;

    private final InboundSession client;
    private final Amqp10Context context;
    private final ClientBackpressure10 backpressure;
    private final int maxFrameSize;
    private final int channel;
    private final ClientWindows windows;
    private long count;
    /** The number of the next one. */
    private int next;
    /** Frames that a transfer became and that the client's window has no room for; null where there are none. */
    private @Nullable ByteQueue held;

    /** @param client which is open, and takes frames of this size at the most */
    DeliveriesToClient(ClientShare client, int maxFrameSize, int channel, ClientWindows windows) {
        this.client = client.client();
        this.context = Amqp10Context.of(this.client.loop());
        this.backpressure = client.backpressure();
        this.maxFrameSize = maxFrameSize;
        this.channel = channel;
        this.windows = windows;
    }

    /** How many came as a whole in the lease. */
    long count() {
        return count;
    }

    /** The same, as the lease ends. */
    long endCount() {
        long all = count;
        count = 0;
        drop(); // Nobody waits for the rest of a delivery that does not come.
        return all;
    }

    /** The number that the next one gets. */
    int next() {
        return next;
    }

    /** How many transfers the broker may send. */
    int window(@Nullable UpstreamSession from) {
        return isHolding() || client.out().size() > Settings.OWNED_BACKLOG
                ? 0
                : windows.most(framesForOne(from), client.loop().chunks.isTight());
    }

    /** How many transfers of the broker the client takes, whatever waits for it. */
    int bound(UpstreamSession from) {
        return isHolding() ? 0 : windows.bound(framesForOne(from));
    }

    /** How many frames of the client one of the broker may become. */
    private int framesForOne(@Nullable UpstreamSession from) {
        int most = from == null ? 0 : from.session().brokerOpen().maxFrameSize();
        return most <= maxFrameSize ? 1 : 1 + 2 * most / maxFrameSize;
    }

    /**
     * Passes a transfer on.
     *
     * @throws AmqpError where the client could not take it
     */
    void pass(UpstreamSession from, BrokerLink link, Performative transfer, int end) throws AmqpError {
        boolean hasId = transfer.has(Performative.TRANSFER_DELIVERY_ID);
        int id = hasId ? from.clientDelivery(transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0)) : 0;
        TransferWriter writer = context.transferWriter();
        int frames = writer.begin(channel, link.handleToClient(), hasId, id, transfer, end, maxFrameSize);
        boolean isTooMuch = isHolding() || (frames > 1 && !windows.hasRoomFor(frames));
        ByteQueue out = isTooMuch ? held() : client.out();
        long before = out.size();
        writer.to(out);
        int octets = (int) (out.size() - before);
        count += transfer.bool(Performative.TRANSFER_MORE) ? 0 : 1;
        backpressure.onDelivery(octets);
        next = hasId && id - next >= 0 ? id + 1 : next;
        if (isTooMuch) {
            send(out.size() > MOST_HELD);
        } else {
            windows.onSent(frames, octets);
        }
        client.flush();
    }

    private boolean isHolding() {
        return held != null;
    }

    private ByteQueue held() {
        ByteQueue queue = held == null ? client.loop().takeQueue() : held;
        held = queue;
        return queue;
    }

    /** The client takes more, or what comes next has to come behind all that is held. */
    void goOn(boolean isAll) {
        if (isHolding()) {
            send(isAll);
            client.flush();
        }
    }

    private void send(boolean isAll) {
        ByteQueue from = held();
        while (!from.isEmpty() && (isAll || windows.hasRoomFor(1))) {
            int octets = from.firstInt(); // Its size, which a frame begins with.
            from.moveFirst(octets, client.out());
            windows.onSent(1, octets);
        }
        if (from.isEmpty()) {
            drop();
        }
    }

    private void drop() {
        ByteQueue queue = held;
        held = null;
        if (queue != null) {
            queue.clear();
            client.loop().giveBack(queue);
        }
    }
}
