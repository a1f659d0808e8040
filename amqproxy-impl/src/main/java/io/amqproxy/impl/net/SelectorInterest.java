package io.amqproxy.impl.net;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** What a link waits for at its loop's selector. */
final class SelectorInterest {

    private final SocketChannel channel;
    private @Nullable SelectionKey key;

    SelectorInterest(SocketChannel channel) {
        this.channel = channel;
    }

    /** Something to read, at first. */
    void register(EventLoop loop, EventLoop.Ready owner) throws IOException {
        key = channel.register(loop.selector(), SelectionKey.OP_READ, owner);
    }

    void set(int operation, boolean wanted) {
        SelectionKey registered = key;
        if (registered == null || !registered.isValid()) {
            return;
        }
        int present = registered.interestOps();
        int next = wanted ? present | operation : present & ~operation;
        if (next != present) {
            registered.interestOps(next);
        }
    }

    boolean isRegistered() {
        return key != null;
    }

    /** Waits at no selector any more. */
    void cancel() {
        if (key != null) {
            key.cancel();
        }
    }
}
