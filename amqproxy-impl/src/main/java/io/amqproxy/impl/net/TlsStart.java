package io.amqproxy.impl.net;

import javax.net.ssl.SSLEngine;

/**
 * What a connection with TLS begins with.
 *
 * @param engine fresh, for this connection only
 * @param tasks runs the engine's tasks
 */
record TlsStart(SSLEngine engine, TlsTaskExecutor tasks) {}
