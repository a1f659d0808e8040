package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.ByteQueue;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.Method;
import io.amqproxy.impl.wire.ReplyCode;
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
final class IncomingContent {

    private enum Stage {
        IDLE,
        HEADER,
        BODY
    }

    private final ClientChannel channel;
    private Stage stage = Stage.IDLE;
    private long missing;
    private boolean mandatory;
    /** Where the part in the read buffer begins, or -1. */
    private int heldFrom = -1;

    private @Nullable ByteQueue gathered;

    IncomingContent(ClientChannel channel) {
        this.channel = channel;
    }

    boolean isIdle() {
        return stage == Stage.IDLE;
    }

    /** Begins a message with a checked {@code basic.publish}. */
    void onPublish(ByteBuffer in, int at, int length, boolean isMandatory) throws AmqpException {
        stage = Stage.HEADER;
        mandatory = isMandatory;
        keep(in, at, length);
    }

    void expectHeader() throws AmqpException {
        if (stage != Stage.HEADER) {
            throw unexpected();
        }
    }

    void onHeader(ByteBuffer in, int at, int length, long bodySize) throws AmqpException {
        stage = Stage.BODY;
        missing = bodySize;
        keep(in, at, length);
        completeIfAllIsThere(in, at + length);
    }

    void onBody(ByteBuffer in, int at, int length) throws AmqpException {
        if (stage != Stage.BODY) {
            throw unexpected();
        }
        int octets = length - Frame.OVERHEAD;
        if (octets > missing) {
            throw AmqpException.connection(
                    ReplyCode.UNEXPECTED_FRAME,
                    "content body is longer than its header said",
                    Method.BASIC_PUBLISH.id());
        }
        missing -= octets;
        keep(in, at, length);
        completeIfAllIsThere(in, at + length);
    }

    /** What RabbitMQ says when another frame comes than the content needs. */
    AmqpException unexpected() {
        return switch (stage) {
            case IDLE ->
                AmqpException.connection(
                        ReplyCode.UNEXPECTED_FRAME, "expected method frame, got non method frame instead", 0);
            case HEADER ->
                AmqpException.connection(
                        ReplyCode.UNEXPECTED_FRAME,
                        "expected content header for class 60, got non content header frame instead",
                        Method.BASIC_PUBLISH.id());
            case BODY ->
                AmqpException.connection(
                        ReplyCode.UNEXPECTED_FRAME,
                        "expected content body, got non content body frame instead",
                        Method.BASIC_PUBLISH.id());
        };
    }

    private void keep(ByteBuffer in, int at, int length) throws AmqpException {
        UpstreamSession upstream = channel.bound().session();
        if (length > upstream.frameMax()) {
            spill(in, at);
            ByteQueue queue = gatherer();
            if (Frame.type(in, at) != Frame.BODY) {
                throw AmqpException.connection(
                        ReplyCode.FRAME_ERROR,
                        "frame of " + length + " octets does not fit into the broker's frame_max of "
                                + upstream.frameMax(),
                        Method.BASIC_PUBLISH.id());
            }
            FrameSplitter.split(in, at, length, channel.bound().number(), upstream.frameMax(), queue);
            return;
        }
        Frame.patchChannel(in, at, channel.bound().number());
        if (gathered != null) {
            gathered.append(in, at, at + length);
        } else if (heldFrom < 0) {
            heldFrom = at;
            channel.session().hold(this);
        }
    }

    /** The read buffer's bytes up to this offset must be left: what is held there is gathered. */
    void spill(ByteBuffer in, int upTo) {
        if (heldFrom >= 0) {
            gatherer().append(in, heldFrom, upTo);
            heldFrom = -1;
            channel.session().hold(null);
        }
    }

    private ByteQueue gatherer() {
        if (gathered == null) {
            gathered = new ByteQueue(channel.session().loop().chunks);
        }
        return gathered;
    }

    private void completeIfAllIsThere(ByteBuffer in, int end) {
        if (missing > 0) {
            return;
        }
        stage = Stage.IDLE;
        UpstreamChannel upstream = channel.bound();
        upstream.onPublish(mandatory);
        ByteQueue queue = gathered;
        if (queue != null) {
            gathered = null;
            channel.session().run().flush();
            upstream.session().forward(queue);
        } else {
            int from = heldFrom;
            heldFrom = -1;
            channel.session().hold(null);
            channel.session().run().add(upstream.session(), in, from, end);
        }
        channel.session().waitForRoomIfFull(upstream.session());
    }

    /** The channel or the client ends: an incomplete message was never sent. */
    void drop() {
        if (gathered != null) {
            gathered.clear();
            gathered = null;
        }
        if (heldFrom >= 0) {
            heldFrom = -1;
            channel.session().hold(null);
        }
        stage = Stage.IDLE;
    }
}
