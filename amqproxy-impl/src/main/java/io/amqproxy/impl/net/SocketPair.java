package io.amqproxy.impl.net;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;

/**
 * Two connected sockets within this machine, without a port: of the Unix domain, through a file that is there for the
 * moment in which they meet.
 *
 * @param near the end of who connects
 * @param far the end of who accepts
 */
record SocketPair(SocketChannel near, SocketChannel far) {

    /**
     * Makes two of them, both blocking.
     *
     * @throws IOException if there are no descriptors, or no such file can be made in the directory for temporary files
     */
    static SocketPair open() throws IOException {
        try (ServerSocketChannel meeting = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            meeting.bind(null, 1);
            UnixDomainSocketAddress file = (UnixDomainSocketAddress) meeting.getLocalAddress();
            try {
                SocketChannel near = SocketChannel.open(file);
                try {
                    return new SocketPair(near, meeting.accept());
                } catch (IOException | RuntimeException | Error failure) {
                    near.close();
                    throw failure;
                }
            } finally {
                Files.deleteIfExists(file.getPath());
            }
        }
    }
}
