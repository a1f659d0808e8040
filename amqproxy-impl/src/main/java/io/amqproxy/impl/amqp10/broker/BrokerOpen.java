package io.amqproxy.impl.amqp10.broker;

import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.Settings;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What a broker said in its {@code open} (part 2, section 2.7.1), to be said to clients in its place. */
public final class BrokerOpen implements NegotiatedLimits {

    /** The capability of a container with one connection. */
    public static final String SOLE_CONNECTION = "sole-connection-for-container";

    /** The property of an open that is followed by a close at once. */
    public static final String FAILED = "amqp:connection-establishment-failed";

    private static final int MAX_CHANNELS = 0xFFFF;
    private static final String PRODUCT = "product";
    private static final String RABBITMQ = "RabbitMQ";
    /** The product is "apache-activemq-artemis". */
    private static final String ARTEMIS = "artemis";
    /** The product of ActiveMQ Classic. */
    private static final String CLASSIC = "ActiveMQ";
    /** The product is "Apache Qpid Broker-J Core". */
    private static final String QPID = "Qpid";

    private static final int LEAST_IDLE_TIMEOUT = 1000;

    /** Before the broker has said anything. */
    public static final BrokerOpen UNKNOWN = new BrokerOpen();

    private final boolean isFailure;
    private final String containerId;
    private final int maxFrameSize;
    private final int channelMax;
    private final int idleTimeout;
    private final byte @Nullable [] offeredCapabilities;
    private final byte @Nullable [] properties;
    /** What the broker calls itself, empty where it does not. */
    private final String product;
    /** Asked for each message, so that the name is looked at once. */
    private final boolean isQpid;

    private final boolean isArtemis;
    private final boolean isClassic;

    private BrokerOpen() {
        isFailure = false;
        containerId = "";
        maxFrameSize = FrameHeader.MIN_MAX_FRAME_SIZE;
        channelMax = MAX_CHANNELS;
        idleTimeout = 0;
        offeredCapabilities = null;
        properties = null;
        product = "";
        isQpid = false;
        isArtemis = false;
        isClassic = false;
    }

    private BrokerOpen(Performative open) {
        isFailure = open.hasKey(Performative.OPEN_PROPERTIES, FAILED)
                || Integer.toUnsignedLong(open.uint(Performative.OPEN_MAX_FRAME_SIZE, -1))
                        < FrameHeader.MIN_MAX_FRAME_SIZE;
        String id = open.text(Performative.OPEN_CONTAINER_ID);
        long largest = Integer.toUnsignedLong(open.uint(Performative.OPEN_MAX_FRAME_SIZE, Settings.FRAME_MAX));
        containerId = id == null ? "" : id;
        maxFrameSize = (int) Math.max(FrameHeader.MIN_MAX_FRAME_SIZE, Math.min(largest, Settings.FRAME_MAX));
        channelMax = open.ushort(Performative.OPEN_CHANNEL_MAX, MAX_CHANNELS);
        idleTimeout = open.uint(Performative.OPEN_IDLE_TIME_OUT, 0);
        offeredCapabilities = open.raw(Performative.OPEN_OFFERED_CAPABILITIES);
        properties = open.raw(Performative.OPEN_PROPERTIES);
        String named = open.textOf(Performative.OPEN_PROPERTIES, PRODUCT);
        product = named == null ? "" : named;
        isQpid = product.contains(QPID);
        isArtemis = product.contains(ARTEMIS);
        isClassic = product.equals(CLASSIC);
    }

    public static BrokerOpen read(Performative open) {
        return new BrokerOpen(open);
    }

    public String containerId() {
        return containerId;
    }

    /** Whether a close follows at once: the open says so, or like Broker-J's grants nothing that anybody could use. */
    public boolean isFailure() {
        return isFailure;
    }

    /** The shortest time-out of clients that the broker supports, in milliseconds, as far as is known. */
    public int leastIdleTimeout() {
        return product.contains(RABBITMQ) || isQpid() ? LEAST_IDLE_TIMEOUT : 0;
    }

    /** What the broker says to a client that announces less than that; Broker-J leaves out the last blank. */
    public String refusalOfIdleTimeout(int milliseconds) {
        return "Requested idle timeout of " + milliseconds + " is too low. The minimum supported timeout is"
                + (isQpid ? "" : " ") + leastIdleTimeout();
    }

    /** Whether a client that wants to be its container's only one is refused another beside it, whatever that wants. */
    public boolean keepsOthersOff() {
        return isQpid();
    }

    /** Whether no container has a second connection, whatever is desired. */
    public boolean connectsContainersOnce() {
        return isClassic;
    }

