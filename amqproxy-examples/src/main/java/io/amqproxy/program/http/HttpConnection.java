package io.amqproxy.program.http;

import io.amqproxy.program.http.RequestReader.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection. It has a deadline at all times: for the first request and for each one that has begun, for the next
 * one, and for taking an answer. Requests are answered one by one; whoever sends the next one before it has the answer
 * has to connect again for it.
 *
 * <pre>
 *   READING --a request--&gt; ANSWERING --sent--&gt; READING
 *                              |
 *                              +--the last one was sent--&gt; LEAVING --the peer's end, or a moment--&gt; closed
 * </pre>
 *
 * <p>The server's thread does all of it but for the work on requests that take longer.
 */
final class HttpConnection implements Visitors.Visitor {

    private enum State {
        READING,
        ANSWERING,
        /** All is said; to close before the peer has read it would take it away where it has sent more. */
        LEAVING
    }

    private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);
    private static final long REQUEST_SECONDS = 5;
    private static final long NEXT_SECONDS = 60;
    private static final long ANSWER_SECONDS = 30;
    private static final long LEAVE_SECONDS = 2;
    private static final int MOST_IGNORED = 256 * 1024;
    /** The JDK keeps a buffer of its own as large as the largest write. */
    private static final int CHUNK = 32 * 1024;

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    private final SelectionKey key;
    private final InetAddress address;
    private final HttpServer server;
    private final Map<String, Route> routes;
    private final Executor workers;

    private State state = State.READING;
    private RequestReader reader = new RequestReader();
    private boolean isReading = true;
    private boolean isLast;
    private boolean takesGzip;
    private boolean wantsHead;
    private ByteBuffer answer = ByteBuffer.allocate(0);
    private long ignored;
    private long deadline;

    /** @param key that of the channel, which reads */
    HttpConnection(
            SocketChannel channel, SelectionKey key, HttpServer server, Map<String, Route> routes, Executor workers)
            throws IOException {
        this.channel = channel;
        this.key = key;
        this.address = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
        this.server = server;
        this.routes = routes;
        this.workers = workers;
        closeIn(REQUEST_SECONDS);
    }

    @Override
    public InetAddress address() {
        return address;
    }

    @Override
    public boolean isWaiting() {
        return state != State.ANSWERING;
    }

    private void closeIn(long seconds) {
        deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    /** {@return how long it may stay as it is; 0 or less for no longer} */
    long nanosLeft(long now) {
        return deadline - now;
    }

    void close() {
        server.leave(this);
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("Closing a connection for HTTP failed", e);
        }
    }

    // Requests.

    /**
     * Reads or writes.
     *
     * @param scratch what is in it does not matter
     * @throws IOException if the peer is gone
     */
    void onReady(ByteBuffer scratch) throws IOException {
        if (state == State.ANSWERING) {
            flush();
            return;
        }
        int count = channel.read(scratch.clear());
        if (count < 0) {
            close();
        } else if (state == State.LEAVING) {
            ignore(count);
        } else if (count > 0) {
            read(scratch.flip());
        }
    }

    private void ignore(int count) {
        ignored += count;
        if (ignored > MOST_IGNORED) {
            close();
        }
    }

    private void read(ByteBuffer octets) throws IOException {
        if (!isReading) {
            isReading = true;
            closeIn(REQUEST_SECONDS);
        }
        Verdict verdict = reader.read(octets);
        if (verdict == Verdict.CONTINUE && channel.write(ByteBuffer.wrap(CONTINUE)) < CONTINUE.length) {
            close();
        } else if (verdict == Verdict.REFUSED) {
            begin(null);
            send(reader.refusal(), null);
        } else if (verdict == Verdict.COMPLETE) {
            begin(reader.head());
            serve(reader.head());
        }
    }

    /** From now on nothing is read. */
    private void begin(@Nullable RequestHead head) {
        state = State.ANSWERING;
        isLast = head == null || !head.keepsAlive() || reader.hasMore() || server.isShort();
        takesGzip = head != null && head.takesGzip();
        wantsHead = head != null && head.method().equals("HEAD");
        key.interestOps(0);
        closeIn(ANSWER_SECONDS);
    }

    private void serve(RequestHead head) throws IOException {
        Request request = request(head);
        Route route = request == null ? null : routes.get(request.path());
        if (request == null) {
            isLast = true;
            send(Answer.text(400, "this is not a request"), null);
        } else if (route == null) {
            send(Answer.text(404, "not found"), null);
        } else if (!route.takes(request.method())) {
            send(Answer.text(405, "use " + route.method()), route.method());
        } else if (route.isQuick()) {
            send(answer(route, request), null);
        } else {
            handOver(route, request);
        }
    }

    private @Nullable Request request(RequestHead head) {
        try {
            URI target = URI.create(head.target());
            return new Request(
                    head.method(),
                    Objects.requireNonNullElse(target.getPath(), ""),
                    target.getRawQuery(),
                    head.field("host"),
                    head.field("accept"),
                    head.field("authorization"),
                    address,
                    reader.body());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void handOver(Route route, Request request) throws IOException {
        try {
            workers.execute(() -> {
                Answer done = answer(route, request);
                server.execute(this, () -> send(done, null));
            });
        } catch (RejectedExecutionException full) {
            send(Answer.text(503, "too many requests at once"), null);
        }
    }

    private static Answer answer(Route route, Request request) {
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

    private void send(Answer what, @Nullable String allowed) throws IOException {
        answer = AnswerOctets.of(what, allowed, takesGzip, wantsHead, isLast);
        flush();
    }

    private void flush() throws IOException {
        int end = answer.limit();
        while (answer.hasRemaining()) {
            int written = channel.write(answer.limit(Math.min(end, answer.position() + CHUNK)));
            answer.limit(end);
            if (written == 0) {
                key.interestOps(SelectionKey.OP_WRITE);
                return;
            }
        }
        sent();
    }

    private void sent() throws IOException {
        answer = ByteBuffer.allocate(0);
        reader = new RequestReader();
        if (!isLast) {
            state = State.READING;
            isReading = false;
            closeIn(NEXT_SECONDS);
        } else if (server.isShort()) {
            close();
            return;
        } else {
            state = State.LEAVING;
            channel.shutdownOutput();
            closeIn(LEAVE_SECONDS);
        }
        key.interestOps(SelectionKey.OP_READ);
    }
}
