package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.Refusals;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.CloseCause;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a client says about its connection, once it is open, and is told: frames on channel 0, and what comes after the
 * end.
 */
final class ClientControl {

    private final ClientConnection session;
    private final ClientChannels channels;
    private @Nullable ForcedClose forced;

    ClientControl(ClientConnection session, ClientChannels channels) {
        this.session = session;
        this.channels = channels;
    }

    /**
     * Takes a frame on channel 0, or any frame of a connection that is not open.
     *
     * @return whether the frame is done with; otherwise it comes again
     */
    boolean onFrame(ByteBuffer in, int at, int length) throws AmqpException {
        if (session.isOver()) {
            onFrameAfterClose(in, at, length);
            return true;
        }
        if (session.isLeaving()) {
            return true;
        }
        if (Frame.channel(in, at) != 0) {
            throw Refusals.unexpectedFrame(in, at, length);
        }
        Refusals.checkKind(in, at, length);
        return switch (Frame.type(in, at)) {
            case Frame.HEARTBEAT -> true;
            case Frame.METHOD -> onMethod(in, at, length);
            default -> throw Refusals.unexpectedFrame(in, at, length);
        };
    }

    private boolean onMethod(ByteBuffer in, int at, int length) throws AmqpException {
        Method method = Refusals.method(in, at);
        Refusals.checkArguments(in, at, length, method);
        if (method == Method.CONNECTION_CLOSE && channels.areAnyDeferred()) {
            channels.deferred().await();
            return false;
        }
        if (method == Method.CONNECTION_CLOSE) {
            ArgumentReader arguments = session.context().arguments(in, at);
            int code = arguments.shortInt();
            session.onClose(code, arguments.shortString());
        } else if (session.isInHandshake()) {
            session.onHandshake(method, in, at);
        } else if (method == Method.CONNECTION_UPDATE_SECRET) {
            ArgumentReader arguments = session.context().arguments(in, at);
            byte[] secret = arguments.longString();
            String reason = arguments.shortString();
            session.backpressure().forSecret(true); // Until it is known what the broker says to it.
            session.gateway().updateSecret(session, secret, reason);
        } else {
            throw Refusals.unexpectedInState("running", method);
        }
        return true;
    }

    /** The broker holds publishers back for this reason, or no longer does (null). */
    void tellBlocked(@Nullable String why) {
        FrameWriter frames = session.context().frames();
        if (why != null) {
            frames.method(0, Method.CONNECTION_BLOCKED).shortString(why).to(session.out());
        } else {
            frames.plain(session.out(), 0, Method.CONNECTION_UNBLOCKED);
        }
        session.flush();
    }

    /** The connection is closed for this reason, while its channels are still there. */
    void tellClose(CloseCause why) {
        boolean isOffence = why.code() != ReplyCode.CONNECTION_FORCED.code();
        boolean onlyWrites = !isOffence && channels.areWrittenBlindly();
        forced = new ForcedClose(session.loop(), session.profile().roundTrip(), onlyWrites, session::resetAt);
        session.context().frames().close(session.out(), 0, why.code(), why.text(), ConnectionClose.methodId(why));
        session.flush();
    }

    void onSent() {
        if (forced != null) {
            forced.onSent(session.out().isEmpty());
        }
    }

    /** The client goes on after the end. */
    void onMoreAfterClose() {
        if (forced != null) {
            forced.onMore();
        }
    }

    private void onFrameAfterClose(ByteBuffer in, int at, int length) {
        if (Frame.type(in, at) == Frame.HEARTBEAT) {
            return;
        }
        if (Frame.type(in, at) != Frame.METHOD || Frame.channel(in, at) != 0 || length < Frame.OVERHEAD + 4) {
            onMoreAfterClose();
            return;
        }
        int id = Frame.methodId(in, at);
        if (id == Method.CONNECTION_CLOSE_OK.id()) {
            session.onCloseOk();
        } else if (id == Method.CONNECTION_CLOSE.id()) {
            session.context().frames().plain(session.out(), 0, Method.CONNECTION_CLOSE_OK);
            session.flush();
        }
    }
}
