package io.amqproxy.faults;

import java.time.Duration;

/**
 * Those {@link Faults} that happen to messages: to what clients publish and what they hear of that, and to what they
 * acknowledge. Each lasts until it is revoked, and may be used as {@link Faults} says.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface MessageFaults {

    /**
     * Acknowledgements of consumers ({@code basic.ack} of AMQP 0-9-1) do not count: the broker is told to deliver the
     * messages again, and does so, as redelivered.
     *
     * <pre>{@code
     * try (Fault again = proxy.faults().redeliver(FaultScope.all().naming("orders").nth(1))) {
     *     warehouse.awaitOrder("one"); // is to see it twice, and do it once
     * }
     * }</pre>
     *
     * @param scope whose, and which; an acknowledgement of several messages is one occurrence, and names what all of
     *     them name
     * @return the fault, to be closed; it counts the acknowledgements
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault redeliver(FaultScope scope);

    /**
     * Messages that are published as mandatory (AMQP 0-9-1) are returned by the broker ({@code basic.return}), as those
     * that no queue gets, in the place and with the confirm that the broker has for such messages: RabbitMQ returns and
     * then confirms, Broker-J says {@code basic.nack}. No queue gets them. The proxy publishes them to a queue that
     * nobody has, by way of the default exchange, to which the user has to be allowed to write. A message whose
     * exchange and routing key have more than 255 octets together is let alone.
     *
     * <pre>{@code
     * try (Fault returned = proxy.faults().returnMessages(FaultScope.all().naming("orders"), 312, "NO_ROUTE")) {
     *     orders.place("one");
     * }
     * }</pre>
     *
     * @param scope whose, and which; {@link FaultScope#naming} chooses by exchange or routing key
     * @param code the code, such as 312; 1 to 65535
     * @param text the text, of which 255 octets are sent
     * @return the fault, to be closed; it counts the messages
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault returnMessages(FaultScope scope, int code, String text);

    /**
     * Confirms ({@code basic.ack} of AMQP 0-9-1) do not reach publishers; a confirm for several messages is one
     * occurrence. A confirm that comes later and is for several messages covers those that were lost before it.
     *
     * <p>Of messages that name something ({@link FaultScope#naming} an exchange or a routing key) each is one
     * occurrence, and lost for good: what the broker confirms together is confirmed one by one then.
     *
     * <p>Clients of AMQP 1.0 do not hear what becomes of what they sent unsettled, whatever the broker has said:
     * accepted, rejected, released or modified (AMQP 1.0, part 3, section 3.4), within a transaction too. Each delivery
     * is one occurrence, which names the address that it was sent to, and lost for good; towards the broker it is
     * settled. The end of a transaction is such a delivery too, to no address, and its beginning is none.
     *
     * <pre>{@code
     * try (Fault lost = proxy.faults().loseConfirms(FaultScope.all().naming("orders").nth(1))) {
     *     orders.place("one"); // has to be published twice
     * }
     * }</pre>
     *
     * @param scope whose, and which; channels of AMQP 1.0 are those of sessions
     * @return the fault, to be closed; it counts the confirms and the deliveries
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault loseConfirms(FaultScope scope);

    /**
     * Confirms ({@code basic.ack} of AMQP 0-9-1) come later, which other confirms do not wait for, so that those of one
     * channel may change their order. A confirm of a channel that has been closed meanwhile does not come. For messages
     * that name something it is as with {@link #loseConfirms}, and so it is with what the broker says of deliveries of
     * AMQP 1.0, which does not come if the link or the session has ended meanwhile. Of one client up to 10,000 are
     * held; what is above that, or has more than 1,024 octets, comes at once.
     *
     * @param scope whose, and which; channels of AMQP 1.0 are those of sessions
     * @param latency how much later, up to 10 minutes
     * @param jitter up to how much more, by chance, up to 10 minutes
     * @param seed occurrences in the same order have the same lot with the same seed
     * @return the fault, to be closed; it counts the confirms and the deliveries. Those that are held come at once
     *     then.
     * @throws IllegalArgumentException if a time is negative or longer than that
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault delayConfirms(FaultScope scope, Duration latency, Duration jitter, long seed);

    /**
     * Publishers get {@code basic.nack} in the place of {@code basic.ack} (AMQP 0-9-1), as of a queue that is full; the
     * broker has the messages nevertheless. For messages that name something it is as with {@link #loseConfirms}. Of
     * AMQP 1.0 see {@link #rejectDeliveries(FaultScope)}.
     *
     * @param scope whose, and which
     * @return the fault, to be closed; it counts the confirms
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault nackConfirms(FaultScope scope);

    /**
     * Clients of AMQP 1.0 hear of deliveries that the broker has accepted that they were rejected; the broker has the
     * messages nevertheless. An occurrence is a delivery, which names the address that it was sent to. A message within
     * a transaction is one too, of which the client hears that it was rejected within that, and so is the end of the
     * transaction, to no address: what is committed after all the broker has.
     *
     * <pre>{@code
     * try (Fault full = proxy.faults()
     *         .rejectDeliveries(FaultScope.all().first(3), "amqp:resource-limit-exceeded", "the queue is full")) {
     *     orders.place("one");
     * }
     * }</pre>
     *
     * @param scope whose, and which; channels are those of sessions
     * @param condition the condition, such as {@code amqp:resource-limit-exceeded}
     * @param description the text, of which 255 octets are sent
     * @return the fault, to be closed; it counts the deliveries
     * @throws IllegalArgumentException if the condition is no symbol of 1 to 255 characters
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault rejectDeliveries(FaultScope scope, String condition, String description);

    /**
     * The same without a condition, as RabbitMQ rejects what a full queue does not take ({@code x-overflow} is
     * {@code reject-publish}).
     *
     * @param scope whose, and which; channels are those of sessions
     * @return the fault, to be closed; it counts the deliveries
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault rejectDeliveries(FaultScope scope);

    /**
     * Clients of AMQP 1.0 hear of deliveries that the broker has accepted that they were released, as by a broker that
     * wants them later; the broker has the messages nevertheless. An occurrence is a delivery, which names the address
     * that it was sent to; of transactions it is as with {@link #rejectDeliveries(FaultScope, String, String)}.
     *
     * <pre>{@code
     * try (Fault later = proxy.faults().releaseDeliveries(FaultScope.all().nth(1))) {
     *     orders.place("one");
     * }
     * }</pre>
     *
     * @param scope whose, and which; channels are those of sessions
     * @return the fault, to be closed; it counts the deliveries
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault releaseDeliveries(FaultScope scope);

    /**
     * Links of AMQP 1.0 on which clients send get no credit, as from a broker whose queue is full or whose memory is
     * short: their clients wait before they send more. Credit that is there is taken back; messages that are under way
     * at that moment are taken. When this is revoked they get what credit the broker has given meanwhile. A broker that
     * drains a link gets an answer all the same.
     *
     * <pre>{@code
     * try (Fault full = proxy.faults().withholdCredit(FaultScope.all().naming("orders"))) {
     *     assert full.count() == 0; // nobody has a link to it yet
     * }
     * }</pre>
     *
     * @param scope whose, and which; channels are those of sessions, {@link FaultScope#naming} chooses by the address
     *     of the target; an occurrence is credit that a link has or gets
     * @return the fault, to be closed; it counts how often credit was withheld
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    Fault withholdCredit(FaultScope scope);
}
