package io.amqproxy.faults;

import io.amqproxy.UpstreamInfo;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Makes faults happen in a running proxy. May be used by any thread, listeners of the proxy's events and of a trace
 * included, but not by what its loops call, such as a pool policy or the predicate of a scope: there it fails with
 * {@link IllegalStateException} and does nothing. Several faults may last at the same time. A fault that cannot begin
 * on all loops of the proxy begins on none.
 *
 * <p>What cuts, closes, ends, detaches or cancels ({@link #cutClients}, {@code cutUpstreams}, {@link #closeChannels},
 * {@code closeConnections}, {@link #endSessions}, {@link #detachLinks}, {@link #cancelConsumers}) does so at once, to
 * what is there at that moment, and answers how many that were; 0 is for nobody. All others begin, answer a
 * {@link Fault}, and last until that is closed: what happens next time is one of those.
 *
 * <p>All but two take a {@link FaultScope}, which says whose and which: for each it is said what an occurrence is, and
 * {@link FaultScope#naming} tells what names what. An occurrence of {@link #stopReading}, {@link #silence},
 * {@link #blackHole}, {@link #delay}, {@link #limitBandwidth} and {@link #block} is a connection, for as long as the
 * fault lasts: {@code first(1)} is for one connection. A broker that is down is so for everybody.
 *
 * <p>What goes wrong on the network goes wrong between clients and the proxy, or with {@link FaultScope#upstreams()}
 * between the proxy and the broker: there all clients of a connection feel it, and the proxy does what it does when a
 * broker is slow, silent or gone. Its probes, which have no user and find out whether the broker is there, come
 * through.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface Faults extends MessageFaults {

    /** How a connection is cut. Later versions may have more of them. */
    enum Cut {
        /** The end of the stream, without a word of the protocol before (TCP: FIN). */
        END,
        /** A reset (TCP: RST). */
        RESET,
        /**
         * The end of the stream towards the client, or the broker, only (TCP: FIN): what that still sends is taken,
         * until it ends its half too, and what it would be sent is lost.
         */
        HALF
    }

    // At once.

    /**
     * Cuts clients' connections; an occurrence is a connection.
     *
     * @param scope whose, and which; for clients
     * @param how how they are cut
     * @return how many were cut
     * @throws IllegalArgumentException if the scope is for connections to the broker
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int cutClients(FaultScope scope, Cut how);

    /**
     * Cuts connections to the broker that have a user; the proxy opens others where they are needed. What becomes of
     * clients is what becomes of them when a broker dies.
     *
     * @param which asked on the proxy's selector threads; it must not block
     * @param how how they are cut
     * @return how many were cut
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int cutUpstreams(Predicate<? super UpstreamInfo> which, Cut how);

    /**
     * The same for those of a scope; an occurrence is a connection.
     *
     * <pre>{@code
     * int cut = proxy.faults().cutUpstreams(FaultScope.upstreams().first(1), Faults.Cut.HALF);
     * }</pre>
     *
     * @param scope which; one of {@link FaultScope#upstreams()}
     * @param how how they are cut
     * @return how many were cut
     * @throws IllegalArgumentException if the scope is for clients
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int cutUpstreams(FaultScope scope, Cut how);

    /**
     * Closes channels of AMQP 0-9-1 as the broker does for an error ({@code channel.close}); what they had is given
     * back as if they had closed themselves. A client that has got a part of a message on its channel at that moment
     * takes no close of it: its connection is closed with the same code and text. An occurrence is a channel, which
     * names its consumers and what they consume from.
     *
     * <p>With {@link FaultScope#upstreams()} channels at the broker are closed as if that had done it: those that wait
     * in the pool are there no more, and whose client has one hears of it. What was on its way from the broker is lost.
     * A channel on which a message of the broker has come in part is let alone.
     *
     * <pre>{@code
     * int closed = proxy.faults().closeChannels(FaultScope.all().naming("orders"), 404, "no queue 'orders'");
     * }</pre>
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @param code the code, such as 404; 1 to 65535
     * @param text the text, of which 255 octets are sent
     * @return how many were closed
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int closeChannels(FaultScope scope, int code, String text);

    /**
     * Cancels consumers of AMQP 0-9-1 as the broker does whose queue is deleted: clients that have the capability
     * {@code consumer_cancel_notify} are told by {@code basic.cancel}, behind all that was delivered, and others hear
     * nothing more. The broker is asked to cancel them; what is not acknowledged can be acknowledged. A channel that is
     * in the midst of publishing a message is let alone. An occurrence is a consumer, which names its tag and its
     * queue.
     *
     * <pre>{@code
     * int cancelled = proxy.faults().cancelConsumers(FaultScope.all().naming("orders"));
     * }</pre>
     *
     * @param scope whose, and which
     * @return how many were cancelled
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int cancelConsumers(FaultScope scope);

    /**
     * Closes connections as the broker does for an error ({@code connection.close}); those of AMQP 1.0 with
     * {@code amqp:connection:forced}, whatever the code. An occurrence is a connection.
     *
     * <p>With {@link FaultScope#upstreams()} open connections to the broker end as if that had closed them with the
     * code and text: the proxy does what it does then, and clients hear what they hear then. The broker sees them
     * closed in order.
     *
     * <pre>{@code
     * int closed = proxy.faults().closeConnections(FaultScope.upstreams(), 320, "CONNECTION_FORCED - the node restarts");
     * }</pre>
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @param code the code, such as 541; 1 to 65535
     * @param text the text, of which 255 octets are sent
     * @return how many were closed
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int closeConnections(FaultScope scope, int code, String text);

    /**
     * Closes connections of AMQP 1.0 as the broker does for an error; those of AMQP 0-9-1 stay. An occurrence is a
     * connection of AMQP 1.0. With {@link FaultScope#upstreams()} it is one to the broker, which ends as if that had
     * closed it.
     *
     * <pre>{@code
     * int closed = proxy.faults().closeConnections(FaultScope.all(), "amqp:connection:forced", "the broker restarts");
     * }</pre>
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @param condition the condition, such as {@code amqp:connection:forced} (AMQP 1.0, part 2, section 2.8.16)
     * @param description the text, of which 255 octets are sent
     * @return how many were closed
     * @throws IllegalArgumentException if the condition is no symbol of 1 to 255 characters
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int closeConnections(FaultScope scope, String condition, String description);

    /**
     * Ends sessions of AMQP 1.0 as the broker does for an error; what they had is given back as if they had ended
     * themselves. An occurrence is a session, which names the addresses of its links.
     *
     * <p>With {@link FaultScope#upstreams()} sessions at the broker end as if that had ended them: those that wait in
     * the pool, with links that are attached already, are there no more, and whose client has one hears of it. What was
     * on its way from the broker is lost.
     *
     * <pre>{@code
     * int ended = proxy.faults().endSessions(FaultScope.all(), "amqp:resource-limit-exceeded", "too many sessions");
     * }</pre>
     *
     * @param scope whose, and which, of clients or of connections to the broker; channels are those of sessions
     * @param condition the condition, such as {@code amqp:session:window-violation} (AMQP 1.0, part 2, section 2.8.17)
     * @param description the text, of which 255 octets are sent
     * @return how many were ended
     * @throws IllegalArgumentException if the condition is no symbol of 1 to 255 characters
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int endSessions(FaultScope scope, String condition, String description);

    /**
     * Detaches links of AMQP 1.0 as the broker does for an error, such as a node that is deleted. A client that
     * receives is told behind all that was delivered. An occurrence is a link, which names its address.
     *
     * <p>With {@link FaultScope#upstreams()} links at the broker are detached as if that had done it, those included
     * that the pool keeps for the next client that asks for the like.
     *
     * <pre>{@code
     * int detached = proxy.faults().detachLinks(FaultScope.all().naming("orders"), "amqp:resource-deleted", "it is gone");
     * }</pre>
     *
     * @param scope whose, and which, of clients or of connections to the broker; channels are those of sessions
     * @param condition the condition, such as {@code amqp:resource-deleted} (AMQP 1.0, part 2, section 2.8.15)
     * @param description the text, of which 255 octets are sent
     * @return how many were detached
     * @throws IllegalArgumentException if the condition is no symbol of 1 to 255 characters
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    int detachLinks(FaultScope scope, String condition, String description);

    // Until it is revoked.

    /**
     * The broker is gone: connections to it are cut, and none can be made. What the proxy does then, and what clients
     * hear, is what they hear of a broker that is down. After it is revoked the proxy finds the broker again within
     * seconds.
     *
     * @return the fault, to be closed
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault brokerDown();

    /**
     * New clients are reset when they connect; those that are there stay. An occurrence is a client that connects.
     *
     * <pre>{@code
     * try (Fault refused = proxy.faults().refuseClients(FaultScope.all().first(2))) {
     *     orders.connect(); // the third time it can
     *     assert refused.count() == 2;
     * }
     * }</pre>
     *
     * @param scope whose, by what is known then: the address; and which
     * @return the fault, to be closed; it counts the clients
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault refuseClients(FaultScope scope);

    /**
     * Nothing more is read of these clients, as by a broker that is too busy: what they send waits, first in the
     * network and then in them. As with RabbitMQ in an alarm they get heartbeats, and theirs are not missed.
     *
     * <p>With {@link FaultScope#upstreams()} nothing is read of the broker: it gets what clients send, and its answers,
     * confirms and deliveries wait in the network and in itself. Its heartbeats are not missed.
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @return the fault, to be closed
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault stopReading(FaultScope scope);

    /**
     * Silence: nothing is read of these clients, and nothing is sent to them, as through a network that has failed. Who
     * has heartbeats finds the other dead after a while; a connection that the proxy gives up as a broker does for
     * missed heartbeats (what it had at the broker is given back) ends for its client with a reset when this is
     * revoked. All others go on then.
     *
     * <p>With {@link FaultScope#upstreams()} the network to the broker has failed: nobody gets an answer, connections
     * that are opened come to nothing, and who has heartbeats, the proxy or the broker, finds the other dead. What the
     * proxy has given up ends for the broker when this is revoked.
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @return the fault, to be closed
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault silence(FaultScope scope);

    /**
     * A black hole: what these clients send, and what is sent to them, is taken and lost; the connections stay.
     * Otherwise it is like {@link #silence}. When it is revoked the connections that have lost something are reset.
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @return the fault, to be closed
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault blackHole(FaultScope scope);

    /**
     * What these clients send, and what is sent to them, takes this time longer, each way. The order stays. What is on
     * its way is bounded: above that the proxy takes no more, as a network would. With {@link FaultScope#upstreams()}
     * the broker is as far away; a connection that is opened meanwhile takes several ways to and fro for that.
     *
     * <pre>{@code
     * try (Fault far = proxy.faults().delay(FaultScope.upstreams(), Duration.ofMillis(100), Duration.ofMillis(20), 1)) {
     *     orders.place("one"); // the confirm takes 200 ms at least
     * }
     * }</pre>
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @param latency how much longer it takes at least, up to 10 minutes
     * @param jitter up to how much more it takes, by chance, up to 10 minutes
     * @param seed the same octets in the same order have the same lot with the same seed
     * @return the fault, to be closed: what is on its way comes at once then
     * @throws IllegalArgumentException if a time is negative or longer than that
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault delay(FaultScope scope, Duration latency, Duration jitter, long seed);

    /**
     * No more than so many octets go through in a second, on each of these connections and each way.
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @param octetsPerSecond how many, at least 1
     * @return the fault, to be closed: what is on its way comes at once then
     * @throws IllegalArgumentException if it is less than 1
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault limitBandwidth(FaultScope scope, long octetsPerSecond);

    /**
     * Connections end in the midst of a frame that is sent to the client, or to the broker with
     * {@link FaultScope#upstreams()}; an occurrence is a frame, of AMQP 0-9-1 or AMQP 1.0.
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @return the fault, to be closed; it counts the frames
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault cutFrames(FaultScope scope);

    /**
     * Heartbeats of the proxy (empty frames of AMQP 1.0) do not reach clients, or the broker with
     * {@link FaultScope#upstreams()}.
     *
     * @param scope whose, and which; of clients, or of connections to the broker
     * @return the fault, to be closed; it counts the heartbeats
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault loseHeartbeats(FaultScope scope);

    /**
     * The broker blocks publishers, as RabbitMQ does in an alarm of memory or disk: a client that is connected is told
     * ({@code connection.blocked}, if it has that capability) when it publishes, and not read from then on until this
     * is revoked; then it is told again ({@code connection.unblocked}), and the publish goes on. Meanwhile it gets
     * heartbeats, and its own are not missed. Clients of AMQP 1.0 are not read at once. Clients that connect later are
     * neither told nor held.
     *
     * @param scope whose, and which
     * @param reason the reason that clients are told, such as {@code low on memory}
     * @return the fault, to be closed
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault block(FaultScope scope, String reason);

    /**
     * The broker does not take a method of AMQP 0-9-1 that clients send on a channel, as it does for an error: it
     * closes the channel with the code and text, or the connection where the code is one of those that cost it (AMQP
     * 0-9-1, section 1.2: all but 311, 312, 313, 403, 404, 405 and 406) or a part of a message has come on the channel.
     * What the method asks for is not done.
     *
     * @param scope whose, and which; {@link FaultScope#naming} chooses by queue, exchange, key or consumer
     * @param method the method in the specification's spelling, such as {@code queue.declare}; not one of class
     *     connection, {@code channel.open} or {@code channel.close}
     * @param code the code, such as 404; 1 to 65535
     * @param text the text, of which 255 octets are sent
     * @return the fault, to be closed; it counts the methods
     * @throws IllegalArgumentException if it is no method that can be failed, or names nothing and is to name something
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault failMethods(FaultScope scope, String method, int code, String text);

    /**
     * Log-ins are refused, as by a broker that does not know the user or its password (403); the broker is not asked.
     *
     * @param scope whose, by what is known then: address and user
     * @param text the text, of which 255 octets are sent
     * @return the fault, to be closed; it counts the log-ins
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault refuseLogins(FaultScope scope, String text);

    /**
     * The same with another code, as by a broker that goes (320), or has too many connections or no such vhost (530).
     * Log-ins of AMQP 1.0 have no codes: those are refused by an outcome of SASL.
     *
     * <pre>{@code
     * try (Fault refused = proxy.faults().refuseLogins(FaultScope.all().first(1), 530, "NOT_ALLOWED - too many")) {
     *     orders.connect(); // the second time it can
     * }
     * }</pre>
     *
     * @param scope whose, by what is known then: address and user
     * @param code the code, such as 530; 1 to 65535
     * @param text the text, of which 255 octets are sent
     * @return the fault, to be closed; it counts the log-ins
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault refuseLogins(FaultScope scope, int code, String text);
}
