package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.Method;

/**
 * The answers of the broker that are awaited on a channel, and whom each is for. The proxy asks some things itself that
 * its client may ask too: for a fence, a prefetch limit, confirm mode. It asks for the latter two before its client
 * does, or after the lease, when the answers are all for nobody; so counting tells them apart.
 */
public final class PendingReplies {

    private int ofClient;
    private int flowsOfClient;
    private int fences;
    /** Of those, the ones that were sent before the client asked the same. */
    private int fencesAhead;

    private int ownQos;
    private int ownSelects;

    /** The client asks. */
    void await(Method question) {
        if (question == Method.CHANNEL_FLOW && flowsOfClient == 0) {
            fencesAhead = fences;
        }
        ofClient++;
        flowsOfClient += question == Method.CHANNEL_FLOW ? 1 : 0;
    }

    /** The proxy itself asks. */
    void awaitOwn(Method question) {
        switch (question) {
            case CHANNEL_FLOW -> fences++;
            case BASIC_QOS -> ownQos++;
            case CONFIRM_SELECT -> ownSelects++;
            default -> throw new IllegalArgumentException("the proxy does not ask " + question);
        }
    }

    /** Whether the client awaits an answer. */
    boolean isClientWaiting() {
        return ofClient > 0;
    }

    /** Whether a fence is not answered yet. */
    public boolean isFencing() {
        return fences > 0;
    }

    /** Whether the client has asked for the same, and has no answer yet. */
    boolean isClientAskingFlow() {
        return flowsOfClient > 0;
    }

    /** Whether one could be told from what the client asks. */
    boolean mayFence() {
        return fences == 0 && flowsOfClient == 0;
    }

    /**
     * An answer came that is not the proxy's.
     *
     * @return whether the client has asked
     */
    boolean take() {
        if (ofClient == 0) {
            return false;
        }
        ofClient--;
        return true;
    }

    /**
     * An answer came to a prefetch limit or to confirm mode.
     *
     * @return whether it is the proxy's
     */
    public boolean takeOwn(Method answer) {
        if (answer == Method.BASIC_QOS_OK && ownQos > 0) {
            ownQos--;
            return true;
        }
        if (answer == Method.CONFIRM_SELECT_OK && ownSelects > 0) {
            ownSelects--;
            return true;
        }
        return false;
    }

    /**
     * A {@code flow-ok} came.
     *
     * @return whether it is the client's: then {@link #take} is due, otherwise {@link #takeFence}
     */
    public boolean takeFlow() {
        if (flowsOfClient == 0) {
            return false;
        }
        if (fencesAhead > 0) {
            fencesAhead--;
            return false;
        }
        flowsOfClient--;
        return true;
    }

    /**
     * A {@code flow-ok} came that is not the client's.
     *
     * @return whether it is a fence's
     */
    public boolean takeFence() {
        if (fences == 0) {
            return false;
        }
        fences--;
        return true;
    }
}
