package io.amqproxy;

/**
 * An upstream as a policy sees it. Valid only during the call of the policy. Only the proxy implements this, and
 * {@link io.amqproxy.testing.FakeUpstream} for tests of policies; later versions may have more of it.
 */
public interface UpstreamView {

    /** {@return {@link UpstreamInfo#id()}} */
    long id();

    /** {@return the label that the policy gave when it opened this upstream, see {@link Placement#open}} */
    String label();

    /** {@return {@link UpstreamInfo#endpoint()}} */
    default String endpoint() {
        return "";
    }

    /** {@return whether it is open; otherwise it is being opened and leases on it wait} */
    boolean open();

    /** {@return the {@link ClientInfo#id()} of the client it is set aside for, or 0} */
    long owner();

    /** {@return the number of clients with leases on it} */
    int clients();

    /** {@return the number of channels that are not idle: of clients, or waiting for a fence or a close} */
    int leased();

    /** {@return how many channels have a place on it and wait until it is open; {@link #free} is without them} */
    default int promised() {
        return 0;
    }

    /** {@return how many more channels it can lend} */
    int free();

    /** {@return whether the broker holds back publishers on it ({@code connection.blocked})} */
    boolean blocked();

    /**
     * {@return whether the proxy does not read it, or did not a moment ago, since a client there reads more slowly than
     * the broker sends; or whether the broker has not handled for a second what a client has sent or left there}
     * Whoever is placed there too makes the proxy go on reading, as far as there is memory for what that client does
     * not read.
     */
    default boolean unread() {
        return false;
    }
}
