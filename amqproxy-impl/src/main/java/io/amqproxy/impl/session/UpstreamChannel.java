package io.amqproxy.impl.session;

import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.Arguments;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.Method;
import io.amqproxy.impl.wire.ReplyCode;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One channel to the broker and what is known of its state there.
 *
 * <pre>
 *            lease                    release, clean            flow-ok, all confirmed
 *    IDLE ----------&gt; LEASED --------------------------&gt; FENCING -----------------------&gt; IDLE
 *                       |                                   |
 *                       | release, not clean                | told to close
 *                       v                                   v
 *                    CLOSING &lt;---------------------------------
 *                       |
 *                       | close-ok
 *                       v
 *                    CLOSED      also from every state when the broker closes the channel, after our close-ok
 * </pre>
 *
 * <p>Only LEASED, and CLOSING while its client still waits for the end, have a client; what the broker says in other
 * states belongs to a lease that ended and is dropped. A number is used again only after CLOSED.
 */
public final class UpstreamChannel {

    /** Where the channel is in its life. */
    public enum State {
        IDLE,
        LEASED,
        FENCING,
        CLOSING,
        CLOSED
    }

    private static final long NO_CONTENT = 0;
    private static final long HEADER_MISSING = -1;

    private final UpstreamSession session;
    private final int number;
    private State state = State.IDLE;
    private @Nullable ClientChannel client;

    // What is known of the channel at the broker, over all leases.
    private boolean confirming;
    private boolean declaredQueue;
    private final TagWindow confirms = new TagWindow();
    private final TagWindow deliveries = new TagWindow();
    private final Proof proof = new Proof();
    private int unansweredFences;

    // What the present lease did.
    private long confirmBase;
    private long deliveryBase;
    private boolean transactional;
    private boolean stopped;
    private boolean prefetchPerConsumer;
    private boolean prefetchPerChannel;
    private int repliesAwaited;
    private int clientFlowsAwaited;
    private int swallowedQosOks;
    private int swallowedSelectOks;
    private int getsWithAck;
    private int getsWithoutAck;
    private final Consumers consumers = new Consumers();
    private boolean toldToDeclare;
    /** Whether each {@code queue.declare} that is not answered yet asked for an exclusive queue. */
    private @Nullable ArrayDeque<Boolean> exclusiveDeclares;

    private long delivered;
    private long lastMandatory;
    private long releasedAt;

    /** Octets that a message of the broker still lacks, {@link #HEADER_MISSING} before its header came. */
    private long contentMissing = NO_CONTENT;

    UpstreamChannel(UpstreamSession session, int number) {
        this.session = session;
        this.number = number;
    }

    public UpstreamSession session() {
        return session;
    }

    public int number() {
        return number;
    }

    public State state() {
        return state;
    }

    public boolean isConfirming() {
        return confirming;
    }

    @Nullable
    ClientChannel client() {
        return client;
    }

    public long published() {
        return proof.published();
    }

    public long delivered() {
        return delivered;
    }

    // The lease.

    /** Lends the channel: IDLE becomes LEASED. */
    public void lease(ClientChannel to) {
        expect(State.IDLE);
        state = State.LEASED;
        client = to;
        confirmBase = confirms.last();
        deliveryBase = deliveries.last() - to.lastDeliveryTag();
        transactional = false;
        stopped = false;
        toldToDeclare = false;
        delivered = 0;
        lastMandatory = 0;
        proof.begin();
    }

    /** What would be left on the channel if the lease ended now. */
    public Reason leftover() {
        if (stopped) {
            return Reason.FLOW;
        }
        if (transactional) {
            return Reason.TRANSACTION;
        }
        if (!consumers.isEmpty()) {
            return Reason.CONSUMER;
        }
        return deliveries.isSettled() && getsWithAck == 0 ? Reason.CLEAN : Reason.UNACKED;
    }

    /** Whether the lease can end here and begin elsewhere without the client noticing. */
    boolean isMovable() {
        return state == State.LEASED && leftover() == Reason.CLEAN && !confirming && isProved();
    }

    /** Whether the client need not notice that the channel is lost with its connection. */
    boolean canBeReplaced() {
        return leftover() == Reason.CLEAN && !confirming && repliesAwaited == 0 && !isPassingContent();
    }

    /** Whether the broker has answered or confirmed all that was sent. */
    private boolean isProved() {
        return proof.isComplete() && !isPassingContent();
    }

    /**
     * Whether a message of the broker is passed on in part: the client takes nothing else on the channel before its
     * end.
     */
    boolean isPassingContent() {
        return contentMissing != NO_CONTENT;
    }

