package io.amqproxy.program;

import io.amqproxy.AmqProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again and gives it to the proxy. That happens on a thread of its own, since a file may be a
 * pipe or on a disk that does not answer, and other signals must not wait for it. One reload goes at a time; what is
 * asked for meanwhile is done after it.
 *
 * <p>All methods are for the thread of {@link Program}, which is told when one is over, and then calls {@link #finish}.
 */
final class Reload {

    /** Reads the configuration again. */
    interface Source {
        Configuration read() throws BadConfiguration;
    }

    /**
     * What was taken over.
     *
     * @param taken the names of what has changed and holds now
     * @param left the names of what has changed and waits for a restart
     */
    record Outcome(Configuration configuration, String taken, String left) {}

    private static final Logger log = LoggerFactory.getLogger(Reload.class);

    private final AmqProxy proxy;
    private final Source source;
    private final Runnable onEnd;
    private boolean isRunning;
    private boolean isWantedAgain;
    private volatile @Nullable Outcome outcome;

    /** @param onEnd called by the reload's thread when it is over, whatever became of it */
    Reload(AmqProxy proxy, Source source, Runnable onEnd) {
        this.proxy = proxy;
        this.source = source;
        this.onEnd = onEnd;
    }

    void begin(Configuration present) {
        if (isRunning) {
            isWantedAgain = true;
            log.warn("The configuration is still being read; after that it is read once more");
            return;
        }
        isRunning = true;
        outcome = null;
        log.info("Reading the configuration again");
        Thread thread = new Thread(() -> run(present), "reload");
        thread.setDaemon(true);
        thread.start();
    }

    private void run(Configuration present) {
        try {
            outcome = takenOver(present);
        } catch (BadConfiguration
                | IOException
                | UncheckedIOException
                | IllegalArgumentException
                | IllegalStateException e) {
            log.error("The configuration stays as it was: {}", e.getMessage());
        } finally {
            onEnd.run();
        }
    }

    private Outcome takenOver(Configuration present) throws BadConfiguration, IOException {
        Configuration newer = source.read();
        String taken = changes(newer, present, true);
        String left = changes(newer, present, false);
        Configuration possible = newer.over(present);
        possible.setup().takeInherited();
        proxy.reload(possible.setup().proxy);
        return new Outcome(possible, taken, left);
    }

    private static String changes(Configuration newer, Configuration present, boolean reloadable) {
        List<String> names = newer.changesSince(present).stream()
                .filter(option -> option.isReloadable() == reloadable)
                .map(Option::name)
                .collect(Collectors.toCollection(ArrayList::new));
        names.addAll(newer.routeChangesSince(present, reloadable));
        return names.isEmpty() ? "nothing" : String.join(", ", names);
    }

    /** {@return what the proxy has taken over, if anything} Call {@link #goOn} when that holds. */
    Optional<Outcome> finish() {
        isRunning = false;
        return Optional.ofNullable(outcome);
    }

    /** Does what was asked for while a reload was going on. */
    void goOn(Configuration present) {
        if (isWantedAgain) {
            isWantedAgain = false;
            begin(present);
        }
    }
}
