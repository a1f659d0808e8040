package io.amqproxy.impl.amqp10.broker;

import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.MessageHead;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.TransferWriter;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.BrokerGreeting;
import java.util.SplittableRandom;

/** What all sessions of AMQP 1.0 on one loop share, beside what all sessions of the loop do. */
public final class Amqp10Context {

    private final FrameComposer composer = new FrameComposer();
    private final TransferWriter transferWriter = new TransferWriter(composer);
    private final Performative performative = new Performative();
    private final MessageHead heads = new MessageHead(false);
    private final MessageHead messages = new MessageHead(true);
    private final Containers containers = new Containers();
    private final BrokerGreeting<Amqp10Profile> greeting;
    private final String mark = Integer.toHexString(new SplittableRandom().nextInt());

    private Amqp10Context(LoopContext loop) {
        this.greeting = new BrokerGreeting<>(loop, Amqp10Profile.UNKNOWN);
    }

    public static Amqp10Context of(LoopContext loop) {
        return loop.attachment(Amqp10Context.class, Amqp10Context::new);
    }

    /** The writer of frames; it is empty between two calls. */
    public FrameComposer composer() {
        return composer;
    }

    /** The writer of transfers, by the same composer. */
    public TransferWriter transferWriter() {
        return transferWriter;
    }

    /** The reader of performatives; it is good for the frame that is being handled. */
    public Performative performative() {
        return performative;
    }

    /** The reader of messages that lie there as a whole: of all of their sections, or of the first ones. */
    public MessageHead messageReader(boolean readsBody) {
        return readsBody ? messages : heads;
    }

    /** The clients that are here, by container. */
    public Containers containers() {
        return containers;
    }

    /** What tells this loop from those of other proxies, on this host or another one of its name. */
    public String mark() {
        return mark;
    }

    /** How the broker introduces itself. */
    public BrokerGreeting<Amqp10Profile> greeting() {
        return greeting;
    }
}