    /** Publishes of the last lease that the broker may not have handled. */
    public long unprovedPublishes() {
        return proof.unprovedPublishes();
    }

    /** Publishes that are lost without anybody noticing if the connection is lost now. */
    long publishesAtRisk() {
        return state == State.IDLE || (client != null && !canBeReplaced()) ? 0 : unprovedPublishes();
    }

    boolean mayReturnMessages() {
        return lastMandatory > proof.publishedProved();
    }

    /** When the last lease ended, in the loop's time. */
    public long releasedAt() {
        return releasedAt;
    }

    /** Asks the broker to prove that it handled all that went before. */
    void fence() {
        unansweredFences++;
        proof.onQuestion();
        session.frames().method(number, Method.CHANNEL_FLOW).octet(1).to(session.out());
        session.flush();
    }

    /** Ends a clean lease: LEASED becomes FENCING, or IDLE where a fence has proved it already. */
    public void release() {
        expect(State.LEASED);
        client = null;
        state = State.FENCING;
        resetPrefetch();
        releasedAt = session.now();
        if (!isProved()) {
            fence();
        }
        becomeIdleIfProved();
    }

    private void resetPrefetch() {
        if (prefetchPerConsumer) {
            writeQos(0, false);
        }
        if (prefetchPerChannel) {
            writeQos(0, true);
        }
        prefetchPerConsumer = false;
        prefetchPerChannel = false;
    }

    private void becomeIdleIfProved() {
        if (state == State.FENCING && isProved() && confirms.isSettled()) {
            proof.onAllConfirmed();
            state = State.IDLE;
            session.owner().onChannelIdle(this);
        }
    }

    /** Closes the channel at the broker; the client, if it still has one, is told when that is done. */
    public void close() {
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        state = State.CLOSING;
        session.frames().close(session.out(), number, ReplyCode.SUCCESS.code(), "", 0);
        session.flush();
    }

    /** The client needs nothing more of the channel. */
    public void forgetClient() {
        client = null;
    }

    // What the client did. The caller has written, or is about to write, the method.

    void onPublish(boolean mandatory) {
        proof.onPublish();
        session.traffic().published++;
        if (confirming) {
            confirms.open();
        }
        if (mandatory) {
            lastMandatory = proof.published();
        }
    }

    /** A method was sent that the broker does not answer. */
    void onStatement() {
        proof.onStatement();
    }

    /** A method was sent that the broker answers. */
    void onQuestion() {
        repliesAwaited++;
        proof.onQuestion();
    }

    void onFlowQuestion() {
        onQuestion();
        clientFlowsAwaited++;
    }

    void onFlowAnswer(boolean active) {
        stopped = !active;
    }

    void onTransaction() {
        transactional = true;
    }

    boolean isTransactional() {
        return transactional;
    }

    void onGet(boolean noAck) {
        if (noAck) {
            getsWithoutAck++;
        } else {
            getsWithAck++;
        }
    }

    /**
     * Writes {@code confirm.select} through; its answer is for nobody. Answers at once where the channel is in the
     * mode.
     */
    void select() {
        if (!confirming) {
            confirming = true;
            confirmBase = confirms.last();
            swallowedSelectOks++;
            proof.onQuestion();
            session.frames().method(number, Method.CONFIRM_SELECT).octet(0).to(session.out());
            session.flush();
        }
    }

    /** The client's own {@code confirm.select} goes to the broker, whose answer is for the client. */
    void onSelect() {
        if (!transactional && !confirming) {
            confirming = true;
            confirmBase = confirms.last();
        }
    }

    void onQos(int prefetch, boolean global) {
        if (global) {
            prefetchPerChannel = prefetch > 0;
        } else {
            prefetchPerConsumer = prefetch > 0;
        }
    }

    /** Sets a prefetch limit whose answer is for nobody. */
    void writeQos(int prefetch, boolean global) {
        swallowedQosOks++;
        proof.onQuestion();
        onQos(prefetch, global);
        session.frames()
                .method(number, Method.BASIC_QOS)
                .longInt(0)
                .shortInt(prefetch)
                .octet(global ? 1 : 0)
                .to(session.out());
        session.flush();
    }

    boolean hasConsumer(String tag) {
        return consumers.has(tag);
    }

    void onConsume(String tag, boolean noAck) {
        consumers.onConsume(tag, !noAck);
    }

