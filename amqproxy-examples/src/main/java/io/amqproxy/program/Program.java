package io.amqproxy.program;

import io.amqproxy.AmqProxy;
import io.amqproxy.SetupException;
import io.amqproxy.program.common.StatsSampler;
import io.amqproxy.program.common.StatsSampler.Sample;
import io.amqproxy.program.http.HttpEndpoints;
import io.amqproxy.program.http.Observers;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The program from its start to its end.
 *
 * <pre>
 *   SERVING --TERM, INT, then the lame-duck time--&gt; DRAINING --drained--&gt; status 0
 *    |   ^                    |
 *    HUP: reload              +--TERM, INT or term timeout--&gt; status 1
 * </pre>
 *
 * One thread runs all of it: signals and the ends of reloads and of the drain come to it as events.
 */
final class Program {

    private enum Event {
        END,
        RELOAD,
        RELOADED,
        DRAINED,
        FAILED
    }

    private static final Logger log = LoggerFactory.getLogger(Program.class);

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final EmergencyExit emergency = new EmergencyExit();
    private final OperatorLog operatorLog = new OperatorLog(System::nanoTime);
    private final Reload.@Nullable Source source;
    private boolean onTerminal;
    private Configuration configuration;

    /** @param source null where there is nothing that could have changed */
    Program(Configuration configuration, Reload.@Nullable Source source) {
        this.configuration = configuration;
        this.source = source;
    }

