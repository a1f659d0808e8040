package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.Method;
import io.amqproxy.impl.wire.ProtocolHeader;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Learns how the broker introduces itself: sends the protocol header, reads {@code connection.start} and leaves. That
 * needs no credentials.
 */
public final class ProbeSession extends OutboundSession {

    /** What became of the probe; told once. */
    public interface Result {
        void onProfile(BrokerProfile profile);

        void onFailed(String why);
    }

    private final Result result;
    private boolean connecting = true;
    private boolean told;

    public ProbeSession(LoopContext loop, Result result) {
        super(loop);
        this.result = result;
        wakeAt(loop.now + loop.settings.connectTimeout());
    }

    @Override
    public boolean isConnecting() {
        return connecting && !isEnded();
    }

    @Override
    public boolean isPaused() {
        return false;
    }

    @Override
    protected void onAttached() {
        connecting = false;
        wakeAt(loop.now + loop.settings.loginTimeout());
        ProtocolHeader.write(out());
        flush();
    }

    @Override
    protected void onReceive(ByteBuffer in) {
        int at = in.position();
        if (in.remaining() < Frame.OVERHEAD) {
            return;
        }
        long length = Frame.size(in, at) + Frame.OVERHEAD;
        if (Frame.type(in, at) != Frame.METHOD || length > Settings.FRAME_MAX || length < Frame.OVERHEAD + 4) {
            fail("it speaks another protocol");
        } else if (in.remaining() >= length) {
            onFrame(in, at);
        }
        if (isEnded()) {
            in.position(in.limit());
        }
    }

    private void onFrame(ByteBuffer in, int at) {
        if (Frame.methodId(in, at) != Method.CONNECTION_START.id()) {
            fail("it did not send connection.start");
            return;
        }
        try {
            BrokerProfile profile = BrokerProfile.read(loop.arguments.reset(in, at));
            tell(listener -> listener.onProfile(profile));
            abort();
        } catch (AmqpException malformed) {
            fail("its connection.start is malformed");
        }
    }

    @Override
    public void onConnectFailed(String why) {
        fail(why);
    }

    private void fail(String why) {
        tell(listener -> listener.onFailed(why));
        abort();
    }

    private void tell(Consumer<Result> what) {
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
        fail("no answer in time");
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
