package io.amqproxy.benchmark;

import java.util.List;

/**
 * How much to do.
 *
 * @param rounds in each of which every way is measured once
 * @param seconds that one measurement is meant to take
 * @param warmUp seconds of each work for the proxy before its first round
 * @param starts how often programs are started to see how long that takes
 * @param quietMillis before memory is looked at
 * @param restMillis before memory is looked at of a proxy that is to have given back what it needs no more
 * @param idle numbers of idle connections
 */
record Plan(
        int rounds, double seconds, double warmUp, int starts, int quietMillis, int restMillis, List<Integer> idle) {

    /** The JVM lets go of its compiler's memory after 5 s, and gives it to the system within 5 s more. */
    private static final int REST_MILLIS = 12_000;

    /** A first impression. */
    static final Plan QUICK = new Plan(3, 0.3, 1, 3, 1_000, REST_MILLIS, List.of(5_000));

    private static final int SPARE = 60;

    static Plan of(int rounds, double seconds, double warmUp) {
        return new Plan(rounds, seconds, warmUp, 5, 2_000, REST_MILLIS, List.of(5_000, 50_000));
    }

    /** After so many seconds a measurement hangs. */
    long limitSeconds() {
        return SPARE + 10 * (long) Math.max(seconds, warmUp);
    }
}
