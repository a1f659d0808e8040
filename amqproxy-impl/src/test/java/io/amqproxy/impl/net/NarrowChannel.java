package io.amqproxy.impl.net;

import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A socket in memory, which takes as many bytes as a test allows. */
final class NarrowChannel extends SocketChannel {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private ByteBuffer incoming = ByteBuffer.allocate(0);
    private int room = Integer.MAX_VALUE;
    private boolean outputShut;

    NarrowChannel() {
        super(SelectorProvider.provider());
    }

    /** How many bytes it still takes before it is full. */
    void allow(int bytes) {
        room = bytes;
    }

    /** Has these bytes come in, behind what was not read yet. */
    void deliver(byte[] bytes) {
        incoming = ByteBuffer.allocate(incoming.remaining() + bytes.length)
                .put(incoming)
                .put(bytes)
                .flip();
    }

    /** What was written since the last call. */
    byte[] written() {
        byte[] bytes = written.toByteArray();
        written.reset();
        return bytes;
    }

    boolean isOutputShut() {
        return outputShut;
    }

    @Override
    public int read(ByteBuffer target) {
        int count = Math.min(target.remaining(), incoming.remaining());
        for (int i = 0; i < count; i++) {
            target.put(incoming.get());
        }
        return count;
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source) {
        int count = Math.min(room, source.remaining());
        for (int i = 0; i < count; i++) {
            written.write(source.get());
        }
        room -= count;
        return count;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        long count = 0;
        for (int i = offset; i < offset + length; i++) {
            count += write(sources[i]);
        }
        return count;
    }

    @Override
    public SocketChannel shutdownOutput() {
        outputShut = true;
        return this;
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    protected void implCloseSelectableChannel() {}

    @Override
    protected void implConfigureBlocking(boolean block) {}

    // What nobody asks for here.

    @Override
    public SocketChannel bind(SocketAddress local) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public SocketChannel shutdownInput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket socket() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isConnectionPending() {
        return false;
    }

    @Override
    public boolean connect(SocketAddress remote) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean finishConnect() {
        return true;
    }

    @Override
    public SocketAddress getRemoteAddress() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketAddress getLocalAddress() {
        throw new UnsupportedOperationException();
    }
}
