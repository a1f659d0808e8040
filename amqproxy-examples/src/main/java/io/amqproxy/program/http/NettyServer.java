package io.amqproxy.program.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP server that strangers cannot stop: one thread reads all requests, each with a deadline, and answers those at
 * once that are quick; a few others work on the rest. {@link Visitors} bounds connections, {@link SpareDescriptors}
 * lets some in when the process has no descriptors left. Netty does the reading.
 */
final class NettyServer implements AutoCloseable {

    private static final int CONNECTIONS = 256;
    private static final int CONNECTIONS_OF_ADDRESS = 64;
    private static final int MAX_LINE = 4096;
    private static final int MAX_HEADERS = 16 * 1024;
    private static final int MAX_FORM = 4096;
    private static final int WORKERS = 2;
    private static final int MAX_QUEUED = 64;

    private final MultiThreadIoEventLoopGroup loop;
    private final ThreadPoolExecutor workers;

    /**
     * Begins to serve.
     *
     * @param listening does so already
     * @param reserve of which one is used where there is no descriptor for a connection
     * @param onLost told, by a thread of its own, when the listening socket was closed by an error
     * @throws RuntimeException if there are no descriptors for what it takes, as Netty says it
     */
    NettyServer(
            ServerSocketChannel listening, Map<String, HttpRoute> routes, SpareDescriptors reserve, Runnable onLost) {
        loop = new MultiThreadIoEventLoopGroup(1, threads("http"), NioIoHandler.newFactory());
        workers = new ThreadPoolExecutor(
                WORKERS, WORKERS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_QUEUED), threads("http-worker"));
        workers.allowCoreThreadTimeOut(true);
        Visitors<HttpConnection> visitors = new Visitors<>(CONNECTIONS, CONNECTIONS_OF_ADDRESS);
        ServerBootstrap server = new ServerBootstrap()
                .group(loop)
                .channelFactory(() -> new ReservingServerChannel(listening, reserve, () -> makeRoom(visitors)))
                .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel socket) {
                        socket.closeFuture().addListener(closed -> reserve.fill());
                        HttpConnection connection = new HttpConnection(socket, routes, workers, visitors, reserve);
                        socket.pipeline()
                                .addLast(connection.deadlines())
                                .addLast(new HttpServerCodec(MAX_LINE, MAX_HEADERS, MAX_FORM))
                                .addLast(new HttpObjectAggregator(MAX_FORM, true))
                                .addLast(connection);
                    }
                });
        try {
            Channel door = server.register().syncUninterruptibly().channel();
            door.closeFuture().addListener(closed -> {
                if (!loop.isShuttingDown()) {
                    threads("http-door").newThread(onLost).start();
                }
            });
        } catch (RuntimeException failure) {
            close(); // Whoever tries again has threads of its own.
            throw failure;
        }
    }

    private static boolean makeRoom(Visitors<HttpConnection> visitors) {
        HttpConnection leaving = visitors.giveWay();
        if (leaving != null) {
            leaving.close();
        }
        return leaving != null;
    }

    private static ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
        workers.shutdownNow();
    }
}
