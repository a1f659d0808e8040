package io.amqproxy.benchmark;

/**
 * A line of the benchmark.
 *
 * @param group by which it is chosen
 * @param work what is done
 * @param bar the ratio to HAProxy's processor time that is to be kept; NaN where none is set
 */
record Item(String group, Work work, double bar) {}
