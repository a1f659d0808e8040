package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import org.jspecify.annotations.Nullable;

/**
 * What the broker answered to the attach of a link on which clients send, to be said to the next one that asks for it.
 */
public final class AttachAnswer {

    /** Longer ones are not kept. */
    private static final int MOST = 4096;

    private static final int BEFORE_SOURCE = 2;
    private static final int BEHIND_SOURCE = 8;

    private final byte[] before;
    private final byte[] behind;

    private AttachAnswer(byte[] before, byte[] behind) {
        this.before = before;
        this.behind = behind;
    }

    static @Nullable AttachAnswer of(Performative attach) {
        if (!attach.has(Performative.ATTACH_TARGET)) {
            return null; // It is about to be refused.
        }
        byte[] before = attach.raws(Performative.ATTACH_SND_SETTLE_MODE, BEFORE_SOURCE);
        byte[] behind = attach.raws(Performative.ATTACH_TARGET, BEHIND_SOURCE);
        return before.length + behind.length > MOST ? null : new AttachAnswer(before, behind);
    }

    /** Appends the fields behind the role, with the source that the client named. */
    public void appendTo(FrameComposer frame, Performative request) {
        frame.raws(before, BEFORE_SOURCE)
                .copy(request, Performative.ATTACH_SOURCE)
                .raws(behind, BEHIND_SOURCE);
    }
}
