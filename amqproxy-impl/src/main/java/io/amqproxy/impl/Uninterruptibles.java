package io.amqproxy.impl;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what comes soon; an interrupt is kept for later, as what was asked for is done all the same. */
final class Uninterruptibles {

    private Uninterruptibles() {}

    /** @param deadline by {@link System#nanoTime} */
    static <T> T forAnswer(CompletableFuture<T> answer, long deadline) throws ExecutionException, TimeoutException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
