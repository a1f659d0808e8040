package io.amqproxy.impl.pool;

import org.jspecify.annotations.Nullable;

/**
 * Members in the order in which they began to wait. One may come or leave while the line is gone through, and none of
 * that costs more for a longer line.
 */
final class WaitingLine {

    private @Nullable Member first;
    private @Nullable Member last;
    /** Where going through the line goes on. */
    private @Nullable Member next;

    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    @Nullable
    Member first() {
        return first;
    }

    @Nullable
    Member last() {
        return last;
    }

    boolean contains(Member member) {
        return member.line == this;
    }

    /** At the end, but for who has waited in another line: it keeps its turn. */
    void add(Member member) {
        Member behind = last == null || isBefore(last, member) ? null : first;
        while (behind != null && isBefore(behind, member)) {
            behind = behind.behind;
        }
        member.line = this;
        link(behind == null ? last : behind.ahead, member);
        link(member, behind);
        size++;
    }

    private static boolean isBefore(Member one, Member other) {
        return one.waitingSince - other.waitingSince <= 0;
    }

    /** Takes the member out of the line, if it is in it. */
    void remove(Member member) {
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

    private void link(@Nullable Member ahead, @Nullable Member behind) {
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
    Member next() {
        Member member = next;
        next = member == null ? null : member.behind;
        return member;
    }
}
