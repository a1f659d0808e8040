package io.amqproxy.program.http;

import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Accepts also when the process has no descriptors left: it uses those that were kept back, and when these are in use
 * has a connection give way that has not asked anything.
 */
final class ReservingServerChannel extends NioServerSocketChannel {

    private final SpareDescriptors reserve;
    private final BooleanSupplier makeRoom;

    /**
     * @param listening does so already
     * @param makeRoom closes a connection; answers whether there was one
     */
    ReservingServerChannel(ServerSocketChannel listening, SpareDescriptors reserve, BooleanSupplier makeRoom) {
        super(listening);
        this.reserve = reserve;
        this.makeRoom = makeRoom;
    }

    /** The kernel takes a descriptor before it looks whether anybody waits, so that one may be left over. */
    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        try {
            return super.doReadMessages(accepted);
        } catch (IOException none) {
            if (!reserve.release()) {
                if (makeRoom.getAsBoolean()) {
                    return 0; // The selector gives its descriptor back, and tells again that somebody waits.
                }
                throw none;
            }
        }
        int count = 0;
        try {
            count = super.doReadMessages(accepted);
        } finally {
            if (count == 0) {
                reserve.fill();
            }
        }
        return count;
    }
}
