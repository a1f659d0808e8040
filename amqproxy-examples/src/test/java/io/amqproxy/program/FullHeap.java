package io.amqproxy.program;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/**
 * The program in a process in which something else uses all memory up, and what is given back, from the moment that the
 * process gets a line on its standard input.
 */
final class FullHeap {

    private static final int LARGE = 256 * 1024;
    private static final int SMALL = 64;
    private static final long PAUSE = 100_000;

    /** What is held, as a chain. */
    private static volatile Object[] held = {};

    private FullHeap() {}

    public static void main(String[] arguments) {
        Thread filler = new Thread(FullHeap::fill, "filler");
        filler.setDaemon(true);
        filler.start();
        Main.main(arguments);
    }

    private static void fill() {
        try {
            if (System.in.read() < 0) {
                return;
            }
        } catch (IOException e) {
            return;
        }
        int size = LARGE;
        while (true) {
            try {
                held = new Object[] {held, new byte[size]};
            } catch (OutOfMemoryError full) {
                size = size > SMALL ? size / 2 : LARGE;
                if (size == LARGE) {
                    LockSupport.parkNanos(PAUSE);
                }
            }
        }
    }
}
