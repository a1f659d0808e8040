package io.amqproxy.program.http;

import io.amqproxy.program.common.Descriptors;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The process and its JVM, by the names that Prometheus' own client libraries give them. What the system does not tell
 * is left out.
 */
final class ProcessCollector implements MultiCollector {

    private static final Path STATUS = Path.of("/proc/self/status");
    /** All that the kernel says of a process, many times over. */
    private static final int STATUS_SIZE = 16 * 1024;

    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final int KIB = 1024;
    private static final double NANOS = 1e9;
    private static final double MILLIS = 1e3;
    private static final String AREA = "area";

    /** Stays open, since there may be no descriptor left when it is read; the kernel writes it anew each time. */
    private final @Nullable FileChannel status = openStatus();

    ProcessCollector() {
        var unused = Descriptors.most(); // Loads what tells it, from files, while there are descriptors for that.
    }

    @Override
    public MetricSnapshots collect() {
        List<MetricSnapshot> all = new ArrayList<>();
        addProcess(all);
        addMemory(all);
        addGarbage(all);
        addBuffers(all);
        all.add(gauge(
                "jvm_threads_current",
                "Threads of the JVM now",
                ManagementFactory.getThreadMXBean().getThreadCount()));
        return new MetricSnapshots(all);
    }

    private void addProcess(List<MetricSnapshot> all) {
        ProcessHandle.Info process = ProcessHandle.current().info();
        process.startInstant()
                .ifPresent(start -> all.add(gauge(
                        "process_start_time_seconds",
                        "When the process was started, since 1970",
                        start.toEpochMilli() / MILLIS)));
        process.totalCpuDuration()
                .ifPresent(time -> all.add(CounterSnapshot.builder()
                        .name("process_cpu_seconds")
                        .help("Time of processors that the process has used")
                        .dataPoint(point(time.toNanos() / NANOS, Labels.EMPTY))
                        .build()));
        addIfKnown(all, "process_open_fds", "Open file descriptors", Descriptors.open());
        addIfKnown(all, "process_max_fds", "File descriptors that there may be", Descriptors.most());
        addIfKnown(all, "process_resident_memory_bytes", "Memory of the process that is in RAM", resident());
    }

    private static @Nullable FileChannel openStatus() {
        try {
            return FileChannel.open(STATUS);
        } catch (IOException unknown) {
            return null;
        }
    }

    private OptionalLong resident() {
        if (status == null) {
            return OptionalLong.empty();
        }
        try {
            ByteBuffer said = ByteBuffer.allocate(STATUS_SIZE);
            status.read(said, 0);
            return StandardCharsets.US_ASCII
                    .decode(said.flip())
                    .toString()
                    .lines()
                    .map(RESIDENT::matcher)
                    .filter(Matcher::matches)
                    .mapToLong(line -> Long.parseLong(line.group(1)) * KIB)
                    .findFirst();
        } catch (IOException | RuntimeException unknown) {
            return OptionalLong.empty();
        }
    }

    private static void addIfKnown(List<MetricSnapshot> all, String name, String help, OptionalLong value) {
        value.ifPresent(known -> all.add(gauge(name, help, (double) known)));
    }

    private static void addMemory(List<MetricSnapshot> all) {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        MemoryUsage heap = memory.getHeapMemoryUsage();
        MemoryUsage other = memory.getNonHeapMemoryUsage();
        all.add(GaugeSnapshot.builder()
                .name("jvm_memory_used_bytes")
                .help("Memory of the JVM in use")
                .dataPoint(gaugePoint((double) heap.getUsed(), Labels.of(AREA, "heap")))
                .dataPoint(gaugePoint((double) other.getUsed(), Labels.of(AREA, "nonheap")))
                .build());
        all.add(GaugeSnapshot.builder()
                .name("jvm_memory_max_bytes")
                .help("Memory that the JVM may use; -1 where there is no bound")
                .dataPoint(gaugePoint((double) heap.getMax(), Labels.of(AREA, "heap")))
                .dataPoint(gaugePoint((double) other.getMax(), Labels.of(AREA, "nonheap")))
                .build());
    }

    private static void addGarbage(List<MetricSnapshot> all) {
        CounterSnapshot.Builder time =
                CounterSnapshot.builder().name("jvm_gc_collection_seconds").help("Time of garbage collections");
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            time.dataPoint(
                    point(Math.max(0, collector.getCollectionTime()) / MILLIS, Labels.of("gc", collector.getName())));
        }
        all.add(time.build());
    }

    private static void addBuffers(List<MetricSnapshot> all) {
        GaugeSnapshot.Builder used = GaugeSnapshot.builder()
                .name("jvm_buffer_pool_used_bytes")
                .help("Memory of buffers outside of the heap");
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            used.dataPoint(gaugePoint((double) pool.getMemoryUsed(), Labels.of("pool", pool.getName())));
        }
        all.add(used.build());
    }

    private static GaugeSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(gaugePoint(value, Labels.EMPTY))
                .build();
    }

    private static GaugeDataPointSnapshot gaugePoint(double value, Labels labels) {
        return GaugeDataPointSnapshot.builder().value(value).labels(labels).build();
    }

    private static CounterDataPointSnapshot point(double value, Labels labels) {
        return CounterDataPointSnapshot.builder().value(value).labels(labels).build();
    }
}
