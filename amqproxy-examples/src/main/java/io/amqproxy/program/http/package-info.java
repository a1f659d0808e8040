/**
 * What operators see of the program over HTTP: {@link io.amqproxy.program.http.HttpEndpoints} answers,
 * {@link io.amqproxy.program.http.Metrics} counts for Prometheus, {@link io.amqproxy.program.http.StatsDocument} is
 * what the status page shows.
 */
@NullMarked
package io.amqproxy.program.http;

import org.jspecify.annotations.NullMarked;
