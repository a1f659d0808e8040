package io.amqproxy.benchmark;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the pool does for a client that comes and goes. No sockets; the broker's answers are part of it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PoolBenchmark {

    /** Clients that are connected, have published, and do nothing. */
    @Param({"1", "1000"})
    public int idleClients;

    private final Core core = new Core();
    private final Script cycle = Script.cycle(LoginScript.GUEST, false);
    private final ByteBuffer channelCycle = channelCycle();
    private final MemoryLink client = core.open();

    private static ByteBuffer channelCycle() {
        FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(512));
        frames.publish(AmqpClient.CHANNEL, "q", 16);
        Requests.channelClose(frames, AmqpClient.CHANNEL);
        Requests.channelOpen(frames, AmqpClient.CHANNEL);
        return frames.buffer().flip();
    }

    @Setup
    public void prepare() {
        for (int i = 0; i < idleClients; i++) {
            core.send(core.open(), PublishStream.message(16));
        }
    }

    /** A channel is lent for one message, and proved to be clean. */
    @Benchmark
    public void lease() {
        core.send(client, channelCycle);
    }

    /** A client connects, publishes one message, and leaves. */
    @Benchmark
    public void shortConnection() {
        MemoryLink guest = core.connect();
        for (int step = 0; step < cycle.length(); step++) {
            core.send(guest, cycle.request(step));
        }
    }
}
