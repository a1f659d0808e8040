package io.amqproxy.impl.amqp10.session;

/** A link of a client and its counterpart at the broker. The client's handle and the broker's are two numbers. */
public final class BrokerLink {

    /** Where the link is in its life (part 2, section 2.6.1 to 2.6.6). */
    public enum State {
        /** The broker has not answered the attach. */
        ATTACHING,
        ATTACHED,
        /** The client has detached it, and the broker has not. */
        DETACH_SENT,
        /** The broker has detached it, and the client has not. */
        DETACH_RECEIVED
    }

    private final int clientHandle;
    private final int handle;
    private final byte[] clientName;
    private final String name;
    private final boolean isClientSending;
    private State state = State.ATTACHING;
    /** The handle that the broker uses in its direction. */
    private int brokerHandle = -1;

    /**
     * @param clientName as the client encoded it
     * @param name what it is called at the broker
     */
    public BrokerLink(int clientHandle, int handle, byte[] clientName, String name, boolean isClientSending) {
        this.clientHandle = clientHandle;
        this.handle = handle;
        this.clientName = clientName;
        this.name = name;
        this.isClientSending = isClientSending;
    }

    public int clientHandle() {
        return clientHandle;
    }

    /** The handle in the proxy's direction towards the broker. */
    public int handle() {
        return handle;
    }

    public byte[] clientName() {
        return clientName;
    }

    String name() {
        return name;
    }

    public boolean isClientSending() {
        return isClientSending;
    }

    public State state() {
        return state;
    }

    public void become(State next) {
        state = next;
    }

    int brokerHandle() {
        return brokerHandle;
    }

    void onBrokerHandle(int given) {
        brokerHandle = given;
    }
}
