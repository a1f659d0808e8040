package io.amqproxy.impl.core;

/**
 * What a client has sent that lies in front of its session, since it is half a frame or has to wait for memory.
 *
 * @param <S> what is known of clients that send such
 */
public final class Leftover<S> extends IncompleteMessage<S> {

    /** Less is not worth it, and for half a small frame nobody waits. */
    private static final int LITTLE = 4 * 1024;

    private final S sender;
    private int octets;

    public Leftover(S sender) {
        this.sender = sender;
    }

    @Override
    public S sender() {
        return sender;
    }

    @Override
    public long octets() {
        return octets;
    }

    /** {@return whether so many octets are more than a little} */
    public static boolean counts(int octets) {
        return octets > LITTLE;
    }

    /** {@return whether the session leaves another amount than before, as far as it counts} */
    public boolean leave(int left) {
        int now = counts(left) ? left : 0;
        boolean isOther = now != octets;
        octets = now;
        return isOther;
    }
}
