package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for with the attach of a link on which it sends, but for the names of things on its own side: the
 * link's name, its handle, and the source. Links with equal requests are the same to the broker, octet for octet.
 */
public final class SenderRequest {

    /** Larger ones are not kept. */
    private static final int MOST = 2048;

    private final byte[] octets;
    private final int hash;

    private SenderRequest(byte[] octets) {
        this.octets = octets;
        this.hash = Arrays.hashCode(octets);
    }

    /**
     * {@return what is asked for, or null where the link can serve nobody else} Its target may be a node that lives
     * with the client, it may resume deliveries, or be one of a pair (RabbitMQ's management).
     */
    public static @Nullable SenderRequest of(Performative attach) {
        boolean isPlain = !attach.bool(Performative.ATTACH_ROLE)
                && Terminus.isTarget(attach, Performative.ATTACH_TARGET)
                && Terminus.isSourceOrAbsent(attach, Performative.ATTACH_SOURCE)
                && !Terminus.isTied(attach, Performative.ATTACH_TARGET)
                && !Terminus.isTied(attach, Performative.ATTACH_SOURCE)
                && attach.isEmpty(Performative.ATTACH_UNSETTLED)
                && !attach.hasKey(Performative.ATTACH_PROPERTIES, "paired");
        if (!isPlain) {
            return null;
        }
        byte[] modes = attach.raws(Performative.ATTACH_SND_SETTLE_MODE, 2);
        byte[] target = attach.raws(Performative.ATTACH_TARGET, 1);
        byte[] rest = attach.raws(Performative.ATTACH_MAX_MESSAGE_SIZE, 4);
        int length = modes.length + target.length + rest.length;
        if (length > MOST) {
            return null;
        }
        byte[] all = Arrays.copyOf(modes, length);
        System.arraycopy(target, 0, all, modes.length, target.length);
        System.arraycopy(rest, 0, all, modes.length + target.length, rest.length);
        return new SenderRequest(all);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SenderRequest that && hash == that.hash && Arrays.equals(octets, that.octets);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
