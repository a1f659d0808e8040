package io.amqproxy.impl.amqp10.session;

import java.util.Arrays;

/**
 * Numbers that are open, of many that grow and wrap at 2^32 (RFC 1982), in their order. How much room they take goes by
 * how many are open, not by how far they are from each other: each has a place in arrays, and when those are used up
 * the open ones move together, or the arrays grow. What else is kept of a number lies at the same place in arrays of a
 * subclass.
 *
 * <p>One in which none was ever opened may stand for many: nothing writes to it but {@link #open}.
 *
 * <p>Two that are open are never 2^31 or more apart: see {@link #isTooFar}.
 */
abstract class OpenNumbers {

    /** From the first that is open on: few, as most sessions have few open at a time, and many none. */
    private static final int FIRST_CAPACITY = 8;

    static final int[] NONE = {};

    /** Half of what can be told apart. */
    private static final int MOST_APART = 1 << 30;

    /** Arrays that are larger are given back when nothing is open. */
    private final int mostKept;

    private int[] numbers = NONE;
    /** By place. */
    private SerialNumberSet open = SerialNumberSet.NOTHING;

    private int begin;
    private int end;
    private int count;

    OpenNumbers(int mostKept) {
        this.mostKept = mostKept;
    }

    /** What else is kept at one place moves to another one. */
    abstract void move(int from, int to);

    /** There are so many places from now on; what lies at those that remain stays there. */
    abstract void resize(int capacity);

    /** Whether what is open at a place is so no more, and was taken from the count already. */
    boolean isOver(int place) {
        return false;
    }

    /** How many are open. */
    final int count() {
        return count;
    }

    /** The oldest that is kept; {@code otherwise} where none is. */
    final int oldest(int otherwise) {
        return begin == end ? otherwise : numbers[begin];
    }

    /** The one behind the newest that is kept; {@code otherwise} where none is. */
    final int behindNewest(int otherwise) {
        return begin == end ? otherwise : numbers[end - 1] + 1;
    }

    /** Whether this one could not be told from those that are open. */
    final boolean isTooFar(int number) {
        return begin != end && (isFar(number - numbers[begin]) || isFar(number - numbers[end - 1]));
    }

    private static boolean isFar(int distance) {
        return distance >= MOST_APART || distance <= -MOST_APART;
    }

    /**
     * Opens one, which is not.
     *
     * @return its place, where what else is kept of it has to be put
     */
    final int open(int number) {
        if (end == numbers.length) {
            makeRoom();
        }
        int place = end++;
        while (place > begin && numbers[place - 1] - number > 0) {
            take(place - 1, place);
            open.set(place, open.get(place - 1));
            place--;
        }
        numbers[place] = number;
        open.set(place, true);
        count++;
        return place;
    }

    private void take(int from, int to) {
        numbers[to] = numbers[from];
        move(from, to);
    }

    private void makeRoom() {
        int to = 0;
        for (int place = firstOpen(begin, end); place != end; place = firstOpen(place + 1, end)) {
            if (place != to) {
                take(place, to);
                open.set(place, false);
                open.set(to, true);
            }
            to++;
        }
        begin = 0;
        end = to;
        if (end >= numbers.length - numbers.length / 4) {
            numbers = Arrays.copyOf(numbers, Math.max(FIRST_CAPACITY, 2 * numbers.length));
            open = open.grownTo(numbers.length, 0, end);
            resize(numbers.length);
        }
    }

    private int firstOpen(int from, int behind) {
        int place = open.first(from, behind);
        while (place != behind && isOver(place)) {
            open.set(place, false);
            place = open.first(place + 1, behind);
        }
        return place;
    }

    /** The first place whose number is this one or a later one. */
    final int search(int number) {
        if (begin == end || number - numbers[begin] <= 0) {
            return begin;
        }
        int beforeLast = numbers[end - 1] - number;
        if (beforeLast < 0) {
            return end;
        }
        int likely = end - 1 - beforeLast; // Where none is left out between that and the last.
        if (likely >= begin && numbers[likely] == number) {
            return likely;
        }
        int low = begin;
        int high = end - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (numbers[middle] - number < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The first place whose number is a later one. */
    final int behind(int last) {
        int place = search(last);
        return place != end && numbers[place] == last ? place + 1 : place;
    }

    /** The place of an open one, or -1. */
    final int place(int number) {
        int place = search(number);
        return place != end && numbers[place] == number && isOpen(place) ? place : -1;
    }

    /** The first place of a range of numbers, or -1 where none is open. */
    final int first(int first, int last) {
        if (last - first < 0) {
            return -1;
        }
        int behind = behind(last);
        int from = search(first);
        int place = from < behind ? firstOpen(from, behind) : behind;
        return place == behind ? -1 : place;
    }

    /** The last place of a range of places whose first is open. */
    final int last(int firstPlace, int behind) {
        int place = open.last(firstPlace, behind);
        while (place != firstPlace && isOver(place)) {
            open.set(place, false);
            place = open.last(firstPlace, place);
        }
        return place;
    }

    /**
     * The last number up to {@code last} that may be said in one range with the one at this place, which is open: less
     * than half of what is in it, and some more, was left out or forgotten.
     */
    final int lastOfRange(int firstPlace, int last, int mostLeftOut) {
        int place = last(firstPlace, behind(last));
        if (isDense(firstPlace, place, mostLeftOut)) {
            return numbers[place];
        }
        int near = firstPlace;
        int far = place;
        while (far - near > 1) {
            int middle = (near + far) >>> 1;
            if (isDense(firstPlace, middle, mostLeftOut)) {
                near = middle;
            } else {
                far = middle;
            }
        }
        return numbers[last(firstPlace, near + 1)];
    }

    private boolean isDense(int firstPlace, int lastPlace, int mostLeftOut) {
        return numbers[lastPlace] - numbers[firstPlace] <= 2 * (lastPlace - firstPlace) + mostLeftOut;
    }

    final int number(int place) {
        return numbers[place];
    }

    final boolean isOpen(int place) {
        return open.get(place) && !isOver(place);
    }

    /** Closes what is open at a place. */
    final void close(int place) {
        open.set(place, false);
        count--;
    }

    /** Whether it has no room yet: then none was ever open, and it is only looked at. */
    private boolean isNew() {
        return numbers.length == 0;
    }

    /** So many are open no more, as {@link #isOver} says. */
    final void closeAll(int those) {
        if (!isNew()) {
            count -= those;
        }
    }

    /** Forgets the oldest that are closed; places are others afterwards. */
    final void forgetClosed() {
        if (isNew()) {
            return;
        }
        if (count > 0) {
            begin = firstOpen(begin, end);
            return;
        }
        open.clear(begin, end);
        begin = 0;
        end = 0;
        if (numbers.length > mostKept) {
            numbers = NONE;
            open = SerialNumberSet.NOTHING;
            resize(0);
        }
    }
}
