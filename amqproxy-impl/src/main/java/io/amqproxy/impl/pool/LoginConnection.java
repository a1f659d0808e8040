package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connection by which an account logs in, one at a time. When it has done so it is spare, without a vhost, until a
 * pool takes it, or nobody has for so long that it is not needed.
 */
final class LoginConnection {

    private final LoopContext loop;
    private @Nullable Upstream underWay;
    private LoginGuard.@Nullable Attempt attempt;
    private @Nullable Upstream spare;
    private long spareUntil;

    LoginConnection(LoopContext loop) {
        this.loop = loop;
    }

    /** Whether none is under way, and none is spare. */
    boolean isNone() {
        return underWay == null && spare == null;
    }

    void begin(Upstream upstream, LoginGuard.Attempt newAttempt) {
        underWay = upstream;
        attempt = newAttempt;
    }

    /** {@return whether it is this one that is under way} Then the log-in has ended, in one way or the other. */
    boolean end(Upstream upstream) {
        if (upstream != underWay) {
            return false;
        }
        underWay = null;
        if (attempt != null) {
            attempt.end();
            attempt = null;
        }
        return true;
    }

    /** It serves the first client that opens a vhost; where pools may have no more it has done all that it could. */
    void keep(Upstream loggedIn) {
        if (loggedIn.permit().isForLogin()) {
            loggedIn.session().close("there may be no more connections");
        } else {
            spare = loggedIn;
            spareUntil = loop.now + loop.settings.handshakeTimeout();
        }
    }

    /** {@return the spare one, for the pool that takes it, or null} */
    @Nullable
    Upstream takeSpare() {
        Upstream taken = spare;
        spare = null;
        return taken;
    }

    /** It has ended, if it was the spare one. */
    void onSpareEnded(Upstream upstream) {
        if (upstream == spare) {
            spare = null;
        }
    }

    /** {@return in how many nanoseconds the spare one is not needed any more} */
    long untilUnneeded() {
        return spare == null ? Long.MAX_VALUE : spareUntil - loop.now;
    }

    void closeUnneeded() {
        if (untilUnneeded() <= 0) {
            Upstream unneeded = takeSpare();
            if (unneeded != null) {
                unneeded.session().close("not needed");
            }
        }
    }

    /** {@return those that there are, in a list for the caller} */
    List<Upstream> all() {
        List<Upstream> all = new ArrayList<>();
        if (underWay != null) {
            all.add(underWay);
        }
        if (spare != null) {
            all.add(spare);
        }
        return all;
    }
}
