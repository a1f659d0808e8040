package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.PartialFrame;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ContentHeader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameSplitter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.Refusals;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.IncompleteMessage;
import io.amqproxy.impl.core.LoopContext;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The message that a client is publishing on one channel. Frames that follow each other in the read buffer stay there
 * until the message is complete and then go on in one piece; what cannot stay (another channel's frame comes between,
 * the buffer ends) is gathered. Nothing reaches the upstream before the message is complete, so that a client which
 * vanishes leaves no half message behind.
 *
 * <pre>
 *    IDLE --basic.publish--&gt; HEADER --content header--&gt; BODY --all octets--&gt; IDLE
 * </pre>
 */
final class IncomingContent extends IncompleteMessage<ReassemblyBudget.Sender>
        implements PartialFrame.Content, HeldContent {

    /** The channel that it comes on. */
    interface Channel {

        ClientConnection session();

        /** Where the message goes. */
        UpstreamChannel bound();

        /** Whether the broker has yet to confirm something may have changed. */
        void countUnconfirmed();

        /** Asks for the proof that what was published is not returned any more, where much may be. */
        void fenceIfDue(UpstreamChannel to);
    }

    private enum Stage {
        IDLE,
        HEADER,
        BODY
    }

    private final Channel channel;
    private Stage stage = Stage.IDLE;
    private long missing;
    private boolean mandatory;
    private int methodId;
    /** What the sender is told as soon as the content is complete, which is never passed on. */
    private @Nullable AmqpException refusal;

    /** Where the part in the read buffer begins, or -1. */
    private int heldFrom = -1;

    private @Nullable ByteQueue gathered;

    IncomingContent(Channel channel) {
        this.channel = channel;
    }

    private ClientConnection session() {
        return channel.session();
    }

    @Override
    public ReassemblyBudget.Sender sender() {
        return session().backpressure();
    }

    boolean isIdle() {
        return stage == Stage.IDLE;
    }

    /** Begins a message with a checked {@code basic.publish}. */
    void onPublish(ByteBuffer in, int at, int length, boolean isMandatory) throws AmqpException {
        stage = Stage.HEADER;
        mandatory = isMandatory;
        methodId = Method.BASIC_PUBLISH.id();
        keep(in, at, length);
    }

    /** Begins content that only brokers send: they are not refused before it is complete. */
    void onForeign(Method method) {
        stage = Stage.HEADER;
        methodId = method.id();
        refusal = Refusals.unimplemented(method);
    }

    void onHeader(ByteBuffer in, int at, int length) throws AmqpException {
        int classId = in.getShort(at + Frame.PAYLOAD_OFFSET) & 0xFFFF;
        int weight = in.getShort(at + Frame.PAYLOAD_OFFSET + 2);
        if (stage != Stage.HEADER || weight != 0) {
            throw unexpected();
        }
        if (classId != Method.BASIC_PUBLISH.classId()) {
            throw Refusals.headerOfOtherClass(classId, methodId);
        }
        stage = Stage.BODY;
        missing = in.getLong(at + Frame.BODY_SIZE_OFFSET);
        checkProperties(in, at);
        if (refusal == null) {
            long max = session().loop().settings.maxMessageSize();
            if (missing > max) {
                session()
                        .loop()
                        .limitReached(
                                LoopContext.Limit.MESSAGE,
                                session().info(),
                                session() + ": a message of " + missing + " octets is not taken");
                throw Refusals.messageTooLarge(missing, max);
            }
            keep(in, at, length);
        }
        completeIfAllIsThere(in, at + length);
    }

    /** Malformed properties are not told before the body is there; RabbitMQ reads them as late. */
    private void checkProperties(ByteBuffer in, int at) {
        try {
            ContentHeader.check(in, at);
        } catch (AmqpException malformed) {
            if (refusal == null) {
                refusal = malformed;
                dropKept();
            }
        }
    }

    void onBody(ByteBuffer in, int at, int length) throws AmqpException {
        expectBody(length);
        missing -= length - Frame.OVERHEAD;
        if (refusal == null) {
            keep(in, at, length);
        }
        completeIfAllIsThere(in, at + length);
    }

    /**
     * Takes the beginning of a body frame whose end has not come.
     *
     * @return whether it was taken, so that {@link #onMoreOfFrame} follows; otherwise the frame has to come as a whole
     */
    boolean onBeginningOfBody(ByteBuffer in, int at, int limit, int length) throws AmqpException {
        expectBody(length);
        if (refusal != null || length > channel.bound().session().frameMax()) {
            return false;
        }
        missing -= length - Frame.OVERHEAD;
        spill(in, at);
        Frame.patchChannel(in, at, channel.bound().number());
        gather(in, at, limit);
        return true;
    }

    @Override
    public void onMoreOfFrame(ByteBuffer in, int from, int to, boolean isLast) throws AmqpException {
        gather(in, from, to);
        if (isLast) {
            completeIfAllIsThere(in, to);
        }
    }

    @Override
    public void onBulk(int octets) {
        session().reassembly().grow(this);
    }

    /** What has come of a message that does not lie in the read buffer. */
    @Override
    public @Nullable ByteQueue gathered() {
        return gathered;
    }

    /** The memory that is taken by what of it lies outside of the read buffer. */
    @Override
    public long octets() {
        return gathered == null ? 0 : gathered.heldBytes();
    }

    private void expectBody(int length) throws AmqpException {
        if (stage != Stage.BODY) {
            throw unexpected();
        }
        if (length - Frame.OVERHEAD > missing) {
            throw Refusals.bodyTooLong(methodId);
        }
    }

    /** What RabbitMQ says when another frame comes than the content needs. */
    AmqpException unexpected() {
        return switch (stage) {
            case IDLE -> Refusals.methodExpected();
            case HEADER -> Refusals.headerExpected(methodId);
            case BODY -> Refusals.bodyExpected(methodId);
        };
    }

    private void keep(ByteBuffer in, int at, int length) throws AmqpException {
        Amqp091Connection upstream = channel.bound().session();
        if (length > upstream.frameMax()) {
            spill(in, at);
            if (Frame.type(in, at) != Frame.BODY) {
                throw Refusals.tooLargeForBroker(length, upstream.frameMax(), methodId);
            }
            ByteQueue queue = gatherer();
            FrameSplitter.split(
                    session().context().frames(),
                    in,
                    at,
                    length,
                    channel.bound().number(),
                    upstream.frameMax(),
                    queue);
            session().reassembly().grow(this);
            return;
        }
        Frame.patchChannel(in, at, channel.bound().number());
        if (gathered != null) {
            gather(in, at, at + length);
        } else if (heldFrom < 0) {
            heldFrom = at;
            session().hold(this);
        }
    }

    @Override
    public void spill(ByteBuffer in, int upTo) {
        if (heldFrom >= 0) {
            int from = heldFrom;
            heldFrom = -1;
            session().hold(null);
            gather(in, from, upTo);
        }
    }

    private void gather(ByteBuffer in, int from, int to) {
        gatherer().append(in, from, to);
        session().reassembly().grow(this);
    }

    private ByteQueue gatherer() {
        if (gathered == null) {
            gathered = session().loop().takeQueue();
            session().reassembly().begin(this);
        }
        return gathered;
    }

    private void completeIfAllIsThere(ByteBuffer in, int end) throws AmqpException {
        if (missing > 0) {
            return;
        }
        if (refusal != null) {
            throw refusal;
        }
        stage = Stage.IDLE;
        UpstreamChannel upstream = channel.bound();
        session().backpressure().countMessage();
        ByteQueue queue = gathered;
        upstream.outstanding().onPublish(mandatory, queue != null ? queue.size() : end - heldFrom);
        channel.countUnconfirmed();
        if (queue != null) {
            gathered = null;
            session().reassembly().end(this);
            session().writes().flush();
            upstream.session().forward(queue);
            session().loop().giveBack(queue);
        } else {
            int from = heldFrom;
            heldFrom = -1;
            session().hold(null);
            session().writes().add(upstream.session(), in, from, end);
        }
        channel.fenceIfDue(upstream);
        session().backpressure().forRoomIfFull(upstream.session());
    }

    /** The channel or the client ends: an incomplete message was never sent. */
    void drop() {
        dropKept();
        refusal = null;
        stage = Stage.IDLE;
    }

    private void dropKept() {
        ByteQueue queue = gathered;
        if (queue != null) {
            gathered = null;
            session().reassembly().end(this);
            queue.clear();
            session().loop().giveBack(queue);
        }
        session().frames().forgetPartial(this);
        if (heldFrom >= 0) {
            heldFrom = -1;
            session().hold(null);
        }
    }
}
