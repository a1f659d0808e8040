package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What the system (Linux) knows about a process: processor time, user and system, and resident memory. */
final class ProcessUsage {

    /** Of the times in {@code stat}; fixed for user space on all platforms that matter. */
    private static final long NANOS_PER_TICK = 10_000_000;

    private static final int STAT_FIELDS_BEFORE_UTIME = 11;

    private final long ticks;
    private final Map<String, Long> threads;

    private ProcessUsage(long ticks, Map<String, Long> threads) {
        this.ticks = ticks;
        this.threads = threads;
    }

    /**
     * What the process has used until now.
     *
     * @param pid 0 for no process, which uses nothing
     */
    static ProcessUsage of(long pid) throws IOException {
        if (pid == 0) {
            return new ProcessUsage(0, Map.of());
        }
        Path process = Path.of("/proc", Long.toString(pid));
        String stat = Files.readString(process.resolve("stat"));
        // The program's name, in parentheses, may hold spaces.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks =
                Long.parseLong(fields[STAT_FIELDS_BEFORE_UTIME]) + Long.parseLong(fields[STAT_FIELDS_BEFORE_UTIME + 1]);
        return new ProcessUsage(ticks, threads(process));
    }

    /** Nanoseconds of each thread; empty where the kernel does not count them. */
    private static Map<String, Long> threads(Path process) throws IOException {
        Map<String, Long> nanos = new HashMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path task : tasks) {
                String schedule = Files.readString(task.resolve("schedstat"));
                nanos.put(task.toString(), Long.parseLong(schedule.substring(0, schedule.indexOf(' '))));
            }
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        return nanos;
    }

    /**
     * Nanoseconds of processor time since an earlier look. Exact where no thread has ended in between; otherwise from
     * the kernel's count for the whole process, in steps of 10 ms.
     */
    long nanosSince(ProcessUsage before) {
        if (before.threads.isEmpty() || !threads.keySet().containsAll(before.threads.keySet())) {
            return (ticks - before.ticks) * NANOS_PER_TICK;
        }
        long nanos = 0;
        for (Map.Entry<String, Long> thread : threads.entrySet()) {
            nanos += thread.getValue() - before.threads.getOrDefault(thread.getKey(), 0L);
        }
        return nanos;
    }

    /** Resident memory in bytes. */
    static long residentBytes(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("The system does not tell the resident memory of process " + pid);
    }
}
