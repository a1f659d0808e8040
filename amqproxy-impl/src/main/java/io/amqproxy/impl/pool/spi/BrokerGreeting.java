package io.amqproxy.impl.pool.spi;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the broker introduced itself last, as one loop knows it. A proxy that has just started asks the broker; clients
 * that come before the answer wait for it, so that the first of them hears the same as the last.
 */
public final class BrokerGreeting<P extends BrokerProfile> implements Timers.Timed {

    private static final Logger log = LoggerFactory.getLogger(BrokerGreeting.class);

    private final LoopContext loop;
    private final Timers.Timer timer = new Timers.Timer(this);
    private final List<Runnable> waiting = new ArrayList<>();
    private final P unknown;
    private P profile;
    private byte @Nullable [] otherHeader;
    private boolean isAwaited;

    /** @param unknown what is said while no broker was ever reached */
    public BrokerGreeting(LoopContext loop, P unknown) {
        this.loop = loop;
        this.unknown = unknown;
        this.profile = unknown;
    }

    /** What the broker said last, or what stands for the unknown. */
    public P profile() {
        return profile;
    }

    public boolean isKnown() {
        return otherHeader == null && profile != unknown; // The broker may say what stands for it.
    }

    /** The header of another protocol, with which the broker answers clients of this one; null where it speaks it. */
    public byte @Nullable [] otherHeader() {
        return otherHeader;
    }

    /** The broker is being asked for the first time: clients wait for {@link #onProfile} or {@link #onSilence}. */
    public void await() {
        isAwaited = true;
        loop.timers.set(timer, loop.now + loop.settings.acquireTimeout());
    }

    /** Whether a client has to wait. */
    public boolean isAwaited() {
        return isAwaited;
    }

    /** Does this once clients need not wait any more; who waits is bounded like the clients that log in. */
    public void whenOver(Runnable action) {
        waiting.add(action);
    }

    /** The same, if they have to wait. Returns whether they have to. */
    public boolean whenAwaited(Runnable action) {
        if (isAwaited) {
            whenOver(action);
        }
        return isAwaited;
    }

    /** The broker has introduced itself. */
    public void onProfile(P said) {
        profile = said;
        otherHeader = null;
        onSilence();
    }

    /** The broker does not speak the protocol, and says so. */
    public void onOtherProtocol(byte[] header) {
        otherHeader = header.clone();
        onSilence();
    }

    /** The broker did not answer: clients hear what is said in its place. */
    public void onSilence() {
        if (isAwaited) {
            isAwaited = false;
            loop.timers.cancel(timer);
            List<Runnable> over = List.copyOf(waiting);
            waiting.clear();
            over.forEach(Runnable::run);
        }
    }

    @Override
    public void onTime() {
        onSilence();
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "Greeting clients failed", fault);
    }
}
