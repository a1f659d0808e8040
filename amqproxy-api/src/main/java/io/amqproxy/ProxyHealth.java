package io.amqproxy;

/** Whether clients should come to a proxy now. Later versions may have more of it. */
public final class ProxyHealth {

    private final boolean ready;
    private final String reason;

    private ProxyHealth(boolean ready, String reason) {
        this.ready = ready;
        this.reason = reason;
    }

    /** {@return that clients may come; for tests of what is given one} */
    public static ProxyHealth up() {
        return new ProxyHealth(true, "");
    }

    /**
     * {@return that clients had better not come; for tests of what is given one}
     *
     * @param reason why
     */
    public static ProxyHealth down(String reason) {
        return new ProxyHealth(false, reason);
    }

    /** {@return whether clients should come} */
    public boolean ready() {
        return ready;
    }

    /** {@return why they should not, for people; empty where they should} */
    public String reason() {
        return reason;
    }

    /** {@return both, fit for a log} */
    @Override
    public String toString() {
        return ready ? "ready" : "not ready: " + reason;
    }
}
