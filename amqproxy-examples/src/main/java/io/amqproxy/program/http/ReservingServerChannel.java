package io.amqproxy.program.http;

import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.util.List;

/** Accepts also when the process has no descriptors left: it uses those that were kept back. */
final class ReservingServerChannel extends NioServerSocketChannel {

    private final ReserveDescriptors reserve;

    ReservingServerChannel(ReserveDescriptors reserve) {
        this.reserve = reserve;
    }

    /** The kernel takes a descriptor before it looks whether anybody waits, so that one may be left over. */
    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        try {
            return super.doReadMessages(accepted);
        } catch (IOException none) {
            if (!reserve.release()) {
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
