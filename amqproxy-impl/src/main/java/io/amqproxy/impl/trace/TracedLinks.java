package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import io.amqproxy.trace.TracedMessage;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the links on which one direction of an AMQP 1.0 connection carries messages: their addresses, what
 * has come of a message in several transfers, and which of them carry secrets. Those are links to the node that takes
 * tokens for claims-based security (OASIS AMQP CBS 1.0), and all of which no attach was seen, as they may be.
 */
final class TracedLinks {

    private static final String CLAIMS = "$cbs";

    /** More are not remembered, so that they are taken for secret. */
    private static final int MOST_LINKS = 4096;

    private static final TracedLink UNKNOWN = new TracedLink(true, null);

    private final int node;
    private final GatheredOctets.Room room = new GatheredOctets.Room();

    /** By channel and handle. */
    private final Map<Long, TracedLink> links = new HashMap<>();

    /** @param isTowardsBroker whether messages go to nodes of the broker, and do not come from them */
    TracedLinks(boolean isTowardsBroker) {
        this.node = isTowardsBroker ? Performative.ATTACH_TARGET : Performative.ATTACH_SOURCE;
    }

    /** One of them. */
    static final class TracedLink {
        private final boolean isSecret;
        private final @Nullable String address;
        private @Nullable GatheredOctets message;

        private TracedLink(boolean isSecret, @Nullable String address) {
            this.isSecret = isSecret;
            this.address = address;
        }

        /** {@return where its messages go or come from, or null where that is not known} */
        @Nullable
        String address() {
            return isSecret ? null : address;
        }

        private void forget() {
            if (message != null) {
                message.forget();
                message = null;
            }
        }
    }

    /** What may begin or end a link. */
    void onPerformative(Performative read, int channel) {
        switch (read.type()) {
            case ATTACH -> onAttach(key(channel, read.uint(Performative.ATTACH_HANDLE, 0)), read);
            case DETACH -> forget(key(channel, read.uint(Performative.DETACH_HANDLE, 0)));
            case END ->
                links.keySet().stream()
                        .filter(link -> link >>> Integer.SIZE == channel)
                        .toList()
                        .forEach(this::forget);
            default -> {}
        }
    }

    private void onAttach(long key, Performative attach) {
        forget(key);
        if (links.size() < MOST_LINKS) {
            boolean isSecret = Terminus.isAt(attach, Performative.ATTACH_TARGET, CLAIMS);
            String address = Terminus.text(Terminus.address(attach, node));
            links.put(key, new TracedLink(isSecret, address.isEmpty() ? null : address));
        }
    }

    private void forget(long key) {
        TracedLink gone = links.remove(key);
        if (gone != null) {
            gone.forget();
        }
    }

    /** {@return the link of this transfer} */
    TracedLink of(Performative transfer, int channel) {
        return links.getOrDefault(key(channel, transfer.uint(Performative.TRANSFER_HANDLE, 0)), UNKNOWN);
    }

    /**
     * {@return the message that is complete with this transfer, or null where more of it is to come, or nobody wants
     * it}
     *
     * @param total octets of the transfer's frame, of which the buffer may have less
     * @param bodyLimit octets of the body that are wanted
     */
    @Nullable
    TracedMessage message(TracedLink link, Performative transfer, long total, int bodyLimit) {
        if (transfer.bool(Performative.TRANSFER_ABORTED)) {
            link.forget();
            return null;
        }
        GatheredOctets message = link.message == null ? new GatheredOctets(room, bodyLimit) : link.message;
        link.message = null;
        if (!link.isSecret) {
            message.add(transfer.buffer(), transfer.end());
        }
        message.count(total - transfer.end());
        if (transfer.bool(Performative.TRANSFER_MORE) && link != UNKNOWN) {
            link.message = message;
            return null;
        }
        message.forget();
        return message.read();
    }

    private static long key(int channel, int handle) {
        return (long) channel << Integer.SIZE | (handle & 0xFFFF_FFFFL);
    }
}
