package io.amqproxy.testing;

import io.amqproxy.internal.ProviderLookup;
import java.net.URI;

/**
 * A broker for unit tests of publishers and consumers: AMQP 0-9-1 in memory, in the test's own process, there within
 * milliseconds and gone without a trace. A test points its clients at {@link #uri()}, or puts a proxy in front, which
 * brings the trace and the faults.
 *
 * <pre>{@code
 * try (InMemoryBroker broker = InMemoryBroker.start();
 *         AmqProxy proxy = AmqProxy.builder().upstream(broker.uri().toString()).listenInProcess().start()) {
 *     connectionFactory.setUri(proxy.uri());
 *     connectionFactory.setSocketFactory(proxy.socketFactory());
 *     ...
 * }
 * }</pre>
 *
 * <p>It has direct, fanout, headers and topic exchanges with their bindings; queues that are shared, exclusive,
 * auto-delete or named by the broker, with {@code x-max-length} and {@code x-overflow}; publishing with mandatory and
 * confirms (a full queue with {@code reject-publish} gives a nack); {@code basic.get}, consumers in turns, prefetch,
 * acknowledgement one by one and multiple, reject, nack and recover with redelivery in the old order; and RabbitMQ's
 * checks of what is declared twice, missing, locked or in use, with its codes and texts.
 *
 * <p>Whatever else it is asked for it refuses with 540 (NOT_IMPLEMENTED) and the name of that: transactions, bindings
 * between exchanges, alternate exchanges, priorities, expiry, dead letters, direct reply-to, CC and BCC, other types of
 * queues. Every user may log in with every password, and every virtual host is there from its first use. AMQP 1.0 and
 * TLS are not spoken. What it holds is gone with it.
 *
 * <p>Bounds: 256 connections, of which more are closed at once; 64 MiB of messages and 65,536 each of queues, exchanges
 * and bindings, of which more are refused with 506 (RESOURCE_ERROR); messages of 16 MiB. A client that does not read
 * gets no more once 1 MiB waits for it, is not read from 4 MiB on, and is cut off where it takes nothing for 60 s then.
 *
 * <p>All methods may be called from any thread.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface InMemoryBroker extends AutoCloseable {

    /**
     * Starts a broker on a free port of the loopback interface.
     *
     * @return the broker, to be closed
     * @throws IllegalStateException if no implementation ({@code io.amqproxy:amqproxy-impl}) is on the class path or
     *     module path
     * @throws java.io.UncheckedIOException if there is no port for it
     */
    static InMemoryBroker start() {
        return ProviderLookup.get().startInMemoryBroker();
    }

    /** {@return {@code amqp://127.0.0.1:port}, without user, password and vhost} */
    URI uri();

    /**
     * {@return how many messages of a queue are ready}
     *
     * @param vhost the name of the virtual host
     * @param queue the queue's name
     * @throws IllegalArgumentException if there is no such queue
     */
    int messageCount(String vhost, String queue);

    /**
     * The same for a queue of the virtual host {@code /}.
     *
     * @param queue the queue's name
     * @return how many there are
     * @throws IllegalArgumentException if there is no such queue
     */
    default int messageCount(String queue) {
        return messageCount("/", queue);
    }

    /**
     * {@return how many messages of a queue are with clients that have not acknowledged them yet}
     *
     * @param vhost the name of the virtual host
     * @param queue the queue's name
     * @throws IllegalArgumentException if there is no such queue
     */
    int unacknowledgedCount(String vhost, String queue);

    /**
     * The same for a queue of the virtual host {@code /}.
     *
     * @param queue the queue's name
     * @return how many there are
     * @throws IllegalArgumentException if there is no such queue
     */
    default int unacknowledgedCount(String queue) {
        return unacknowledgedCount("/", queue);
    }

    /**
     * {@return how many consumers a queue has}
     *
     * @param vhost the name of the virtual host
     * @param queue the queue's name
     * @throws IllegalArgumentException if there is no such queue
     */
    int consumerCount(String vhost, String queue);

    /**
     * The same for a queue of the virtual host {@code /}.
     *
     * @param queue the queue's name
     * @return how many there are
     * @throws IllegalArgumentException if there is no such queue
     */
    default int consumerCount(String queue) {
        return consumerCount("/", queue);
    }

    /** Closes all connections and the port; what the broker held is gone. Closing twice does nothing. */
    @Override
    void close();
}
