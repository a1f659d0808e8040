package io.amqproxy.impl.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Looks up names of hosts on threads that may block, for all loops. A name is looked up once at a time, and the answer
 * is for all that have asked meanwhile: one whose servers do not answer holds one thread, and leaves the others to
 * other names.
 */
public final class HostLookUps {

    /** Who asks. It is told on any thread, the asking one included. */
    interface Asker {
        /** The look-up begins, or has begun. */
        void onBegun();

        void onAddresses(List<InetAddress> addresses);

        /**
         * There are none.
         *
         * @param why for the log
         */
        void onFailed(String why);
    }

    /** What looks a name up, and blocks. */
    interface Resolver {
        InetAddress[] addressesOf(String host) throws UnknownHostException;
    }

    /** A look-up and those that have asked. Guarded by the whole. */
    private static final class LookUp {
        private final List<Asker> askers = new ArrayList<>();
        private boolean isBegun;
    }

    /** Askers that wait at once. */
    private static final int MAX_WAITING = 1024;

    private static final String TOO_MANY = "too many look-ups of host names under way";

    private final Executor threads;
    private final Resolver resolver;
    private final Map<String, LookUp> underWay = new HashMap<>();
    private int waiting;

    /** @param threads run what blocks */
    public HostLookUps(Executor threads) {
        this(threads, InetAddress::getAllByName);
    }

    HostLookUps(Executor threads, Resolver resolver) {
        this.threads = threads;
        this.resolver = resolver;
    }

    /** @throws RejectedExecutionException where too many wait */
    void ask(String host, Asker asker) {
        LookUp fresh = new LookUp();
        LookUp lookUp = join(host, fresh, asker);
        if (lookUp != fresh) {
            return;
        }
        try {
            threads.execute(() -> run(host, fresh));
        } catch (RejectedExecutionException full) {
            over(host, fresh).stream().filter(other -> other != asker).forEach(other -> other.onFailed(TOO_MANY));
            throw full;
        }
    }

    /** Answers the look-up that the asker is with: one that is under way, or the given one. */
    private LookUp join(String host, LookUp fresh, Asker asker) {
        boolean isBegun;
        LookUp lookUp;
        synchronized (this) {
            if (waiting == MAX_WAITING) {
                throw new RejectedExecutionException(TOO_MANY);
            }
            lookUp = underWay.computeIfAbsent(host, absent -> fresh);
            lookUp.askers.add(asker);
            waiting++;
            isBegun = lookUp.isBegun;
        }
        if (isBegun) {
            asker.onBegun();
        }
        return lookUp;
    }

    private void run(String host, LookUp lookUp) {
        begun(lookUp).forEach(Asker::onBegun);
        try {
            List<InetAddress> addresses = List.of(resolver.addressesOf(host));
            over(host, lookUp).forEach(asker -> asker.onAddresses(addresses));
        } catch (UnknownHostException unknown) {
            over(host, lookUp).forEach(asker -> asker.onFailed("unknown host " + host));
        } catch (RuntimeException | Error fault) {
            over(host, lookUp).forEach(asker -> asker.onFailed("the look-up of " + host + " failed: " + fault));
            throw fault;
        }
    }

    private synchronized List<Asker> begun(LookUp lookUp) {
        lookUp.isBegun = true;
        return List.copyOf(lookUp.askers);
    }

    /** Who asks from now on asks anew. */
    private synchronized List<Asker> over(String host, LookUp lookUp) {
        if (underWay.remove(host, lookUp)) {
            waiting -= lookUp.askers.size();
        }
        return lookUp.askers;
    }
}
