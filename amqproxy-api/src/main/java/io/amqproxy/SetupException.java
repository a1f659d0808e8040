package io.amqproxy;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What a proxy needs of its surroundings to start, or for a reload, is not to be had. The text says what, and is fit to
 * be shown; nothing of the proxy is left behind.
 */
public final class SetupException extends UncheckedIOException {

    private static final long serialVersionUID = 1;

    /** What is missing. There may be more of them in later versions. */
    public enum Kind {
        /** An address to listen on: it is in use, not of this machine, not permitted, or its name is not known. */
        ADDRESS,
        /** Files of certificates and keys cannot be read, or do not fit together. */
        CERTIFICATE,
        /** The system has no descriptors left. */
        RESOURCES
    }

    /** What is missing. */
    private final Kind kind;

    /**
     * Something is missing.
     *
     * @param kind what
     * @param text says so to people
     * @param cause what happened
     */
    public SetupException(Kind kind, String text, IOException cause) {
        super(text, cause);
        this.kind = kind;
    }

    /** {@return what is missing} */
    public Kind kind() {
        return kind;
    }
}
