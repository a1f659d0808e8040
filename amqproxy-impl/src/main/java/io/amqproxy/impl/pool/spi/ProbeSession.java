package io.amqproxy.impl.pool.spi;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Learns how the broker introduces itself in one protocol, and leaves. That needs no credentials. */
public abstract class ProbeSession extends OutboundSession {

    /** The octets of a protocol's header, in all versions of AMQP. */
    protected static final int HEADER = 8;

    /** No octet of a version of AMQP, whichever, is more. */
    private static final int MOST_OF_VERSION = 10;

    private final Protocol.ProbeResult result;
    private boolean connecting = true;
    private boolean told;

    protected ProbeSession(LoopContext loop, Protocol.ProbeResult result) {
        super(loop);
        this.result = result;
        wakeAt(loop.now + loop.settings.connectTimeout());
    }

    /** Writes what makes a broker introduce itself. */
    protected abstract void ask();

    /** Reads what has come, which begins at the buffer's position, and ends the probe once that is enough. */
    protected abstract void read(ByteBuffer in);

    @Override
    public final boolean isConnecting() {
        return connecting && !isEnded();
    }

    @Override
    public final boolean isPaused() {
        return false;
    }

    @Override
    protected final void onAttached() {
        connecting = false;
        wakeAt(loop.now + loop.settings.loginTimeout());
        ask();
        flush();
    }

    @Override
    protected final void onReceive(ByteBuffer in) {
        read(in);
        if (isEnded()) {
            in.position(in.limit());
        }
    }

    /** The broker has introduced itself. */
    protected final void succeed(BrokerProfile profile) {
        tell(listener -> listener.onProfile(profile));
        abort();
    }

    /** The broker does not speak the protocol, if what lies here is the header of another one. */
    protected final void refuse(ByteBuffer in) {
        byte[] header = new byte[HEADER];
        in.get(in.position(), header);
        if (isHeader(header)) {
            tell(listener -> listener.onOtherProtocol(header));
            abort();
        } else {
            fail("it speaks no AMQP");
        }
    }

    private static boolean isHeader(byte[] octets) {
        boolean isVersion = true;
        for (int i = HEADER / 2; i < HEADER; i++) {
            isVersion &= octets[i] >= 0 && octets[i] <= MOST_OF_VERSION;
        }
        return isVersion && octets[0] == 'A' && octets[1] == 'M' && octets[2] == 'Q' && octets[3] == 'P';
    }

    @Override
    public void onConnectFailed(String why) {
        fail(why);
    }

    @Override
    public void onConnectImpossible(String why) {
        tell(listener -> listener.onUnasked(why));
        abort();
    }

    protected final void fail(String why) {
        tell(listener -> listener.onFailed(why));
        abort();
    }

    private void tell(Consumer<Protocol.ProbeResult> what) {
        if (!told) {
            told = true;
            what.accept(result);
        }
    }

    @Override
    protected void onDisconnected(String why) {
        tell(listener -> listener.onFailed(why));
    }

    @Override
    protected void onDeadline() {
        if (isConnecting() && isQueued()) {
            onConnectImpossible("look-ups of host names take too long");
        } else {
            fail("no answer in time");
        }
    }

    @Override
    protected void onSilence() {
        fail("no answer in time");
    }

    @Override
    public void onFault(RuntimeException fault) {
        fail("internal error");
    }
}
