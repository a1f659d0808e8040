package io.amqproxy.impl;

import io.amqproxy.EndpointChoice;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.NameFilter;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a builder says of one route.
 *
 * @param name null for the default one
 * @param listeners by their names, whose clients take it; none for all
 * @param users who take it
 */
record RouteConfig(
        @Nullable String name,
        Settings settings,
        List<Target> targets,
        EndpointChoice choice,
        Set<String> listeners,
        NameFilter users) {}
