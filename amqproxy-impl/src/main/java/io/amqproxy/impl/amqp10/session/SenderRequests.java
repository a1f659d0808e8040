package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.core.LoopContext;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of one loop ask for with their links. Most of them ask for the same, one after the other, and that
 * is kept once, together with what the broker answered.
 */
public final class SenderRequests {

    private @Nullable SenderRequest last;

    private SenderRequests() {}

    public static SenderRequests of(LoopContext loop) {
        return loop.attachment(SenderRequests.class, any -> new SenderRequests());
    }

    /** {@return what is asked for, or null where the link can serve nobody else} */
    public @Nullable SenderRequest read(Performative attach) {
        SenderRequest request = SenderRequest.of(attach);
        SenderRequest former = last;
        if (request == null) {
            return null;
        }
        if (former != null && former.isSame(request)) {
            return former;
        }
        last = request;
        return request;
    }
}
