package io.amqproxy.impl.amqp10.client;

import org.jspecify.annotations.Nullable;

/** Links on which a delivery comes in parts, in the order in which those began; each knows its neighbours. */
final class IncompleteSenders {

    private @Nullable IncompleteSender first;
    private @Nullable IncompleteSender last;

    /** The one whose delivery began first, or null. */
    @Nullable
    IncompleteSender first() {
        return first;
    }

    /** Adds one as the last, if it is not here. */
    void add(IncompleteSender sender) {
        IncompleteSender before = last;
        if (sender == first || sender.before != null) {
            return;
        }
        sender.before = before;
        if (before == null) {
            first = sender;
        } else {
            before.after = sender;
        }
        last = sender;
    }

    /** Takes one out, if it is here. */
    void remove(IncompleteSender sender) {
        IncompleteSender before = sender.before;
        IncompleteSender after = sender.after;
        if (sender != first && before == null) {
            return;
        }
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        sender.before = null;
        sender.after = null;
    }
}
