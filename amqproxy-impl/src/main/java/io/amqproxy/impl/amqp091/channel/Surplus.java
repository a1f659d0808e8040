package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.WriteCoalescer;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.Slot;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deliveries that a client has no room for, on a connection that others need. A broker sends a whole prefetch at once,
 * and nothing stops what is under way: so it is read and thrown away, which leaves it unacknowledged at the broker, and
 * given back to its queue, the oldest first, when the client has read what it was sent. The broker delivers it again,
 * as redelivered.
 *
 * <p>While anything is withheld messages that come for the first time are withheld too, so that only those that are
 * marked as redelivered come later than others. Nothing is withheld that could not be given back: on a channel with a
 * transaction or with consumers that do not acknowledge, of a stream, or from a broker that is not known to take
 * messages back. A quorum queue gets a message back once at the most, as it counts how often.
 */
final class Surplus implements DeliveryJudge, ClientFlow.Source, Timers.Timed, LongConsumer {

    /** The channel that the messages come on. */
    interface Channel {

        int number();

        Slot.State state();

        Amqp091Connection session();

        UncleanState leftovers();

        /** Whether a client has it. */
        boolean hasClient();
    }

    private static final Logger log = LoggerFactory.getLogger(Surplus.class);

    /** How often it is looked whether something can be given back, beside when the client has read. */
    private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(250);

    /** More than the method of a delivery can take. */
    private static final int MOST_OF_METHOD = 1024;

    /** What each message of a stream has; there a message that is given back is lost for its consumer. */
    private static final byte[] OF_STREAM = "x-stream-offset".getBytes(StandardCharsets.US_ASCII);

    /** What quorum queues say of a message that went back, and that they drop when it did so too often. */
    private static final byte[] OF_LIMITED_COUNT = "x-delivery-count".getBytes(StandardCharsets.US_ASCII);

    private static final int MULTIPLE = 1;

    private final Channel channel;
    private final Amqp091Connection session;
    private final ClientFlow reader;
    private final WithheldMessages withheld = new WithheldMessages();
    private final WriteCoalescer writes = new WriteCoalescer();
    private final Timers.Timer timer = new Timers.Timer(this);
    private boolean over;

    // The delivery whose header has not come: its method, which the client gets if it gets the message.
    private final ByteBuffer method = ByteBuffer.allocate(MOST_OF_METHOD);
    private long tag;
    private boolean isAgain;

    // How the client settles what it has, in methods that leave alone what it has not.
    private Method settling = Method.BASIC_ACK;
    private int settlingBits;
    private long settledTogether;

    Surplus(Channel channel, ClientFlow reader) {
        this.channel = channel;
        this.session = channel.session();
        this.reader = reader;
    }

    /** Whether each delivery has to be looked at. */
    boolean isActive() {
        return !over && (!withheld.isEmpty() || session.backpressure().isInHurryWith(reader));
    }

    boolean isEmpty() {
        return withheld.isEmpty();
    }

    /** Whether no more can be withheld. */
    boolean isFull() {
        return over || withheld.isFull();
    }

    // What comes.

    /** Keeps the method of a delivery back until the header behind it has come. */
    void hold(ByteBuffer in, int at, int tagAt, long ofBroker) {
        int length = (int) Frame.size(in, at) + Frame.OVERHEAD;
        method.clear().put(0, in, at, length).limit(length);
        tag = ofBroker;
        isAgain = (in.get(tagAt + Long.BYTES) & 1) != 0;
    }

    @Override
    public boolean withholds(ByteBuffer in, int at, int length) {
        long octets = method.limit() + length + in.getLong(at + Frame.BODY_SIZE_OFFSET);
        if (isAgain) {
            reader.surplus().onCameAgain(octets);
        }
        if (!isTooMuch(octets)
                || !mayWithhold()
                || says(OF_STREAM, in, at, length)
                || says(OF_LIMITED_COUNT, in, at, length)) {
            return false;
        }
        begin();
        long held = withheld.heldBytes();
        withheld.add(tag, octets);
        session.loop().chunks.countBeside(withheld.heldBytes() - held);
        channel.leftovers().withhold(tag);
        session.backpressure().onWithheld();
        return true;
    }

    private boolean isTooMuch(long octets) {
        UpstreamBackpressure backpressure = session.backpressure();
        if (!withheld.isEmpty() && !isAgain) {
            return true;
        }
        long most = backpressure.mostUnread();
        long unread = reader.unread();
        boolean fits = unread <= most && (unread == 0 || unread + octets <= most + Settings.OWNED_BACKLOG);
        return !fits && backpressure.isInHurry();
    }

