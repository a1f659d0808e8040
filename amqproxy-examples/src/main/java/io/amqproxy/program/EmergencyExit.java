package io.amqproxy.program;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when it cannot go on, also where there is no memory to do so and nobody reads what it says. A thread
 * looks each second whether there is memory to work with: where there is none for a while, nothing in the process can
 * be relied on, not even that TERM comes, and only a new start helps.
 */
final class EmergencyExit {

    /** What there has to be room for, to work at all. */
    static final int LEAST_MEMORY = 256 * 1024;

    /** So many looks without memory, one after the other, are the end. */
    static final int LOOKS = 4;

    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(1);
    private static final String BEGIN = "amqproxy: ended, as ";
    private static final byte[] NO_MEMORY =
            (BEGIN + "there is no memory" + System.lineSeparator()).getBytes(StandardCharsets.US_ASCII);

    private final Runnable halt;
    private final Thread watcher = new Thread(this::watch, "memory");
    /** A line for a log that nobody reads keeps its writer for ever. */
    private final Thread ender = new Thread(this::awaitEnd, "emergency-exit");

    /** For the end: what ends a process for the first time takes memory. */
    @SuppressWarnings("UnusedVariable") // It is there to be given up.
    private volatile byte @Nullable [] reserve = new byte[2 * LEAST_MEMORY];

    @SuppressWarnings("UnusedVariable") // Volatile, so that the memory is really taken.
    private volatile byte @Nullable [] probed;

    /** Made ahead, as all that the watcher needs. */
    private final Runnable probe = this::probe;

    private volatile boolean isDue;
    private int looks;

    /** Makes one that ends this process. */
    EmergencyExit() {
        this(() -> Runtime.getRuntime().halt(ExitStatus.FAILED));
    }

    /** @param halt does not return, but may throw */
    EmergencyExit(Runnable halt) {
        this.halt = halt;
        watcher.setDaemon(true);
        ender.setDaemon(true);
    }

    /** Begins to look after memory. */
    void start() {
        loadTheEnd();
        watcher.start();
        ender.start();
    }

    /**
     * What ends a process is made ready while there is memory: a class that once could not be initialised for want of
     * it never can.
     */
    private static void loadTheEnd() {
        Thread nothing = new Thread(() -> {});
        Runtime.getRuntime().addShutdownHook(nothing);
        Runtime.getRuntime().removeShutdownHook(nothing);
    }

    private void watch() {
        while (!isDue) {
            LockSupport.parkNanos(INTERVAL);
            look(probe);
        }
    }

    private void awaitEnd() {
        while (!isDue) {
            LockSupport.park(this);
        }
        LockSupport.parkNanos(INTERVAL); // For the line.
        halt();
    }

    private void probe() {
        probed = new byte[LEAST_MEMORY];
        probed = null;
    }

    /** Looks once. */
    void look(Runnable takesMemory) {
        try {
            takesMemory.run();
            looks = 0;
        } catch (OutOfMemoryError none) {
            if (++looks >= LOOKS) {
                now(watcher, none);
            }
        }
    }

    /** Ends the process, after a line that says why. */
    void now(Thread failed, Throwable why) {
        reserve = null;
        isDue = true;
        LockSupport.unpark(ender);
        boolean isForMemory = why instanceof OutOfMemoryError;
        try {
            if (isForMemory) {
                System.err.write(NO_MEMORY, 0, NO_MEMORY.length); // Takes none, as all others may.
            }
            System.err.println((isForMemory ? "amqproxy: " : BEGIN) + failed.getName() + " cannot go on: " + why);
        } catch (Error none) {
            System.err.write(NO_MEMORY, 0, NO_MEMORY.length);
        } finally {
            halt();
        }
    }

    private void halt() {
        while (true) {
            try {
                halt.run();
                return;
            } catch (Error none) {
                LockSupport.parkNanos(PAUSE); // Others fail meanwhile, and give up what they have.
            }
        }
    }
}
