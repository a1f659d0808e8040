package io.amqproxy.program.http;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Accepts also when the process has no descriptors left: it uses those that were kept back, and when these are in use
 * has a connection give way that has not asked anything.
 */
final class HttpDoor {

    private final ServerSocketChannel listening;
    private final ReserveDescriptors reserve;
    private final BooleanSupplier makeRoom;

    /** @param makeRoom closes a connection; answers whether there was one */
    HttpDoor(ServerSocketChannel listening, ReserveDescriptors reserve, BooleanSupplier makeRoom) {
        this.listening = listening;
        this.reserve = reserve;
        this.makeRoom = makeRoom;
    }

    /**
     * {@return who waits, or null if nobody does, or a descriptor is about to be free for it} The kernel takes a
     * descriptor before it looks whether anybody waits, so that one may be left over.
     *
     * @throws IOException if it has to wait until somebody leaves
     */
    @Nullable
    SocketChannel accept() throws IOException {
        try {
            return listening.accept();
        } catch (IOException none) {
            if (!reserve.release()) {
                if (makeRoom.getAsBoolean()) {
                    return null; // The selector gives its descriptor back, and tells again that somebody waits.
                }
                throw none;
            }
        }
        SocketChannel one = null;
        try {
            one = listening.accept();
        } finally {
            if (one == null) {
                reserve.fill();
            }
        }
        return one;
    }
}