    static String version() {
        String version = Program.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** {@return the exit status, when all is over} */
    int run() throws InterruptedException {
        try {
            return start();
        } catch (Error fault) {
            emergency.now(Thread.currentThread(), fault); // The JVM would end it without a word, where it lacks memory.
            throw fault;
        } finally {
            Logging.end();
        }
    }

    private int start() throws InterruptedException {
        Setup setup = configuration.setup();
        applyLogging();
        Thread.setDefaultUncaughtExceptionHandler(this::onUncaught);
        emergency.start();
        Signals.handle("TERM", () -> events.add(Event.END));
        Signals.handle("INT", () -> events.add(Event.END));
        Signals.handle("HUP", () -> events.add(Event.RELOAD));
        Observers observers = observers(setup);
        if (observers != null) {
            observers.listeners().forEach(setup.proxy::listener);
        }
        setup.proxy.listener(operatorLog);
        AmqProxy proxy;
        try {
            setup.takeInherited();
            proxy = setup.proxy.primed(WarmUp.isParallel()).start();
        } catch (IOException | UncheckedIOException | IllegalArgumentException | IllegalStateException e) {
            return failed(String.valueOf(e.getMessage()));
        }
        warn();
        WarmUp.end();
        onTerminal = LiveLine.isPossible(System.getenv());
        if (observers == null) {
            return serve(proxy, null);
        }
        InetSocketAddress address = new InetSocketAddress(setup.httpHost(), setup.httpPort);
        try (HttpEndpoints endpoints = HttpEndpoints.start(observers, proxy, address, access(setup))) {
            log.info(
                    "HTTP listening on {}:{}",
                    setup.httpHost(),
                    endpoints.address().getPort());
            return serve(proxy, endpoints);
        } catch (SetupException e) {
            proxy.close();
            return failed(String.valueOf(e.getMessage()));
        }
    }

    /** {@return null where there are no endpoints, which saves their classes} */
    private static @Nullable Observers observers(Setup setup) {
        return setup.httpPort == Setup.NO_HTTP ? null : new Observers(version(), setup.metricsPools, Logging::dropped);
    }

    /** A thread that has died of an error, as that there is no memory, may be missed by others for ever. */
    private void onUncaught(Thread thread, Throwable fault) {
        if (fault instanceof Error) {
            emergency.now(thread, fault);
        }
        log.error("{} failed", thread.getName(), fault);
    }

    private static int failed(String why) {
        System.err.println("amqproxy: " + why);
        return ExitStatus.FAILED;
    }

    private static HttpEndpoints.Access access(Setup setup) {
        return new HttpEndpoints.Access(setup.httpAllow, List.of(setup.httpHosts), setup.httpToken);
    }

    private int serve(AmqProxy proxy, @Nullable HttpEndpoints endpoints) throws InterruptedException {
        Consumer<Sample> watcher = endpoints == null ? sample -> {} : endpoints::add;
        try (StatsSampler sampler = new StatsSampler(proxy, watcher.andThen(sample -> operatorLog.tellRest()));
                StatsSampler line = new StatsSampler(proxy, onTerminal ? liveLine() : sample -> {})) {
            sampler.start();
            if (onTerminal) {
                line.start(); // Its own, as a terminal may be stopped.
            }
            Reload reload = source == null ? null : new Reload(proxy, source, () -> events.add(Event.RELOADED));
            for (Event event = events.take(); event != Event.END; event = events.take()) {
                if (event == Event.RELOAD && isTerminalGone()) {
                    break;
                }
                onReload(event, reload, endpoints);
            }
            return isEndedAsLameDuck(reload, endpoints) ? endedAtOnce() : end(proxy);
        }
    }

    /**
     * Clients are still taken, and load balancers told to send no more.
     *
     * @return whether a second signal came
     */
    private boolean isEndedAsLameDuck(@Nullable Reload reload, @Nullable HttpEndpoints endpoints)
            throws InterruptedException {
        Duration time = configuration.setup().lameDuck;
        if (time.isZero()) {
            return false;
        }
        if (endpoints != null) {
            endpoints.leave();
        }
        log.info("Ending in {} s, and not ready from now on; clients are still taken", time.toSeconds());
        long since = System.nanoTime();
        Event event = next(since);
        while (event == Event.RELOAD || event == Event.RELOADED) {
            onReload(event, reload, endpoints); // The time may be another one then.
            event = next(since);
        }
        return event != null;
    }

    /** What happens while clients are taken at the end, or null once that is over. */
    private @Nullable Event next(long since) throws InterruptedException {
        long left = configuration.setup().lameDuck.toNanos() - (System.nanoTime() - since);
        return events.poll(left, TimeUnit.NANOSECONDS);
    }

    private static int endedAtOnce() {
        log.error("Ended at once by a second signal; clients that were still here lost their connections");
        return ExitStatus.FAILED;
    }

    private static Consumer<Sample> liveLine() {
        LiveLine line = new LiveLine(System.out);
        System.setErr(line.above(System.err));
        line.width(LiveLine.columns());
        Signals.handle("WINCH", () -> line.width(LiveLine.columns()));
        return line::show;
    }

    /** A hang-up comes also when a terminal is closed; a program in its foreground has to end then. */
    private boolean isTerminalGone() {
        if (!onTerminal) {
            return false;
        }
        try (OutputStream terminal = new FileOutputStream("/dev/tty")) {
            terminal.flush();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private void warn() {
        String warning = configuration.setup().warning;
        if (!warning.isEmpty()) {
            log.warn("{}", warning);
        }
        String note = configuration.setup().note;
        if (!note.isEmpty()) {
            log.info("{}", note);
        }
    }

    private void applyLogging() {
        Setup setup = configuration.setup();
        Logging.apply(setup.logLevel, setup.logFormat, System.getenv());
    }

    // HUP.

    private void onReload(Event event, @Nullable Reload reload, @Nullable HttpEndpoints endpoints) {
        if (reload == null) {
            log.info("Nothing to reload: the program was started without --config");
        } else if (event == Event.RELOAD) {
            reload.begin(configuration);
        } else {
            reload.finish().ifPresent(outcome -> takeOver(outcome, endpoints));
            reload.goOn(configuration);
        }
    }

    private void takeOver(Reload.Outcome outcome, @Nullable HttpEndpoints endpoints) {
        configuration = outcome.configuration();
        applyLogging();
        warn();
        if (endpoints != null) {
            endpoints.access(access(configuration.setup()));
        }
        log.info("Configuration reloaded; taken over: {}; only after a restart: {}", outcome.taken(), outcome.left());
    }

    // TERM.

    private int end(AmqProxy proxy) throws InterruptedException {
        Setup setup = configuration.setup();
        log.info("Draining; clients may take up to {} s", setup.clientCloseTimeout.toSeconds());
        Thread drain = new Thread(() -> events.add(drain(proxy, setup.clientCloseTimeout)), "drain");
        drain.setDaemon(true);
        drain.start();
        long deadline = setup.termTimeout
                .map(timeout -> System.nanoTime()
                        + setup.clientCloseTimeout.plus(timeout).toNanos())
                .orElse(0L);
        while (true) {
            Event event = setup.termTimeout.isEmpty()
                    ? events.take()
                    : events.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null) {
                log.error("Ended by the term timeout; clients that were still here lost their connections");
                return ExitStatus.FAILED;
            }
            switch (event) {
                case END -> {
                    return endedAtOnce();
                }
                case RELOAD -> log.info("Nothing is reloaded while the program ends");
                case RELOADED -> {}
                case DRAINED -> {
                    return ExitStatus.OK;
                }
                case FAILED -> {
                    return ExitStatus.FAILED;
                }
            }
        }
    }

    private static Event drain(AmqProxy proxy, Duration grace) {
        try {
            boolean allLeft = proxy.drain(grace);
            log.info(allLeft ? "Ended; all clients had left" : "Ended; clients that were still here were closed");
            return Event.DRAINED;
        } catch (RuntimeException e) {
            log.error("The proxy did not end in order", e);
            return Event.FAILED;
        }
    }
}
