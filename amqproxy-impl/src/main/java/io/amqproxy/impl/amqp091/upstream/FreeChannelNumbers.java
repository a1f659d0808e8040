package io.amqproxy.impl.amqp091.upstream;

/** Channel numbers that are free, in the order in which they became so: a ring that grows. */
final class FreeChannelNumbers {

    private int[] ring = new int[16];
    private int first;
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    void add(int number) {
        if (count == ring.length) {
            grow();
        }
        ring[(first + count++) % ring.length] = number;
    }

    /** Takes the one that has been free for longest; there is one. */
    int take() {
        int number = ring[first];
        first = (first + 1) % ring.length;
        count--;
        return number;
    }

    private void grow() {
        int[] grown = new int[2 * count];
        for (int i = 0; i < count; i++) {
            grown[i] = ring[(first + i) % ring.length];
        }
        ring = grown;
        first = 0;
    }
}
