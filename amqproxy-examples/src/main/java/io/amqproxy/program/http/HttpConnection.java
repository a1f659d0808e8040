package io.amqproxy.program.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection. It has a deadline at all times: for the first request and for each one that has begun, for the next
 * one, and for taking an answer. Requests are answered one by one; whoever sends the next one before it has the answer
 * has to connect again for it.
 */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> implements Visitors.Visitor {

    private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);
    private static final long REQUEST_SECONDS = 5;
    private static final long NEXT_SECONDS = 60;
    private static final long ANSWER_SECONDS = 30;
    private static final int COMPRESSED_FROM = 1024;

    private final SocketChannel channel;
    private final Map<String, HttpRoute> routes;
    private final Executor workers;
    private final Visitors<HttpConnection> visitors;
    private final SpareDescriptors reserve;
    private @Nullable ScheduledFuture<?> deadline;
    private boolean isReading;
    private boolean isAnswering;
    private boolean isLast;
    private boolean takesGzip;

    HttpConnection(
            SocketChannel channel,
            Map<String, HttpRoute> routes,
            Executor workers,
            Visitors<HttpConnection> visitors,
            SpareDescriptors reserve) {
        this.channel = channel;
        this.routes = routes;
        this.workers = workers;
        this.visitors = visitors;
        this.reserve = reserve;
    }

    @Override
    public InetAddress address() {
        return channel.remoteAddress().getAddress();
    }

    @Override
    public boolean isWaiting() {
        return !isAnswering;
    }

    // Deadlines.

    /** Sees octets before they are a request. */
    ChannelHandler deadlines() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object octets) {
                if (!isReading && !isAnswering) {
                    isReading = true;
                    closeIn(REQUEST_SECONDS);
                }
                context.fireChannelRead(octets);
            }
        };
    }

    /** Nobody waits for the end of a close. */
    @SuppressWarnings("FutureReturnValueIgnored")
    void close() {
        channel.close();
    }

    private void closeIn(long seconds) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        deadline = channel.eventLoop().schedule(this::close, seconds, TimeUnit.SECONDS);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (channel.remoteAddress() == null) { // It is gone already.
            close();
            return;
        }
        isReading = true;
        closeIn(REQUEST_SECONDS);
        HttpConnection leaving = visitors.enter(this);
        if (leaving != null) {
            leaving.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        visitors.leave(this);
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    /** Of a connection: the peer is gone, or sends what is no HTTP. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.debug("A connection for HTTP failed", cause);
        close();
    }

    // Requests.

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest message) {
        if (isAnswering) {
            isLast = true;
            return;
        }
        isReading = false;
        isAnswering = true;
        isLast = !HttpUtil.isKeepAlive(message) || reserve.isShort();
        takesGzip = message.headers().contains(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.GZIP, true);
        closeIn(ANSWER_SECONDS);
        Request request = request(message);
        if (message.decoderResult().isFailure() || request == null) {
            isLast = true;
            send(Answer.text(400, "this is not a request"), null);
            return;
        }
        HttpRoute route = routes.get(request.path());
        if (route == null) {
            send(Answer.text(404, "not found"), null);
        } else if (!route.takes(request.method())) {
            send(Answer.text(405, "use " + route.method()), route.method());
        } else if (route.isQuick()) {
            send(answer(route, request), null);
        } else {
            handOver(route, request);
        }
    }

    private @Nullable Request request(FullHttpRequest message) {
        HttpHeaders headers = message.headers();
        try {
            URI target = URI.create(message.uri());
            return new Request(
                    message.method().name(),
                    Objects.requireNonNullElse(target.getPath(), ""),
                    target.getRawQuery(),
                    headers.get(HttpHeaderNames.HOST),
                    headers.get(HttpHeaderNames.ACCEPT),
                    headers.get(HttpHeaderNames.AUTHORIZATION),
                    address(),
                    message.content().toString(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void handOver(HttpRoute route, Request request) {
        channel.config().setAutoRead(false);
        try {
            workers.execute(() -> {
                Answer answer = answer(route, request);
                channel.eventLoop().execute(() -> send(answer, null));
            });
        } catch (RejectedExecutionException full) {
            send(Answer.text(503, "too many requests at once"), null);
        }
    }

    private static Answer answer(HttpRoute route, Request request) {
        try {
            return route.handler().answer(request);
        } catch (IllegalStateException e) {
            return Answer.text(503, "the proxy does not answer");
        } catch (IOException | RuntimeException e) {
            return failed(request, e);
        } catch (OutOfMemoryError none) {
            throw none; // Whoever watches over the memory has to know.
        } catch (Error e) {
            return failed(request, e);
        }
    }

    /**
     * A class that cannot be loaded, or a stack that is too deep, costs a request its answer, and nobody anything else.
     */
    private static Answer failed(Request request, Throwable why) {
        log.warn("The request {} failed", request.path(), why);
        return Answer.text(500, "failed; see the log");
    }

    // Answers.

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 4);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    private void send(Answer answer, @Nullable String allowed) {
        byte[] plain = answer.body().getBytes(StandardCharsets.UTF_8);
        boolean isCompressed = takesGzip && plain.length >= COMPRESSED_FROM;
        byte[] body = isCompressed ? gzip(plain) : plain;
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), Unpooled.wrappedBuffer(body));
        HttpHeaders headers = response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.type())
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("X-Content-Type-Options", "nosniff")
                .set("Referrer-Policy", "no-referrer")
                .set(
                        HttpHeaderNames.CONTENT_SECURITY_POLICY,
                        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:;"
                                + " form-action 'none'; base-uri 'none'; frame-ancestors 'none';"
                                + " require-trusted-types-for 'script'; trusted-types 'none'");
        if (isCompressed) {
            headers.set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP);
        }
        if (allowed != null) {
            headers.set(HttpHeaderNames.ALLOW, allowed);
        }
        boolean closes = isLast;
        if (closes) {
            headers.set(HttpHeaderNames.CONNECTION, "close");
        }
        channel.writeAndFlush(response).addListener((ChannelFutureListener) sent -> {
            if (closes || isLast || !sent.isSuccess()) {
                close();
            } else {
                isAnswering = false;
                closeIn(NEXT_SECONDS);
                channel.config().setAutoRead(true);
            }
        });
    }
}
