package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for with the attach of a link on which it sends, but for the names of things on its own side: the
 * link's name, its handle, the address of its source, and from where it counts. Links with equal requests are the same
 * to the broker, octet for octet.
 */
public final class SenderRequest {

    /** Larger ones are not kept. */
    private static final int MOST = 2048;

    private static final int SOURCE = 0x28;

    private static final int MODES = 2;
    /** From max-message-size to properties. */
    private static final int REST = 4;

    /** Modes, target, rest, whether there is a source, and that source behind its address. */
    private final byte[] octets;

    private final int targetAt;
    private final int restAt;
    private final int sourceAt;
    private final int hash;
    private final byte @Nullable [] sourceAddress;
    /** What the broker said to this the last time. */
    private @Nullable AttachAnswer answer;

    private SenderRequest(byte[] octets, int targetAt, int restAt, int sourceAt, byte @Nullable [] sourceAddress) {
        this.octets = octets;
        this.targetAt = targetAt;
        this.restAt = restAt;
        this.sourceAt = sourceAt;
        this.sourceAddress = sourceAddress;
        this.hash = Arrays.hashCode(octets);
    }

    /**
     * {@return what is asked for, or null where the link can serve nobody else} Its target may be a node that lives
     * with the client, it may resume deliveries, or be one of a pair (RabbitMQ's management).
     */
    static @Nullable SenderRequest of(Performative attach) {
        boolean isPlain = !attach.bool(Performative.ATTACH_ROLE)
                && Terminus.isTarget(attach, Performative.ATTACH_TARGET)
                && Terminus.isSourceOrAbsent(attach, Performative.ATTACH_SOURCE)
                && !Terminus.isTied(attach, Performative.ATTACH_TARGET)
                && !Terminus.isTied(attach, Performative.ATTACH_SOURCE)
                && attach.isEmpty(Performative.ATTACH_UNSETTLED)
                && !attach.bool(Performative.ATTACH_INCOMPLETE_UNSETTLED)
                && attach.has(Performative.ATTACH_INITIAL_DELIVERY_COUNT)
                && !attach.hasKey(Performative.ATTACH_PROPERTIES, "paired");
        if (!isPlain) {
            return null;
        }
        byte[] modes = attach.raws(Performative.ATTACH_SND_SETTLE_MODE, MODES);
        byte[] target = attach.raws(Performative.ATTACH_TARGET, 1);
        byte[] rest = attach.raws(Performative.ATTACH_MAX_MESSAGE_SIZE, REST);
        byte[] address = Terminus.address(attach, Performative.ATTACH_SOURCE);
        byte[] source = Terminus.behindAddress(attach, Performative.ATTACH_SOURCE);
        int length = modes.length + target.length + rest.length + 1 + source.length;
        if (length > MOST || (address != null && address.length > MOST)) {
            return null;
        }
        ByteBuffer all = ByteBuffer.allocate(length).put(modes).put(target).put(rest);
        all.put((byte) (attach.has(Performative.ATTACH_SOURCE) ? address == null ? 1 : 2 : 0));
        int restAt = modes.length + target.length;
        return new SenderRequest(all.put(source).array(), modes.length, restAt, restAt + rest.length, address);
    }

    /** Whether it is equal to another one, and gives its source the same address. */
    boolean isSame(SenderRequest other) {
        return equals(other) && Arrays.equals(sourceAddress, other.sourceAddress);
    }

    /** {@return an answer to this, which is the one before where that was equal} */
    AttachAnswer shared(AttachAnswer newest) {
        AttachAnswer former = answer;
        if (former != null && former.equals(newest)) {
            return former;
        }
        answer = newest;
        return newest;
    }

    /** Appends what stands behind the role in an attach that asks for the same, and counts from here. */
    void appendTo(FrameComposer attach, int count) {
        attach.raws(Arrays.copyOf(octets, targetAt), MODES);
        if (octets[sourceAt] == 0) {
            attach.none();
        } else {
            attach.terminus(SOURCE, sourceAddress, Arrays.copyOfRange(octets, sourceAt + 1, octets.length));
        }
        attach.raws(Arrays.copyOfRange(octets, targetAt, restAt), 1)
                .none()
                .none()
                .uint(count)
                .raws(Arrays.copyOfRange(octets, restAt, sourceAt), REST);
    }

    /** The address that it gives its source, as it is encoded, or null. */
    byte @Nullable [] sourceAddress() {
        return sourceAddress;
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
