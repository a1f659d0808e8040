package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;

/** What the proxy itself says to the broker on a channel; the answers are for nobody. */
final class ProxyMethods {

    private final Amqp091Connection session;
    private final int number;
    private final Outstanding outstanding;

    ProxyMethods(Amqp091Connection session, int number, Outstanding outstanding) {
        this.session = session;
        this.number = number;
        this.outstanding = outstanding;
    }

    /** Asks the broker to prove that it handled all that went before. */
    void fence() {
        outstanding.onFence();
        session.frames().method(number, Method.CHANNEL_FLOW).octet(1).to(session.out());
        session.flush();
    }

    void select() {
        outstanding.onOwnQuestion(Method.CONFIRM_SELECT);
        session.frames().method(number, Method.CONFIRM_SELECT).octet(0).to(session.out());
        session.flush();
    }

    /** Takes back the limits that a lease leaves. */
    void resetPrefetch(UncleanState left) {
        if (left.hasPrefetch(false)) {
            qos(0, false, left);
        }
        if (left.hasPrefetch(true)) {
            qos(0, true, left);
        }
    }

    void qos(int prefetch, boolean global, UncleanState ofLease) {
        ofLease.onQos(prefetch, global);
        outstanding.onOwnQuestion(Method.BASIC_QOS);
        session.frames()
                .method(number, Method.BASIC_QOS)
                .longInt(0)
                .shortInt(prefetch)
                .octet(global ? 1 : 0)
                .to(session.out());
        session.flush();
    }

    void close() {
        session.frames().close(session.out(), number, ReplyCode.SUCCESS.code(), "", 0);
        session.flush();
    }

    void closeOk() {
        session.frames().plain(session.out(), number, Method.CHANNEL_CLOSE_OK);
        session.flush();
    }
}