    private boolean mayWithhold() {
        return !isFull()
                && channel.state() == Slot.State.LEASED
                && channel.leftovers().mayWithhold(tag);
    }

    /** Whether a header has this name in it. */
    private static boolean says(byte[] name, ByteBuffer in, int at, int length) {
        int last = at + length - name.length;
        for (int from = at + Frame.PAYLOAD_OFFSET; from <= last; from++) {
            int same = 0;
            while (same < name.length && in.get(from + same) == name[same]) {
                same++;
            }
            if (same == name.length) {
                return true;
            }
        }
        return false;
    }

    private void begin() {
        if (withheld.isEmpty()) {
            reader.catchUpFor(this);
            lookLater();
            reader.tellBehind("messages for it go back to their queues until it has read");
        }
    }

    @Override
    public void passOn(@Nullable FrameReceiver to) {
        if (to != null) {
            to.deliverFrame(writes, method, 0, method.limit());
            writes.flush();
        }
    }

    // What goes back.

    @Override
    public boolean goesOnFor(ClientFlow client) {
        giveBack();
        return withheld.isEmpty();
    }

    @Override
    public void onReaderGone(ClientFlow client) {
        clear();
    }

    private void giveBack() {
        if (channel.state() != Slot.State.LEASED || !channel.hasClient()) {
            clear(); // All goes back with the channel.
            return;
        }
        long most = session.backpressure().mostUnread();
        if (reader.unread() > most / 2 || channel.leftovers().holdsUp()) {
            return;
        }
        long now = session.now();
        long room = most - reader.unread() - reader.surplus().underWay(now);
        while (room > 0 && !withheld.isEmpty()) {
            long octets = withheld.firstOctets();
            room -= octets;
            reader.surplus().onGivenBack(octets, now);
            giveFirstBack();
        }
        session.flush();
    }

    private void giveFirstBack() {
        session.frames()
                .method(channel.number(), Method.BASIC_REJECT)
                .longLong(withheld.firstTag())
                .octet(1)
                .to(session.out());
        channel.leftovers().onGivenBack(1);
        long held = withheld.heldBytes();
        withheld.removeFirst();
        session.loop().chunks.countBeside(withheld.heldBytes() - held);
    }

    /** Gives all of it back at once, as it could not be done later; nothing is withheld in this lease from now on. */
    void giveAllBack() {
        while (!withheld.isEmpty()) {
            giveFirstBack();
        }
        session.flush();
        end();
    }

    /** All goes back by itself. Nothing is withheld from now on. */
    void end() {
        over = true;
        reader.forget(this);
        clear();
    }

    private void clear() {
        session.loop().timers.cancel(timer);
        session.loop().chunks.countBeside(-withheld.heldBytes());
        channel.leftovers().onGivenBack(withheld.count());
        withheld.clear();
    }

    private void lookLater() {
        session.loop().timers.set(timer, session.now() + LOOK);
    }

    @Override
    public void onTime() {
        giveBack();
        if (withheld.isEmpty()) {
            reader.forget(this);
        } else {
            reader.flush(); // The selector tells late that a slow peer has read.
            lookLater();
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        LoopContext loop = session.loop();
        loop.lines.error(log, "Giving messages of {} back failed", channel, fault);
        lookLater();
    }

    // What the client settles meanwhile.

    /**
     * The client settles all up to a tag of its own, among which are messages that it did not get.
     *
     * @return whether that is done; otherwise one method does it
     */
    boolean settleUpTo(Method how, long ofClient, int bits) {
        UncleanState leftovers = channel.leftovers();
        boolean isAmong = !withheld.isEmpty()
                && leftovers.maySettle(ofClient, true)
                && (ofClient == 0 || leftovers.tagOfBroker(ofClient) > withheld.firstTag());
        if (!isAmong) {
            return false;
        }
        settling = how;
        settlingBits = bits;
        settledTogether = 0;
        leftovers.forEachOpen(ofClient, this);
        saySettledTogether();
        leftovers.onSettled(ofClient, true);
        session.flush();
        return true;
    }

    /** One of those that the client settles: all before the first that was withheld go together. */
    @Override
    public void accept(long ofBroker) {
        if (ofBroker < withheld.firstTag()) {
            settledTogether = ofBroker;
            return;
        }
        saySettledTogether();
        say(ofBroker, settlingBits & ~MULTIPLE);
    }

    private void saySettledTogether() {
        if (settledTogether > 0) {
            say(settledTogether, settlingBits);
            settledTogether = 0;
        }
    }

    private void say(long ofBroker, int bits) {
        session.frames()
                .method(channel.number(), settling)
                .longLong(ofBroker)
                .octet(bits)
                .to(session.out());
    }
}
