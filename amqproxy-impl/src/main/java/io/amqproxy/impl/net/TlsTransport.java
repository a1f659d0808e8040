package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.impl.core.RateLimitedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bytes in TLS. Everything passes through the loop's two buffers for ciphertext; a connection keeps at most the part of
 * a record that has come so far, and what the socket did not take of the last write.
 *
 * <p>The engine's tasks (keys, certificates) run on another thread. Until they are done nothing is read, and the engine
 * is left alone.
 */
final class TlsTransport implements Transport {

    private static final Logger log = LoggerFactory.getLogger(TlsTransport.class);
    private static final RateLimitedLog LINES = new RateLimitedLog(System::nanoTime);

    /** Bytes to read at once from a stranger: two records. */
    private static final int SPARING_READ = 32 * 1024;

    /** Always empty, so that all may share it. */
    private static final ByteQueue NOTHING = new ByteQueue(new ChunkPool());

    /** What was decrypted in one read was not all: asks the owner to read again, on the loop, later. */
    private final class Reminder implements Runnable {
        boolean isForgotten;

        @Override
        public void run() {
            if (!isForgotten) {
                reminder = null;
                owner.onProgress();
            }
        }
    }

    private final SocketChannel channel;
    private final Owner owner;
    private final TlsMachine machine;
    private final TlsTaskExecutor tasks;
    private final ByteQueue partial;
    private final ByteQueue unsent;

    private EventLoop loop;
    private boolean established;
    private boolean tasksRunning;
    private boolean hadTasks;
    /** Withdraws tasks that nobody needs any more. */
    private Runnable waitingTasks = TlsTaskExecutor.NONE;

    private boolean readsHeld;
    private boolean heard;
    private boolean closed;
    private @Nullable Reminder reminder;
    private byte[] partialMoving = {};
    private byte[] unsentMoving = {};

    TlsTransport(EventLoop loop, SocketChannel channel, Owner owner, SSLEngine engine, TlsTaskExecutor tasks) {
        this.loop = loop;
        this.channel = channel;
        this.owner = owner;
        this.machine = new TlsMachine(engine);
        this.tasks = tasks;
        this.partial = ByteQueue.tight(loop.context().chunks);
        this.unsent = new ByteQueue(loop.context().chunks);
    }

    @Override
    public void open() throws IOException {
        machine.begin();
        owner.flush();
    }

