package io.amqproxy.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;

/** Serves many connections on the calling thread, until all of them have what they wanted. */
final class Peers {

    /** One connection. */
    interface Peer {
        SocketChannel socket();

        /** Does what can be done; true when nothing is left to do. */
        boolean onReady(SelectionKey key) throws IOException;
    }

    /** So often is looked whether somebody else has closed the sockets. */
    static final long LOOK_MILLIS = 500;

    private int busy;

    private Peers() {}

    /** {@return how much of it is for one of them, so that nothing is left over} */
    static long share(long count, int index, int peers) {
        return count * (index + 1) / peers - count * index / peers;
    }

    /** Returns when all peers are done. */
    static void serve(List<? extends Peer> peers, int operations) throws IOException {
        new Peers().run(peers, operations);
    }

    private void run(List<? extends Peer> peers, int operations) throws IOException {
        busy = peers.size();
        try (Selector selector = Selector.open()) {
            for (Peer peer : peers) {
                peer.socket().configureBlocking(false);
                peer.socket().register(selector, operations).attach(peer);
            }
            while (busy > 0) {
                if (selector.select(this::onReady, LOOK_MILLIS) == 0
                        && !peers.stream().allMatch(peer -> peer.socket().isOpen())) {
                    throw new IOException("The connections were closed");
                }
            }
        } catch (UncheckedIOException e) {
            throw new IOException(e.getCause());
        }
    }

    private void onReady(SelectionKey key) {
        try {
            if (((Peer) key.attachment()).onReady(key)) {
                key.cancel();
                busy--;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
