package io.amqproxy.impl.fault;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What one client hears later on purpose, by when it is due: confirms, and outcomes of deliveries. */
final class LateFrames {

    /** More are not held, and come at once. */
    private static final int MOST = 10_000;
    /** About the memory that one takes beside its octets. */
    private static final int SUBSTANCE = 160;

    private record Late(RunningFault by, int channel, ByteBuffer frame, long due, BooleanSupplier isWanted)
            implements Comparable<Late> {

        boolean isRevoked() {
            return by.isRevoked();
        }

        @Override
        public int compareTo(Late other) {
            return Long.signum(due - other.due);
        }
    }

    private final PriorityQueue<Late> late = new PriorityQueue<>();
    private final OpenContents contents;
    private long octets;

    /** @param contents where a message is being told, and nothing else can be */
    LateFrames(OpenContents contents) {
        this.contents = contents;
    }

    boolean hasRoom() {
        return late.size() < MOST;
    }

    boolean isEmpty() {
        return late.isEmpty();
    }

    /**
     * Holds a frame from now on.
     *
     * @param frame nobody else has it
     * @param isWanted whether it is still to be told, asked when it is due
     */
    void hold(RunningFault by, int channel, ByteBuffer frame, long now, BooleanSupplier isWanted) {
        late.add(new Late(by, channel, frame, now + by.terms().draw(), isWanted));
        octets += frame.capacity();
    }

    /** Those whose fault is revoked are due, in their order. */
    void releaseRevoked(ByteQueue to) {
        releaseAll(Late::isRevoked, to);
    }

    void release(ByteQueue to, long time) {
        List<Late> kept = new ArrayList<>(0);
        while (!late.isEmpty() && late.peek().due() - time <= 0) {
            Late due = late.remove();
            if (canBeTold(due)) {
                octets -= due.frame().capacity();
                append(due, to);
            } else {
                kept.add(due);
            }
        }
        late.addAll(kept);
    }

    private void releaseAll(Predicate<Late> which, ByteQueue to) {
        Predicate<Late> due = which.and(this::canBeTold);
        late.stream().filter(due).sorted().forEach(frame -> append(frame, to));
        removeIf(due);
    }

    private boolean canBeTold(Late frame) {
        return !contents.isOpen(frame.channel());
    }

    private static void append(Late due, ByteQueue to) {
        if (due.isWanted().getAsBoolean()) {
            to.append(due.frame(), 0, due.frame().capacity());
        }
    }

    /** When the next one is due that can be told, or null. */
    @Nullable
    Long nextDue() {
        Late first = late.peek();
        if (first == null || canBeTold(first)) {
            return first == null ? null : Long.valueOf(first.due());
        }
        return late.stream()
                .filter(this::canBeTold)
                .min(Comparator.naturalOrder())
                .map(Late::due)
                .orElse(null);
    }

    void forget(int channel) {
        removeIf(frame -> frame.channel() == channel);
    }

    void forgetAll() {
        removeIf(frame -> true);
    }

    private void removeIf(Predicate<Late> which) {
        late.removeIf(which);
        octets = late.stream().mapToLong(frame -> frame.frame().capacity()).sum();
    }

    long heldBytes() {
        return octets + (long) late.size() * SUBSTANCE;
    }
}