    /** Whether the broker lets a container have one connection only where that is desired (AMQP SOLE 1.0). */
    public boolean offersSoleConnections() {
        byte[] offered = offeredCapabilities;
        return offered != null && new String(offered, StandardCharsets.ISO_8859_1).contains(SOLE_CONNECTION);
    }

    /** Whether the broker closes the connection for a message whose first sections it cannot decode, or take. */
    public boolean readsHeads() {
        return isArtemis || isQpid;
    }

    /** Whether it does so for sections that it does not expect, anywhere in a message. */
    public boolean readsBodies() {
        return isQpid;
    }

    /** Whether it does so for lists and maps of anything but primitives among properties and annotations. */
    public boolean takesPrimitivesOnly() {
        return isClassic;
    }

    /**
     * Whether a delivery is over for the broker with whatever outcome it first hears of it, settled or not, which it
     * does not answer: it closes the connection where a delivery that it has taken back is released, modified or just
     * settled afterwards.
     */
    public boolean settlesWithOutcome() {
        return isArtemis;
    }

    /** Whether the broker closes the connection for what is said of a delivery that was accepted in a transaction. */
    public boolean closesForSecondOutcomes() {
        return isArtemis;
    }

    /**
     * Whether the broker closes the connection for a flow that does not say a receiver's credit or a sender's count.
     */
    public boolean failsOverGapsInFlows() {
        return isArtemis || isClassic || isQpid;
    }

    /**
     * Whether the broker does not answer the attach of a name and role that a link of the session has, and takes its
     * handle for another one of that link.
     */
    public boolean joinsLinks() {
        return isArtemis || isClassic;
    }

    /**
     * Whether the broker serves a connection no more where a session ends before it has answered a receiver's attach,
     * and answers neither attach nor detach of a link where it has both at once.
     */
    public boolean failsOverHastyEnds() {
        return isArtemis;
    }

    /** Whether the broker says no to a sender that does not say where it begins to count, and closes nothing more. */
    public boolean refusesMissingCounts() {
        return isQpid || product.contains(RABBITMQ);
    }

    /** Whether the broker says that it is ActiveMQ Artemis. */
    public boolean isArtemis() {
        return isArtemis;
    }

    /** Whether the broker says that it is ActiveMQ Classic. */
    public boolean isClassic() {
        return isClassic;
    }

    /** Whether the broker rolls back what is left of transactions only when the connection ends. */
    public boolean keepsTransactions() {
        return isArtemis;
    }

    /** Whether clients may make queues by messages to the broker itself, as in front of RabbitMQ. */
    public boolean isManagedByLinks() {
        return product.contains(RABBITMQ);
    }

    /** Whether the broker lets frames pass that are of no session, where others close the connection. */
    public boolean dropsFramesWithoutSession() {
        return isArtemis || isClassic || product.contains(RABBITMQ);
    }

    /** Whether the broker closes the connection for arrays of small integers, short lists and others. */
    public boolean closesForArrays() {
        return product.contains(RABBITMQ);
    }

    /** Whether the broker takes deliveries without a tag, for which others close the connection. */
    public boolean doesWithoutTags() {
        return product.contains(RABBITMQ);
    }

    /** Whether the broker ends the session for a handle above what it, or the client, has said that it takes. */
    public boolean endsSessionsForHandles() {
        return product.contains(RABBITMQ);
    }

    /** Whether the broker ends the session for a field that is missing or of a wrong type. */
    public boolean endsSessionsForFields() {
        return product.contains(RABBITMQ);
    }

    /**
     * Whether the broker takes as many fields as come, whatever their number is said to be, and looks at no error of a
     * client's.
     */
    public boolean readsLeniently() {
        return product.contains(RABBITMQ);
    }

    /** Whether the broker ends the stream at once when it has answered a close. */
    public boolean endsStreams() {
        return isArtemis || isClassic;
    }

    /** The largest frame of both directions, octets. */
    public int maxFrameSize() {
        return maxFrameSize;
    }

    /** The highest channel number. */
    public int channelMax() {
        return channelMax;
    }

    /** How long the broker waits for a sign of life, milliseconds, 0 for ever. */
    public int idleTimeout() {
        return idleTimeout;
    }

    /** As they were encoded, or null; not to be changed. */
    public byte @Nullable [] offeredCapabilities() {
        return offeredCapabilities;
    }

    /**
     * Whether the broker says that it is Qpid's, whose Java broker steals links, and falls over some that are valid.
     */
    public boolean isQpid() {
        return isQpid;
    }

    /** As they were encoded, or null; not to be changed. */
    public byte @Nullable [] properties() {
        return properties;
    }
}