    /** A queue is declared; an exclusive one has to end with its client, so that its name is kept. */
    void onDeclare(String queue, boolean exclusive, boolean answered) {
        toldToDeclare = true;
        declaredQueue = true;
        if (answered) {
            if (exclusiveDeclares == null) {
                exclusiveDeclares = new ArrayDeque<>(2);
            }
            exclusiveDeclares.add(exclusive);
        } else if (exclusive) {
            session.owner().onExclusiveQueue(queue);
        }
    }

    private void onDeclared(String queue) {
        boolean exclusive = exclusiveDeclares != null && Boolean.TRUE.equals(exclusiveDeclares.poll());
        if (exclusive) {
            session.owner().onExclusiveQueue(queue);
        }
        if (client != null) {
            client.onDeclared(queue);
        }
    }

    /** Whether an empty queue name means a queue that this very lease declared, or nothing at all to the broker. */
    boolean mayUseLastQueue() {
        return toldToDeclare || !declaredQueue;
    }

    /** The newest delivery tag as the client knows it. */
    long lastDeliveryTag() {
        return deliveries.last() - deliveryBase;
    }

    /** The broker's tag for a tag that the client uses; 0 stays "all". */
    long toBrokerTag(long tag) {
        return tag == 0 ? 0 : tag + deliveryBase;
    }

    void onSettled(long brokerTag, boolean multiple) {
        deliveries.settle(brokerTag, multiple);
    }

    // What the broker did.

    /**
     * Takes a method frame of the broker.
     *
     * @return whether the frame is for the client
     */
    boolean onMethod(Method method, ByteBuffer in, int at) throws AmqpException {
        return switch (method) {
            case CHANNEL_OPEN_OK -> false;
            case CHANNEL_CLOSE -> {
                onBrokerClose(in, at);
                yield false;
            }
            case CHANNEL_CLOSE_OK -> {
                if (state == State.CLOSING) {
                    die();
                }
                yield false;
            }
            case CHANNEL_FLOW -> onFlow(in, at);
            case CHANNEL_FLOW_OK -> onFlowOk();
            case BASIC_QOS_OK -> onQosOk();
            case CONFIRM_SELECT_OK -> onSelectOk();
            case BASIC_ACK, BASIC_NACK -> onConfirm(in, at);
            case BASIC_CONSUME_OK -> {
                consumers.onConsumeOk(session.arguments(in, at).shortString());
                yield onReply();
            }
            case BASIC_CANCEL -> {
                consumers.remove(session.arguments(in, at).shortString());
                yield client != null && client.session().wantsCancel();
            }
            case BASIC_CANCEL_OK -> {
                consumers.remove(session.arguments(in, at).shortString());
                yield onReply();
            }
            case BASIC_RECOVER_OK -> {
                deliveries.settle(0, true);
                yield onReply();
            }
            case BASIC_DELIVER -> {
                onDeliver(in, at);
                yield client != null;
            }
            case BASIC_GET_OK -> {
                onGetOk(in, at);
                yield onReply();
            }
            case BASIC_GET_EMPTY -> {
                getAnswered();
                yield onReply();
            }
            case BASIC_RETURN -> {
                contentMissing = HEADER_MISSING;
                delivered++;
                session.traffic().delivered++;
                yield client != null;
            }
            case QUEUE_DECLARE_OK -> {
                onDeclared(session.arguments(in, at).shortString());
                yield onReply();
            }
            default -> onReply();
        };
    }

    /** Takes a content frame of the broker. */
    void onContent(Run run, ByteBuffer in, int at, int length) {
        if (contentMissing == HEADER_MISSING) {
            contentMissing = length < Frame.BODY_SIZE_OFFSET + 8 ? NO_CONTENT : in.getLong(at + Frame.BODY_SIZE_OFFSET);
        } else {
            contentMissing = Math.max(NO_CONTENT, contentMissing - (length - Frame.OVERHEAD));
        }
        forward(run, in, at, length);
        if (contentMissing == NO_CONTENT && client == null) {
            becomeIdleIfProved();
        }
    }

    private boolean onFlow(ByteBuffer in, int at) throws AmqpException {
        stopped = session.arguments(in, at).octet() == 0;
        if (client == null) {
            session.frames()
                    .method(number, Method.CHANNEL_FLOW_OK)
                    .octet(stopped ? 0 : 1)
                    .to(session.out());
            session.flush();
        }
        return client != null;
    }

    private boolean onQosOk() {
        if (swallowedQosOks == 0) {
            return onReply();
        }
        swallowedQosOks--;
        proof.onAnswer();
        becomeIdleIfProved();
        return false;
    }

