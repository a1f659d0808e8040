package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.core.UncaughtErrors;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.Protocol;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one endpoint has said in one protocol: how it introduces itself, or the header of another protocol. That holds
 * until it says something else; silence and what is no header say nothing.
 *
 * <p>An endpoint that is asked beside the question how it is, and gives no answer, is asked again after a second, and
 * then ever more seldom, every ten minutes in the end: brokers log each such question.
 */
final class ProtocolAnswer implements Protocol.ProbeResult, Timers.Timed {

    static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
    static final long LONGEST_PAUSE = TimeUnit.MINUTES.toNanos(10);
    private static final Logger log = LoggerFactory.getLogger(ProtocolAnswer.class);

    /** Who asks the endpoint how it is, and is told what it says. */
    interface Asker {

        /** The endpoint's name. */
        String endpoint();

        void connect(OutboundSession session);

        /** The endpoint has answered, or could not be asked, when it was to be asked in this protocol. */
        void onSaid(ProtocolAnswer answer);

        /** The endpoint has not answered when it was asked in this protocol. */
        void onSilence(ProtocolAnswer answer);

        /** Whether it asks no more, as it is an endpoint no longer. */
        boolean isStopped();
    }

    private final LoopContext loop;
    private final Asker asker;
    private final Protocol protocol;
    private final Timers.Timer timer = new Timers.Timer(this);
    private @Nullable BrokerProfile profile;
    private byte @Nullable [] otherHeader;
    private boolean awaited;
    private long pause;

    ProtocolAnswer(LoopContext loop, Asker asker, Protocol protocol) {
        this.loop = loop;
        this.asker = asker;
        this.protocol = protocol;
    }

    Protocol protocol() {
        return protocol;
    }

    /** How the broker introduces itself, or null where it has not, or not as late as {@link #otherHeader}. */
    @Nullable
    BrokerProfile profile() {
        return profile;
    }

    byte @Nullable [] otherHeader() {
        return otherHeader;
    }

    /** Whether the endpoint is being asked, and nothing is known until it answers. */
    boolean isAwaited() {
        return awaited && profile == null && otherHeader == null;
    }

    /** It is being asked how it is in this protocol. */
    void await() {
        awaited = true;
    }

    /** It did not answer that. */
    void onNothing() {
        awaited = false;
    }

    /** Asks the endpoint beside the question how it is; where that fails it is asked later. */
    void ask() {
        if (awaited) {
            return;
        }
        awaited = true;
        try {
            asker.connect(protocol.newProbe(loop, this));
        } catch (RuntimeException | Error failure) {
            onUnasked("an attempt to connect failed");
            loop.caught(failure);
            loop.lines.error(
                    log, "Asking {} for {} failed", asker.endpoint(), protocol.name(), UncaughtErrors.of(failure));
        }
    }

    /** Asks no more for now. */
    void stop() {
        loop.timers.cancel(timer);
        pause = 0;
    }

    @Override
    public void onProfile(BrokerProfile said) {
        said(said, null);
    }

    @Override
    public void onOtherProtocol(byte[] header) {
        said(null, header);
    }

    private void said(@Nullable BrokerProfile newProfile, byte @Nullable [] header) {
        awaited = false;
        profile = newProfile;
        otherHeader = header;
        stop();
        asker.onSaid(this);
    }

    @Override
    public void onFailed(String why) {
        askLater();
        if (!asker.isStopped()) {
            asker.onSilence(this);
        }
    }

    @Override
    public void onUnasked(String why) {
        askLater();
        if (!asker.isStopped()) {
            asker.onSaid(this);
        }
    }

    private void askLater() {
        awaited = false;
        if (!asker.isStopped()) {
            pause = pause == 0 ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, 2 * pause);
            loop.timers.set(timer, loop.now + pause);
        }
    }

    @Override
    public void onTime() {
        ask();
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.lines.error(log, "Asking {} for {} failed", asker.endpoint(), protocol.name(), fault);
    }
}
