package io.amqproxy.benchmark;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.FieldTable;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reading and writing of single frames. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CodecBenchmark {

    private final ChunkPool chunks = new ChunkPool();
    private final ByteQueue queue = new ByteQueue(chunks);
    private final FrameWriter writer = new FrameWriter();
    private final ByteBuffer consume = frame(Method.BASIC_CONSUME);
    private final ByteBuffer table = table();

    private ByteBuffer frame(Method method) {
        writer.method(1, method)
                .shortInt(0)
                .shortString("a-queue-with-a-name")
                .shortString("a-consumer-tag")
                .octet(0)
                .table(Map.of("x-priority", 5, "x-stream-offset", "first"))
                .to(queue);
        return taken();
    }

    private ByteBuffer table() {
        writer.method(0, Method.CONNECTION_START_OK)
                .table(Map.of(
                        "product",
                        "benchmark",
                        "capabilities",
                        Map.of("publisher_confirms", true, "consumer_cancel_notify", true)))
                .to(queue);
        return taken();
    }

    private ByteBuffer taken() {
        byte[] bytes = queue.toArray();
        queue.clear();
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** The form of all arguments of a method is checked in place. */
    @Benchmark
    public void checkArguments() throws AmqpException {
        ArgumentReader.check(consume, 0, Method.BASIC_CONSUME);
    }

    @Benchmark
    public Map<String, Object> readTable() {
        return FieldTable.read(table, Frame.PAYLOAD_OFFSET + 4);
    }

    /** A confirm, as the proxy writes it for a client. */
    @Benchmark
    public long writeAck() {
        writer.method(1, Method.BASIC_ACK).longLong(1).octet(1).to(queue);
        long size = queue.size();
        queue.clear();
        return size;
    }
}
