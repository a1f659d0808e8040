package io.amqproxy;

/**
 * Why a connection ended.
 *
 * @param initiator who ended it
 * @param code an AMQP reply code (AMQP 0-9-1, section 1.2: 200 is an orderly end), 0 where none was exchanged
 * @param text the reply text, or what happened to the socket; never holds a secret, and is fit for a log
 *     ({@link LogText})
 */
public record CloseReason(Initiator initiator, int code, String text) {

    /**
     * Makes the text fit for a log.
     *
     * @param initiator who ended it
     * @param code an AMQP reply code, or 0
     * @param text the reply text, or what happened to the socket
     */
    public CloseReason {
        text = LogText.of(text);
    }

    /** Who ended a connection. */
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