    // Reading.

    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(target, Integer.MAX_VALUE);
    }

    @Override
    public int read(ByteBuffer target, int most) throws IOException {
        if (tasksRunning || readsHeld) {
            return WAITING;
        }
        try {
            return readSome(target, most);
        } catch (IOException failure) {
            throw explained(failure);
        }
    }

    private int readSome(ByteBuffer target, int most) throws IOException {
        ByteBuffer input = loop.buffers().cipherIn().clear();
        if (target.remaining() < input.capacity()) {
            return 0; // Only while the session is paused; it is asked again then.
        }
        if (!established || most < SPARING_READ) {
            input.limit(SPARING_READ);
        }
        partial.drainTo(input);
        boolean ended = input.hasRemaining() && !machine.isInputEnded() && channel.read(input) < 0;
        int before = target.position();
        decrypt(input.flip(), target);
        if (closed) {
            return 0;
        }
        int count = target.position() - before;
        if (tasksRunning) {
            return count > 0 ? count : WAITING; // From here on the engine is theirs.
        }
        if (count > 0) {
            heard = true;
            if (machine.isInputEnded()) {
                remind(); // The socket may have nothing more to say, not even its end.
            }
            return count;
        }
        if (machine.isInputEnded() && !established) {
            throw new SSLException("the peer gave up the handshake");
        }
        if (machine.isInputEnded()) {
            if (machine.isClient() && !heard) {
                throw new SSLException("the peer ended the connection before it said anything");
            }
            return END;
        }
        if (ended) {
            throw new SSLException("connection lost: the peer's TLS stream ended without close_notify");
        }
        return readsHeld ? WAITING : 0;
    }

    /** Decrypts into the last buffer only; a record does not know where a frame ends. */
    @Override
    public int read(ByteBuffer[] targets, int count) throws IOException {
        return read(targets[count - 1]);
    }

    private void decrypt(ByteBuffer input, ByteBuffer target) throws IOException {
        int from = input.position();
        TlsMachine.Need need = machine.decrypt(input, target);
        while (need == TlsMachine.Need.OUTPUT) {
            if (send(NOTHING)) {
                readsHeld = true; // A peer that only asks and does not read what we say is not listened to.
                owner.flush();
                break;
            }
            from = input.position();
            need = machine.decrypt(input, target);
        }
        int to = input.position();
        if (need != TlsMachine.Need.NOTHING && input.hasRemaining()) {
            partial.append(input, to, input.limit());
        }
        if (need == TlsMachine.Need.TASKS) {
            startTasks(input.duplicate().limit(to).position(from));
        }
        tellEstablished();
    }

    /**
     * In TLS 1.3 a server finds out that it does not like a client's certificate when the handshake is over for the
     * client. Most then cut the connection, and what the client meets is its own failure to write; why it came about
     * can still be read.
     */
    private IOException explained(IOException failure) {
        if (failure instanceof SSLException || heard || tasksRunning || closed || !machine.isClient()) {
            return failure;
        }
        SSLException lost = new SSLException("connection lost before the peer said anything: " + failure.getMessage());
        lost.addSuppressed(failure);
        try {
            ByteBuffer input = loop.buffers().cipherIn().clear();
            partial.drainTo(input);
            int read = channel.read(input);
            machine.decrypt(input.flip(), ByteBuffer.allocate(input.capacity()));
            log.debug("Nothing to explain the failure in {} octets", read);
        } catch (SSLException alert) {
            return alert;
        } catch (IOException unreadable) {
            lost.addSuppressed(unreadable);
        }
        return lost;
    }

    private void tellEstablished() {
        if (!established && machine.isEstablished()) {
            established = true;
            tasks.over();
            owner.onAnswer();
            owner.onEstablished();
        }
    }

    private void remind() {
        if (reminder == null) {
            reminder = new Reminder();
            loop.execute(reminder);
        }
    }

    // Tasks.

    private void startTasks(ByteBuffer message) {
        tasksRunning = true;
        if (hadTasks) {
            owner.onAnswer();
        }
        hadTasks = true;
        EventLoop origin = loop;
        waitingTasks = tasks.execute(
                message,
                () -> {
                    try {
                        runTasks(machine.engine());
                    } finally {
                        origin.execute(this::onTasksDone);
                    }
                },
                () -> origin.execute(this::onTasksDropped));
    }

    private void onTasksDropped() {
        tasksRunning = false;
        if (!closed) {
            owner.onFailure(new LocalResourceException("too many TLS handshakes under way"));
        }
    }

    /** What a task finds wrong, it tells the engine. */
    private static void runTasks(SSLEngine engine) {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
            try {
                task.run();
            } catch (RuntimeException fault) {
                LINES.error(log, "A task of TLS failed", fault);
            }
            task = engine.getDelegatedTask();
        }
    }

    private void onTasksDone() {
        tasksRunning = false;
        waitingTasks = TlsTaskExecutor.NONE;
        if (!closed) {
            owner.flush();
            owner.onProgress();
        }
    }

    // Writing.

    @Override
    public boolean write(ByteQueue out) throws IOException {
        boolean full;
        try {
            full = tasksRunning ? sendUnsent() : send(out);
        } catch (IOException failure) {
            throw explained(failure);
        }
        if (tasksRunning) {
            return full;
        }
        tellEstablished();
        if (readsHeld && !full) {
            readsHeld = false;
            remind();
        }
        return full;
    }

    /** Encrypts straight from the buffer; a copy less than by way of the queue. */
    @Override
    public int send(ByteQueue out, ByteBuffer bytes) throws IOException {
        if (tasksRunning || !machine.isEstablished()) {
            return 0;
        }
        int from = bytes.position();
        boolean full = send(out);
        while (!full && bytes.hasRemaining()) {
            ByteBuffer output = loop.buffers().cipherOut().clear();
            machine.encrypt(bytes, output);
            if (output.position() == 0) {
                break;
            }
            full = put(output.flip());
        }
        if (full) {
            owner.flush();
        }
        return bytes.position() - from;
    }

    /** Returns whether the socket is full. */
    private boolean send(ByteQueue out) throws IOException {
        if (sendUnsent()) {
            return true;
        }
        ByteBuffer[] views = loop.buffers().views();
        while (true) {
            ByteBuffer output = loop.buffers().cipherOut().clear();
            machine.encrypt(out, views, output);
            if (output.position() == 0) {
                return false;
            }
            if (put(output.flip())) {
                return true;
            }
        }
    }

    private boolean put(ByteBuffer output) throws IOException {
        channel.write(output);
        if (!output.hasRemaining()) {
            return false;
        }
        unsent.append(output, output.position(), output.limit());
        return true;
    }

    private boolean sendUnsent() throws IOException {
        return PlainTransport.drain(unsent, channel, loop.buffers().views());
    }

    @Override
    public boolean finish() throws IOException {
        if (!tasksRunning) {
            machine.close();
            if (send(NOTHING)) {
                return true;
            }
        }
        channel.shutdownOutput();
        return false;
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!tasksRunning && channel.isConnected() && !machine.isOutputEnded()) {
                machine.close();
                send(NOTHING);
            }
        } catch (IOException | RuntimeException unheard) {
            log.debug("The end of TLS could not be said", unheard);
        } finally {
            waitingTasks.run();
            tasks.over();
            partial.clear();
            unsent.clear();
            channel.close();
        }
    }

    @Override
    public long heldBytes() {
        return partial.heldBytes() + unsent.heldBytes();
    }

    @Override
    public List<X509Certificate> certificates() {
        return CertificateIdentity.certificatesOf(machine.engine());
    }

    // From loop to loop.

    @Override
    public boolean detach() {
        if (tasksRunning) {
            return false;
        }
        if (reminder != null) {
            reminder.isForgotten = true;
        }
        partialMoving = partial.toArray();
        unsentMoving = unsent.toArray();
        return true;
    }

    @Override
    public void attachTo(EventLoop next) {
        loop = next;
        partial.moveTo(next.context().chunks);
        unsent.moveTo(next.context().chunks);
        partial.append(ByteBuffer.wrap(partialMoving), 0, partialMoving.length);
        unsent.append(ByteBuffer.wrap(unsentMoving), 0, unsentMoving.length);
        partialMoving = new byte[0];
        unsentMoving = new byte[0];
        if (reminder != null) {
            reminder = null;
            remind();
        }
        if (!unsent.isEmpty()) {
            owner.flush();
        }
    }
}
