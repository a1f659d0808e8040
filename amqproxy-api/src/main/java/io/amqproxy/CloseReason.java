package io.amqproxy;

import io.amqproxy.internal.LogText;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Why a connection ended. Later versions may have more of it. */
public final class CloseReason {

    private final Initiator initiator;
    private final Cause cause;
    private final int code;
    private final String text;

    private CloseReason(Initiator initiator, Cause cause, int code, String text) {
        this.initiator = initiator;
        this.cause = cause;
        this.code = code;
        this.text = LogText.of(text);
    }

    /**
     * {@return such an object; for tests of what is given one}
     *
     * @param initiator who ended it
     * @param cause why, whatever the protocol calls it
     * @param code an AMQP reply code (AMQP 0-9-1, section 1.2: 200 is an orderly end), 0 where none was exchanged
     * @param text the reply text, or what happened to the socket; never holds a secret, and is on one line, fit for a
     *     log
     */
    public static CloseReason of(Initiator initiator, Cause cause, int code, String text) {
        return new CloseReason(initiator, cause, code, text);
    }

    /** {@return who ended it} */
    public Initiator initiator() {
        return initiator;
    }

    /** {@return why, whatever the protocol calls it} */
    public Cause cause() {
        return cause;
    }

    /** {@return an AMQP reply code (AMQP 0-9-1, section 1.2: 200 is an orderly end), 0 where none was exchanged} */
    public int code() {
        return code;
    }

    /**
     * {@return the reply text, or what happened to the socket; never holds a secret, and is on one line, fit for a log}
     */
    public String text() {
        return text;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CloseReason that
                && Objects.equals(initiator, that.initiator)
                && Objects.equals(cause, that.cause)
                && code == that.code
                && Objects.equals(text, that.text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(initiator, cause, code, text);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "CloseReason[initiator=" + initiator + ", cause=" + cause + ", code=" + code + ", text=" + text + "]";
    }

    /** Why a connection ended, whatever the protocol. Later versions may have more of them. */
    public enum Cause {
        /** Its side wanted no more of it. */
        ORDERLY,
        /** The socket was closed or failed without a word. */
        LOST,
        /**
         * The client or its user may not do this: log in, open this vhost, connect from there, or what else was asked.
         */
        REFUSED,
        /** A bound was reached: clients, memory, descriptors. */
        LIMIT,
        /**
         * It had to go for no fault of the client: by an operator, at the end of the proxy or the broker, or as the
         * broker could not be reached or did not answer in time.
         */
        FORCED,
        /** The other side did not keep to the protocol, or asked for what there is not. */
        OFFENCE,
        /** The one that closed it failed itself. */
        FAILURE
    }

    /** Who ended a connection. Later versions may have more of them. */
    public enum Initiator {
        /** The client asked for it. */
        CLIENT,
        /** The broker did. */
        BROKER,
        /** The proxy did. */
        PROXY,
        /** The socket was closed or failed without a word. */
        NETWORK
    }
}
