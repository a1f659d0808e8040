package io.amqproxy.impl.net;

import io.amqproxy.CidrSet;
import io.amqproxy.impl.tls.ClientEngines;
import org.jspecify.annotations.Nullable;

/**
 * A port that clients may come to.
 *
 * @param tls null for one without TLS
 * @param proxies the load balancers that have to introduce clients; none for clients that come by themselves
 * @param name by which routes know it, or null where it has none
 */
public record ListenConfig(
        ReservedPort port,
        @Nullable ClientEngines tls,
        CidrSet proxies,
        @Nullable String name) {}