    private boolean onSelectOk() {
        if (swallowedSelectOks == 0) {
            return onReply();
        }
        swallowedSelectOks--;
        proof.onAnswer();
        becomeIdleIfProved();
        return false;
    }

    private boolean onReply() {
        if (repliesAwaited > 0) {
            repliesAwaited--;
            proof.onAnswer();
        }
        return client != null;
    }

    private boolean onFlowOk() {
        if (clientFlowsAwaited > 0) {
            clientFlowsAwaited--;
            return onReply();
        }
        if (unansweredFences > 0) {
            unansweredFences--;
            proof.onAnswer();
            ClientChannel waiting = client;
            if (state == State.LEASED && waiting != null) {
                waiting.onFenced();
            } else {
                becomeIdleIfProved();
            }
        }
        return false;
    }

    private boolean onConfirm(ByteBuffer in, int at) throws AmqpException {
        Arguments arguments = session.arguments(in, at);
        int tagAt = arguments.position();
        long tag = arguments.longLong();
        confirms.settle(tag, (arguments.octet() & 1) != 0);
        if (confirms.isSettled()) {
            proof.onAllConfirmed();
        }
        if (client == null) {
            becomeIdleIfProved();
            return false;
        }
        if (confirmBase != 0 && tag != 0) {
            in.putLong(tagAt, tag - confirmBase);
        }
        return true;
    }

    private void onDeliver(ByteBuffer in, int at) throws AmqpException {
        contentMissing = HEADER_MISSING;
        Arguments arguments = session.arguments(in, at);
        arguments.skipShortString();
        int tagAt = arguments.position();
        long tag = arguments.longLong();
        if (consumers.neverAcknowledge()) {
            deliveries.openSettled();
        } else {
            deliveries.open();
        }
        delivered++;
        session.traffic().delivered++;
        rebase(in, tagAt, tag);
    }

    private void onGetOk(ByteBuffer in, int at) throws AmqpException {
        contentMissing = HEADER_MISSING;
        Arguments arguments = session.arguments(in, at);
        int tagAt = arguments.position();
        long tag = arguments.longLong();
        boolean settled = getsWithAck == 0;
        getAnswered();
        if (settled) {
            deliveries.openSettled();
        } else {
            deliveries.open();
        }
        delivered++;
        session.traffic().delivered++;
        rebase(in, tagAt, tag);
    }

    /**
     * With gets of both kinds under way it is not known which one this answers; the safe guess is the one that is
     * acked.
     */
    private void getAnswered() {
        if (getsWithAck > 0) {
            getsWithAck--;
        } else if (getsWithoutAck > 0) {
            getsWithoutAck--;
        }
    }

    private void rebase(ByteBuffer in, int tagAt, long tag) {
        if (deliveryBase != 0) {
            in.putLong(tagAt, tag - deliveryBase);
        }
    }

    private void onBrokerClose(ByteBuffer in, int at) throws AmqpException {
        Arguments arguments = session.arguments(in, at);
        int code = arguments.shortInt();
        String text = arguments.shortString();
        int methodId = arguments.longInt();
        session.frames().plain(session.out(), number, Method.CHANNEL_CLOSE_OK);
        session.flush();
        if (methodId == Method.CHANNEL_FLOW.id() && unansweredFences > 0) {
            session.owner().onFenceRefused(new Ending(Initiator.BROKER, code, text, methodId));
        } else if (client != null) {
            ClientChannel closed = client;
            client = null;
            closed.onBrokerClosed(this, code, text, methodId);
        }
        if (state != State.CLOSING) {
            die();
        }
    }

    /** The channel is closed on both sides. */
    private void die() {
        state = State.CLOSED;
        ClientChannel waiting = client;
        client = null;
        session.onChannelClosed(this);
        if (waiting != null) {
            waiting.onUpstreamClosed(this);
        }
    }

    /** The connection is gone. */
    void onLost(Ending ending) {
        state = State.CLOSED;
        ClientChannel loser = client;
        client = null;
        if (loser != null) {
            loser.onUpstreamLost(this, ending);
        }
    }

    /** Passes on a frame of content, or a method frame that {@link #onMethod} found to be for the client. */
    void forward(Run run, ByteBuffer in, int at, int length) {
        ClientChannel to = client;
        if (to != null) {
            to.deliver(run, in, at, length);
        }
    }

    private void expect(State expected) {
        if (state != expected) {
            throw new IllegalStateException("upstream channel " + number + " is " + state + ", not " + expected);
        }
    }

    @Override
    public String toString() {
        return session + " channel " + number + ' ' + state;
    }
}
