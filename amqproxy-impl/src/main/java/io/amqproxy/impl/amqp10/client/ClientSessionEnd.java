package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.SessionEndClient;
import io.amqproxy.impl.amqp10.session.UpstreamSessionEnd;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session that a client has ended, by itself or with its connection, which is not answered yet, as the broker first
 * answers what the client attached or detached in the same flight. It waits for no more than {@link BoundedWait#MOST}.
 */
final class ClientSessionEnd implements SessionEndClient, BoundedWait.Waiter {

    private final ClientConnection10 client;
    private final int channel;
    private final ClientLinks links;
    private final boolean isEnded;
    private final Runnable onOver;
    private final BoundedWait wait;
    /** Why the proxy has detached links of which the client does not know that yet. */
    private final Map<BrokerLink, AmqpError> reasons;

    /** What is waited for; null if nothing is. */
    private @Nullable UpstreamSessionEnd owing;

    private boolean isOver;

    /**
     * @param isEnded whether the client has ended the session, and not only its connection
     * @param onOver what follows when nothing is owed any more
     */
    ClientSessionEnd(ClientConnection10 client, int channel, ClientLinks links, boolean isEnded, Runnable onOver) {
        this.client = client;
        this.channel = channel;
        this.links = links;
        this.isEnded = isEnded;
        this.onOver = onOver;
        this.wait = new BoundedWait(client, this);
        this.reasons = links.reasons();
    }

    int channel() {
        return channel;
    }

    boolean isOver() {
        return isOver;
    }

    /** The session waits for this. */
    void begin(UpstreamSessionEnd owed) {
        owing = owed;
        wait.begin();
    }

    /** The client uses the channel again, or closes its connection. */
    void hurry() {
        UpstreamSessionEnd owed = owing;
        if (owed != null && !isOver) {
            owed.hurry();
        }
    }

    private FrameComposer composer(CompositeType type) {
        return client.context().composer().begin(channel, type);
    }

    private void write(FrameComposer frame) {
        if (!isOver && frame.fits(client.maxFrameSize())) {
            client.write(frame);
        }
    }

    @Override
    public boolean knows(BrokerLink link) {
        return links.isKnown(link);
    }

    @Override
    public void onAttach(BrokerLink link, Performative attach) {
        write(link.tellAttached(composer(CompositeType.ATTACH), attach));
    }

    @Override
    public void onDetach(BrokerLink link, Performative detach) {
        FrameComposer frame = composer(CompositeType.DETACH).uint(link.handleToClient());
        write(Detaching.told(frame, detach, reasons.get(link), client.maxFrameSize()));
    }

    @Override
    public void onDetachUnanswered(BrokerLink link) {
        FrameComposer frame = composer(CompositeType.DETACH).uint(link.handleToClient());
        AmqpError why = reasons.get(link);
        write(why == null ? frame.bool(link.isClosed()) : frame.bool(true).error(why.condition(), why.text()));
    }

    @Override
    public void onEndAnswered(@Nullable Performative end) {
        if (isOver) {
            return;
        }
        // Without an error it answers an end of the proxy's own, as the client closes its connection only.
        if (isEnded || (end != null && end.has(Performative.END_ERROR))) {
            FrameComposer frame = composer(CompositeType.END);
            client.write(end == null ? frame : frame.copyError(end, Performative.END_ERROR, client.maxFrameSize()));
        }
        forget();
        onOver.run();
    }

    @Override
    public void onWaitedTooLong() {
        onEndAnswered(null);
    }

    /** Nobody hears of the end any more. */
    void forget() {
        isOver = true;
        wait.end();
    }
}
