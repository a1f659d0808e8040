package io.amqproxy.program;

/** What the process tells whoever started it. */
final class ExitStatus {

    /** It ended by TERM or INT, after the drain. */
    static final int OK = 0;

    /** It could not listen, failed, or was ended at once. */
    static final int FAILED = 1;

    /** The arguments or the configuration are wrong. */
    static final int USAGE = 2;

    private ExitStatus() {}
}
