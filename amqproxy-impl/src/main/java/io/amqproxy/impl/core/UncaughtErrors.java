package io.amqproxy.impl.core;

/**
 * What guards make of what they catch. An {@link Error} (no memory, a stack that is too deep, a class that cannot be
 * loaded) costs its owner, as any fault does, and not the loop with all that is on it.
 */
public final class UncaughtErrors {

    private UncaughtErrors() {}

    /**
     * {@return the fault as what owners are told}
     *
     * @throws ThreadDeath if the thread is to end
     */
    @SuppressWarnings("removal") // ThreadDeath: never thrown by newer JDKs
    public static RuntimeException of(Throwable thrown) {
        if (thrown instanceof ThreadDeath death) {
            throw death;
        }
        return thrown instanceof RuntimeException fault ? fault : new IllegalStateException(thrown.toString(), thrown);
    }
}
