package io.amqproxy.impl.core;

import org.jspecify.annotations.Nullable;

/**
 * Messages of which a part has come, in the order in which they began; each knows its neighbours.
 *
 * @param <S> what is known of clients that send such
 */
public final class IncompleteMessages<S> {

    private @Nullable IncompleteMessage<S> first;
    private @Nullable IncompleteMessage<S> last;

    /** The one that began first, or null. */
    public @Nullable IncompleteMessage<S> first() {
        return first;
    }

    public boolean has(IncompleteMessage<S> message) {
        return message == first || message.before != null;
    }

    /** Adds one as the last, if it is not here. */
    public void add(IncompleteMessage<S> message) {
        if (has(message)) {
            return;
        }
        IncompleteMessage<S> end = last;
        message.before = end;
        if (end == null) {
            first = message;
        } else {
            end.after = message;
        }
        last = message;
    }

    /** Takes one out, if it is here. */
    public void remove(IncompleteMessage<S> message) {
        if (!has(message)) {
            return;
        }
        IncompleteMessage<S> before = message.before;
        IncompleteMessage<S> after = message.after;
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
        message.before = null;
        message.after = null;
    }
}
