package io.amqproxy.impl.core;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who a client is, as far as whatever carries its bytes can tell: what the mechanism EXTERNAL stands on. */
public interface Identity {

    /** Of a client that showed nothing. */
    Identity NONE = new Identity() {
        @Override
        public boolean isKnown() {
            return false;
        }

        @Override
        public void credentials(Consumer<@Nullable Credentials> answer) {
            throw new IllegalStateException("nobody");
        }
    };

    /** {@return whether the client showed who it is} Asked once the client has sent something. */
    boolean isKnown();

    /**
     * Looks up what a client that showed who it is logs in with at the broker. May take its time; the answer comes on
     * the loop that asked, never from within this call, null where there is no such account.
     */
    void credentials(Consumer<@Nullable Credentials> answer);
}
