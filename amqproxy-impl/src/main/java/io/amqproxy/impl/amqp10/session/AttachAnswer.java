package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the broker answered to the attach of a link on which clients send, to be said to the next one that asks for it:
 * with the address that this one gave its source, where the broker said that of the first one.
 */
public final class AttachAnswer {

    /** Longer ones are not kept. */
    private static final int MOST = 4096;

    private static final int BEFORE_SOURCE = 2;
    private static final int BEHIND_SOURCE = 8;
    private static final int SOURCE = 0x28;

    private final byte[] before;
    private final boolean hasSource;
    private final boolean hasAddress;
    private final byte[] source;
    private final byte[] behind;

    private AttachAnswer(Performative attach, boolean hasAddress) {
        this.before = attach.raws(Performative.ATTACH_SND_SETTLE_MODE, BEFORE_SOURCE);
        this.hasSource = attach.has(Performative.ATTACH_SOURCE);
        this.hasAddress = hasAddress;
        this.source = Terminus.behindAddress(attach, Performative.ATTACH_SOURCE);
        this.behind = attach.raws(Performative.ATTACH_TARGET, BEHIND_SOURCE);
    }

    /** Null where nobody else can be told the same: the link is about to be refused, or its source has another name. */
    static @Nullable AttachAnswer of(Performative attach, SenderRequest request) {
        if (!attach.has(Performative.ATTACH_TARGET) || !Terminus.isSourceOrAbsent(attach, Performative.ATTACH_SOURCE)) {
            return null;
        }
        byte[] address = Terminus.address(attach, Performative.ATTACH_SOURCE);
        if (address != null && !Arrays.equals(address, request.sourceAddress())) {
            return null;
        }
        AttachAnswer answer = new AttachAnswer(attach, address != null);
        int length = answer.before.length + answer.source.length + answer.behind.length;
        return length > MOST ? null : request.shared(answer);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AttachAnswer that
                && hasSource == that.hasSource
                && hasAddress == that.hasAddress
                && Arrays.equals(before, that.before)
                && Arrays.equals(source, that.source)
                && Arrays.equals(behind, that.behind);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(behind) + Arrays.hashCode(source);
    }

    /** Appends the fields behind the role, as for a client that asks for this. */
    public void appendTo(FrameComposer frame, Performative request) {
        frame.raws(before, BEFORE_SOURCE);
        if (hasSource) {
            byte[] address = hasAddress ? Terminus.address(request, Performative.ATTACH_SOURCE) : null;
            frame.terminus(SOURCE, address, source);
        } else {
            frame.none();
        }
        frame.raws(behind, BEHIND_SOURCE);
    }
}
