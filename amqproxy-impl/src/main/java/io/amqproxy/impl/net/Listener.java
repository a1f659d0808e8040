package io.amqproxy.impl.net;

import io.amqproxy.impl.limit.Networks;
import io.amqproxy.impl.tls.ListenerEngines;
import org.jspecify.annotations.Nullable;

/**
 * A port that clients may come to.
 *
 * @param tls null for one without TLS
 * @param proxies the load balancers that have to introduce clients; none for clients that come by themselves
 */
public record Listener(ListeningPort port, @Nullable ListenerEngines tls, Networks proxies) {}
