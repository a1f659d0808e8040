package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.channel.Blame;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.amqp091.upstream.UpstreamSession.State;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What the broker says about its connection: methods on channel 0. */
final class UpstreamControl {

    private final UpstreamSession session;

    UpstreamControl(UpstreamSession session) {
        this.session = session;
    }

    /** Takes a method whose arguments are well formed. */
    void onMethod(Method method, ByteBuffer in, int at) throws AmqpException {
        State state = session.state();
        if (method == Method.CONNECTION_CLOSE) {
            onClose(session.arguments(in, at));
        } else if (method == Method.CONNECTION_START && state == State.START) {
            session.onStart(session.arguments(in, at));
        } else if (method == Method.CONNECTION_TUNE && state == State.LOGIN) {
            session.onTune(session.arguments(in, at));
        } else if (method == Method.CONNECTION_OPEN_OK && state == State.OPENING) {
            session.onOpenOk();
        } else if (method == Method.CONNECTION_CLOSE_OK && state == State.CLOSING) {
            session.onCloseOk();
        } else if (method == Method.CONNECTION_UPDATE_SECRET_OK && state == State.OPEN && session.isTellingSecret()) {
            session.onSecretTold();
        } else if (method == Method.CONNECTION_BLOCKED) {
            onBlocked(session.arguments(in, at).shortString());
        } else if (method == Method.CONNECTION_UNBLOCKED) {
            onBlocked(null);
        } else if (state != State.CLOSING && state != State.ENDED) {
            throw AmqpException.connection(ReplyCode.COMMAND_INVALID, "unexpected " + method, method.id());
        }
    }

    private void onBlocked(@Nullable String why) {
        session.backpressure().onBlocked(why);
        session.owner().onBlocked(why);
    }

    private void onClose(ArgumentReader arguments) throws AmqpException {
        int code = arguments.shortInt();
        String text = arguments.shortString();
        int methodId = arguments.longInt();
        session.frames().plain(session.out(), 0, Method.CONNECTION_CLOSE_OK);
        session.flush();
        CloseCause ending = ConnectionClose.byBroker(code, text, methodId);
        if (Blame.isForFence(ending, session.channels().all())) {
            session.owner().onFenceRefused(ending);
            ending = CloseCause.byProxy(Kind.FORCED, "the broker closed the connection for a question of the proxy");
        } else if (methodId == Method.CONNECTION_UPDATE_SECRET.id()) {
            session.owner().onSecretRefused(ending);
        }
        session.onBrokerClose(ending);
    }
}
