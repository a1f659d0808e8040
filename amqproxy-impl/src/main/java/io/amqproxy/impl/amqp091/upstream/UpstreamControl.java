package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.Suspects;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What the broker says about its connection: methods on channel 0. */
final class UpstreamControl {

    /** What the broker's methods do with the connection. */
    interface Lifecycle {

        UpstreamState state();

        void onStart(ArgumentReader start) throws AmqpException;

        /** The broker accepts the credentials. */
        void onTune(ArgumentReader offer) throws AmqpException;

        void onOpenOk();

        /** Whether the broker owes an answer to a renewed secret. */
        boolean isTellingSecret();

        void onSecretTold();

        void onCloseOk();

        /** The broker closes the connection, and has its answer. */
        void onBrokerClose(CloseCause ending);
    }

    private final Amqp091Connection session;
    private final Lifecycle life;
    private final UpstreamChannels channels;
    private final Amqp091Context context;

    UpstreamControl(Amqp091Connection session, Lifecycle life, UpstreamChannels channels) {
        this.session = session;
        this.life = life;
        this.channels = channels;
        this.context = Amqp091Context.of(session.loop());
    }

    /** Whether the broker has yet to introduce itself. */
    boolean isAtBeginning() {
        return life.state() == UpstreamState.START;
    }

    /** Takes a method whose arguments are well formed. */
    void onMethod(Method method, ByteBuffer in, int at) throws AmqpException {
        UpstreamState state = life.state();
        if (method == Method.CONNECTION_CLOSE) {
            onClose(context.arguments(in, at));
        } else if (method == Method.CONNECTION_START && state == UpstreamState.START) {
            life.onStart(context.arguments(in, at));
        } else if (method == Method.CONNECTION_TUNE && state == UpstreamState.LOGIN) {
            life.onTune(context.arguments(in, at));
        } else if (method == Method.CONNECTION_OPEN_OK && state == UpstreamState.OPENING) {
            life.onOpenOk();
        } else if (method == Method.CONNECTION_CLOSE_OK && state == UpstreamState.CLOSING) {
            life.onCloseOk();
        } else if (method == Method.CONNECTION_UPDATE_SECRET_OK
                && state == UpstreamState.OPEN
                && life.isTellingSecret()) {
            life.onSecretTold();
        } else if (method == Method.CONNECTION_BLOCKED) {
            onBlocked(context.arguments(in, at).shortString());
        } else if (method == Method.CONNECTION_UNBLOCKED) {
            onBlocked(null);
        } else if (state != UpstreamState.CLOSING && state != UpstreamState.ENDED) {
            throw AmqpException.connection(ReplyCode.COMMAND_INVALID, "unexpected " + method, method.id());
        }
    }

    /**
     * Goes on as if the broker closed the connection for an error, and closes it.
     *
     * @return whether it was open
     */
    boolean fail(int code, String text) {
        if (life.state() != UpstreamState.OPEN) {
            return false;
        }
        session.close("closed on purpose");
        life.onBrokerClose(ConnectionClose.byBroker(code, text, 0));
        return true;
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
        if (Suspects.isForFence(ending, channels.all())) {
            session.owner().fences().onRefused(ending);
            ending = CloseCause.byProxy(Kind.FORCED, "the broker closed the connection for a question of the proxy");
        } else if (methodId == Method.CONNECTION_UPDATE_SECRET.id()) {
            session.owner().onSecretRefused(ending);
        }
        life.onBrokerClose(ending);
    }
}
