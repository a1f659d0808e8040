package io.amqproxy.impl.pool;

import org.jspecify.annotations.Nullable;

/**
 * Members in the order in which they began to wait. One may come or leave while the line is gone through, and none of
 * that costs more for a longer line.
 */
final class WaitQueue {

    private @Nullable PoolMember first;
    private @Nullable PoolMember last;
    /** Where going through the line goes on. */
    private @Nullable PoolMember next;

    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    @Nullable
    PoolMember first() {
        return first;
    }

    @Nullable
    PoolMember last() {
        return last;
    }

    boolean contains(PoolMember member) {
        return member.line == this;
    }

    /** At the end, but for who has waited in another line: it keeps its turn. */
    void add(PoolMember member) {
        PoolMember behind = last == null || isBefore(last, member) ? null : first;
        while (behind != null && isBefore(behind, member)) {
            behind = behind.behind;
        }
        member.line = this;
        link(behind == null ? last : behind.ahead, member);
        link(member, behind);
        size++;
    }

    private static boolean isBefore(PoolMember one, PoolMember other) {
        return one.waitingSince - other.waitingSince <= 0;
    }

    /** Takes the member out of the line, if it is in it. */
    void remove(PoolMember member) {
        if (!contains(member)) {
            return;
        }
        if (next == member) {
            next = member.behind;
        }
        link(member.ahead, member.behind);
        member.line = null;
        member.ahead = null;
        member.behind = null;
        size--;
    }

    private void link(@Nullable PoolMember ahead, @Nullable PoolMember behind) {
        if (ahead == null) {
            first = behind;
        } else {
            ahead.behind = behind;
        }
        if (behind == null) {
            last = ahead;
        } else {
            behind.ahead = ahead;
        }
    }

    // Going through it, which only one may do at a time.

    void begin() {
        next = first;
    }

    /** The next one, which may leave the line before this is called again; null at the end. */
    @Nullable
    PoolMember next() {
        PoolMember member = next;
        next = member == null ? null : member.behind;
        return member;
    }
}
