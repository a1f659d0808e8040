package io.amqproxy.impl.amqp091.broker;

import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.BrokerGreeting;
import java.nio.ByteBuffer;

/** What all sessions of AMQP 0-9-1 on one loop share, beside what all sessions of the loop do. */
public final class Amqp091Context {

    private final FrameWriter frames = new FrameWriter();
    private final ConnectionStart start = new ConnectionStart(frames);
    private final ArgumentReader arguments = new ArgumentReader();
    private final ExchangeTypes exchangeTypes = new ExchangeTypes();
    private final UnsupportedMethods unsupported = new UnsupportedMethods();
    private final BrokerGreeting<Amqp091Profile> greeting;

    private Amqp091Context(LoopContext loop) {
        this.greeting = new BrokerGreeting<>(loop, Amqp091Profile.UNKNOWN);
    }

    public static Amqp091Context of(LoopContext loop) {
        return loop.attachment(Amqp091Context.class, Amqp091Context::new);
    }

    /** The writer of frames; it is empty between two calls. */
    public FrameWriter frames() {
        return frames;
    }

    /** The reader of a method's arguments, at those of the frame that begins here. */
    public ArgumentReader arguments(ByteBuffer in, int at) {
        return arguments.reset(in, at);
    }

    /** The types of exchanges that the broker is known to have. */
    public ExchangeTypes exchangeTypes() {
        return exchangeTypes;
    }

    /** Queues that are known not to support a method. */
    public UnsupportedMethods unsupported() {
        return unsupported;
    }

    /** What clients hear first. */
    public ConnectionStart start() {
        return start;
    }

    /** How the broker introduces itself. */
    public BrokerGreeting<Amqp091Profile> greeting() {
        return greeting;
    }
}
