package io.amqproxy.benchmark;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The way of a message through both sessions: checked, bound, and copied to the other side. No sockets. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ForwardBenchmark {

    private static final int MESSAGES = 12;
    private static final int SCRATCH = 256;

    @Param({"16", "128", "1024", "16384"})
    public int size;

    private final Core core = new Core();
    private final Core consumerCore = new Core();
    private final MemoryLink publisher = core.open();
    private final MemoryLink consumer = consumerCore.open();
    private ByteBuffer publishes = ByteBuffer.allocate(0);
    private ByteBuffer deliveries = ByteBuffer.allocate(0);

    @Setup
    public void prepare() {
        publishes = many(PublishStream.message(size));
        core.send(publisher, publishes);
        FrameBuilder request = new FrameBuilder(ByteBuffer.allocate(SCRATCH));
        Requests.consume(request, AmqpClient.CHANNEL, "q", "c");
        consumerCore.send(consumer, request.buffer().flip());
        FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(size + SCRATCH));
        frames.method(1, Amqp.BASIC_DELIVER)
                .shortString("c")
                .longLong(1)
                .octet(0)
                .shortString("")
                .shortString("q")
                .end()
                .content(1, size);
        deliveries = many(frames.buffer().flip());
    }

    private static ByteBuffer many(ByteBuffer message) {
        return PublishStream.block(message, MESSAGES * message.remaining());
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void publish() {
        core.receive(publisher, publishes);
        core.upstream().discard();
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void deliver() {
        consumerCore.receive(consumerCore.upstream(), deliveries);
        consumer.discard();
    }
}
