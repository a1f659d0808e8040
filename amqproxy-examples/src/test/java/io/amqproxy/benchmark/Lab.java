package io.amqproxy.benchmark;

import io.amqproxy.benchmark.MeasuredServer.Way;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** All programs of a run: the broker, HAProxy if it is there, and the proxy under test. */
final class Lab implements AutoCloseable {

    private static final long COUNT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final BenchmarkWatchdog watchdog = new BenchmarkWatchdog();
    private final LoginScript login;
    private final InetSocketAddress broker;
    private final @Nullable NullBrokerProcess nullBroker;
    private final List<MeasuredServer> targets = new ArrayList<>();

    private Lab(@Nullable InetSocketAddress given, LoginScript login, Class<?> nullBrokers) throws IOException {
        this.login = login;
        if (given == null) {
            NullBrokerProcess own = NullBrokerProcess.start(nullBrokers);
            started.push(own);
            nullBroker = own;
            broker = new InetSocketAddress(InetAddress.getLoopbackAddress(), own.port());
        } else {
            nullBroker = null;
            broker = given;
        }
        targets.add(new MeasuredServer(Way.DIRECT, broker, 0));
    }

    /** Starts a proxy as well, of which this takes care. */
    Lab with(Way way, ProxyProgram program) throws IOException {
        try {
            add(way, program.start(broker));
            return this;
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Starts a broker if none is given, and nothing else. */
    static Lab brokerOnly(BenchmarkSetup setup) throws IOException {
        return new Lab(setup.broker(), setup.login(), NullBroker.class);
    }

    /**
     * Starts everything.
     *
     * @param proxy the program under test
     */
    static Lab start(BenchmarkSetup setup, ProxyProgram proxy) throws IOException {
        return start(setup, proxy, NullBroker.class);
    }

    /** The same with a null broker of one's choice. */
    static Lab start(BenchmarkSetup setup, ProxyProgram proxy, Class<?> nullBrokers) throws IOException {
        Lab lab = new Lab(setup.broker(), setup.login(), nullBrokers);
        try {
            Optional<Path> haProxy = HaProxy.find();
            if (haProxy.isPresent()) {
                lab.add(Way.HAPROXY, HaProxy.start(haProxy.get(), lab.broker, OpenFiles.limit()));
            } else {
                setup.log().println("HAProxy is not installed; it is left out");
            }
            lab.add(Way.AMQPROXY, proxy.start(lab.broker));
            return lab;
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /**
     * Only the null broker and what {@link #add} adds, with TLS between the generator and all, or all and the broker.
     */
    static Lab withTls(BenchmarkSetup setup, Path haProxy, TlsFiles files, boolean fromClients) throws IOException {
        Lab lab = new Lab(null, setup.login(), NullBroker.class);
        try {
            if (fromClients) {
                lab.addBehindTls(Way.HAPROXY, haProxy, HaProxy.startEndingTls(haProxy, files.both(), lab.broker));
                lab.addBehindTls(
                        Way.AMQPROXY,
                        haProxy,
                        setup.proxy().startEndingTls(files.certificate(), files.key(), lab.broker));
            } else {
                Started broker = HaProxy.startEndingTls(haProxy, files.both(), lab.broker);
                lab.started.push(broker);
                lab.add(Way.HAPROXY, HaProxy.startBeginningTls(haProxy, broker.address()));
                lab.add(Way.AMQPROXY, setup.proxy().startBeginningTls(broker.address()));
            }
            return lab;
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /** The generator speaks to another HAProxy, which begins TLS for it. */
    private void addBehindTls(Way way, Path haProxy, Started program) throws IOException {
        started.push(program);
        Started front = HaProxy.startBeginningTls(haProxy, program.address());
        started.push(front);
        targets.add(new MeasuredServer(way, front.address(), program.child().pid()));
    }

    private void add(Way way, Started program) {
        started.push(program);
        targets.add(new MeasuredServer(way, program.address(), program.child().pid()));
    }

    List<MeasuredServer> targets() {
        return targets;
    }

    MeasuredServer target(Way way) {
        return targets.stream()
                .filter(target -> target.way() == way)
                .findFirst()
                .orElseThrow();
    }

    InetSocketAddress broker() {
        return broker;
    }

    LoginScript login() {
        return login;
    }

    BenchmarkWatchdog watchdog() {
        return watchdog;
    }

    /** Whether the broker tells its counts. */
    boolean hasCounts() {
        return nullBroker != null;
    }

    /** Zeros where the broker does not tell. */
    NullBroker.Counts counts() throws IOException {
        return nullBroker == null ? new NullBroker.Counts(0, 0, 0) : nullBroker.counts();
    }

    /**
     * Waits until so many messages have been counted. A proxy may answer a client that leaves before it has sent the
     * client's message.
     */
    void awaitMessages(long expected) throws IOException {
        if (nullBroker == null) {
            return;
        }
        long begin = System.nanoTime();
        long counted = nullBroker.counts().messages();
        while (counted < expected && System.nanoTime() - begin < COUNT_NANOS) {
            Child.pause();
            counted = nullBroker.counts().messages();
        }
        if (counted != expected) {
            throw new IOException("The broker counted " + counted + " messages instead of " + expected);
        }
    }

    @Override
    public void close() {
        watchdog.close();
        while (!started.isEmpty()) {
            try {
                started.pop().close();
            } catch (Exception e) {
                System.err.println("Could not end a program: " + e);
            }
        }
    }
}
