package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The links of one session by the client's handles. The handles in the other direction are the same numbers, as far as
 * those are free: who detaches may use a handle again at once, and what is under way to it has another one.
 */
final class ClientLinks {

    static final int HANDLE_MAX = 255;

    private final ClientShare share;
    private final IncompleteDeliveries incomplete;
    private final TransactionGuard transactions;
    private @Nullable ClientLink[] entries = new ClientLink[2];
    /** By the handles towards the client. */
    private @Nullable BrokerLink[] outgoing = new BrokerLink[2];

    private int count;
    private long handleMaxOfClient = HANDLE_MAX;

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

    void onBegin(Performative begin) {
        handleMaxOfClient = Integer.toUnsignedLong(begin.uint(Performative.BEGIN_HANDLE_MAX, -1));
    }

    /** The handle of an attach has to be free. */
    void checkHandle(Performative attach) throws AmqpError {
        long handle = Integer.toUnsignedLong(attach.uint(Performative.ATTACH_HANDLE, 0));
        long most = share.endsForHandles() ? Math.min(HANDLE_MAX, handleMaxOfClient) : HANDLE_MAX;
        if (handle > most) {
            String why = "handle " + handle + " is above handle-max (" + most + ")";
            throw share.endsForHandles()
                    ? AmqpError.session(AmqpError.FRAMING_ERROR, why)
                    : AmqpError.connection(AmqpError.FRAMING_ERROR, why);
        }
        if (get((int) handle) != null) {
            throw AmqpError.session(AmqpError.HANDLE_IN_USE, "handle " + handle + " is in use");
        }
    }

    private @Nullable ClientLink get(int handle) {
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
        put(handle, new ClientLink(share, incomplete, transactions, link, Terminus.address(attach, terminus)));
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

    ClientLink known(int handle, Performative what) throws AmqpError {
        ClientLink entry = get(handle);
        if (entry == null) {
            throw AmqpError.session(
                    AmqpError.UNATTACHED_HANDLE,
                    what + " on handle " + Integer.toUnsignedString(handle) + ", which is not attached");
        }
        return entry;
    }

    /** The link of a transfer, on which the client sends. */
    ClientLink sending(Performative transfer) throws AmqpError {
        ClientLink entry = known(transfer.uint(Performative.TRANSFER_HANDLE, 0), transfer);
        if (!entry.link().isClientSending()) {
            throw AmqpError.session(AmqpError.UNATTACHED_HANDLE, "transfer on a link that receives");
        }
        return entry;
    }

    /** The one of this encoded name and role, or null. */
    @Nullable
    ClientLink named(byte[] name, boolean isClientSending) {
        for (ClientLink entry : entries) {
            if (entry != null
                    && entry.link().isClientSending() == isClientSending
                    && Arrays.equals(entry.link().clientName(), name)) {
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
        ClientLink entry = name == null ? null : named(name, !attach.bool(Performative.ATTACH_ROLE));
        if (entry == null || !entry.isLive()) {
            return false;
        }
        put(attach.uint(Performative.ATTACH_HANDLE, 0), entry);
        return true;
    }

    private void put(int handle, ClientLink entry) {
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
    void replace(ClientLink entry, BrokerLink link) {
        entry.becomes(link);
        outgoing[link.handleToClient()] = link;
    }

    /** The client detaches; null where it has no such link. */
    @Nullable
    ClientLink remove(Performative detach) {
        int handle = detach.uint(Performative.DETACH_HANDLE, 0);
        ClientLink entry = get(handle);
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
    void fail(ClientLink entry) {
        entry.fail();
        release(entry.link());
    }

    /** Of the links that the broker has detached only the client has to say so. */
    void failDetached() {
        for (ClientLink entry : entries) {
            if (entry != null && !entry.isLive()) {
                entry.fail();
            }
        }
    }

    /**
     * The broker has detached the link; what came of a delivery on it is of no use.
     *
     * @return whether the client has to be told
     */
    boolean onDetached(BrokerLink link) {
        ClientLink entry = of(link);
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

    /** {@return why the proxy has detached links of which it has not told the client yet} */
    Map<BrokerLink, AmqpError> reasons() {
        Map<BrokerLink, AmqpError> reasons = new HashMap<>();
        for (ClientLink entry : entries) {
            AmqpError why = entry == null ? null : entry.why();
            if (entry != null && why != null) {
                reasons.put(entry.link(), why);
            }
        }
        return reasons;
    }

    /** The one of this link, or null where the client has detached it. */
    @Nullable
    ClientLink of(BrokerLink link) {
        for (ClientLink entry : entries) {
            if (entry != null && entry.is(link)) {
                return entry;
            }
        }
        return null;
    }

    /** Why the client is told that the link is detached when the broker has done so, or null where it does not ask. */
    @Nullable
    AmqpError whyDetached(BrokerLink link) {
        ClientLink entry = of(link);
        return entry == null ? null : entry.why();
    }

    /** Those of such ones that nobody has detached. */
    List<ClientLink> chosen(Predicate<ClientLink> which) {
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
        ClientLink entry = of(link);
        if (entry == null) {
            return false;
        }
        boolean isWithheld = judge.withholdsCredit(session, entry.address());
        entry.withholdCredit(isWithheld);
        return isWithheld;
    }

    /** Those on which the client may send now, and knows it, or does not as that is withheld. */
    List<BrokerLink> withCredit(boolean isWithheld) {
        return Stream.of(entries)
                .filter(entry -> entry != null && entry.isLive() && entry.hasWithheldCredit() == isWithheld)
                .distinct()
                .map(entry -> Objects.requireNonNull(entry).link())
                .filter(link ->
                        link.isClientSending() && link.state() == BrokerLink.State.ATTACHED && link.credit() > 0)
                .toList();
    }

    /** All links are gone with the session at the broker; those that are left are the client's to detach. */
    void lose() {
        for (ClientLink entry : entries) {
            if (entry != null) {
                fail(entry);
            }
        }
    }

    /** All links are gone. */
    void drop() {
        for (ClientLink entry : entries) {
            if (entry != null) {
                entry.drop();
            }
        }
        Arrays.fill(entries, null);
        Arrays.fill(outgoing, null);
    }
}
