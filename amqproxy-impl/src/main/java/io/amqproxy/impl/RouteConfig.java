package io.amqproxy.impl;

import io.amqproxy.EndpointChoice;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.net.RouteClients;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a builder says of one route.
 *
 * @param name null for the default one
 * @param clients who take it
 */
record RouteConfig(
        @Nullable String name,
        Settings settings,
        List<EndpointTarget> targets,
        EndpointChoice choice,
        RouteClients clients) {}
