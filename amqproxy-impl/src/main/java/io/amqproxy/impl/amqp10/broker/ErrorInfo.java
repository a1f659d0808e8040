package io.amqproxy.impl.amqp10.broker;

import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.core.CloseCause;
import org.jspecify.annotations.Nullable;

/**
 * What the error of a broker's close says for programs beside its condition and its text (part 2, section 2.8.14):
 * where to connect instead, for one. Clients get it as the broker encoded it.
 */
public final class ErrorInfo implements CloseCause.Detail {

    /** Octets; more is not kept. */
    private static final int MOST = 1024;

    private final byte[] map;

    private ErrorInfo(byte[] map) {
        this.map = map;
    }

    /** That of the error in this field, or null for none. */
    static @Nullable ErrorInfo of(Performative performative, int field) {
        byte[] map = performative.errorInfo(field, MOST);
        return map == null ? null : new ErrorInfo(map);
    }

    /** As it is encoded; not to be changed. */
    public byte[] map() {
        return map;
    }

    @Override
    public boolean blames() {
        return false;
    }
}
