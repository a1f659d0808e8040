package io.amqproxy.examples;

import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * The proxy's leases and connections as events of the JDK's Flight Recorder, to be seen beside everything else that a
 * JVM does. They cost next to nothing while nobody records.
 *
 * <p>All methods are called by the proxy's one thread for listeners, so that no lock is needed.
 */
public final class FlightRecording implements ProxyListener {

    /** A channel of a client on a channel of the broker, from the binding to its end. */
    @Name("io.amqproxy.Lease")
    @Label("AMQP channel lease")
    @Category("AMQP proxy")
    @StackTrace(false)
    static final class Lease extends Event {
        long client;
        long upstream;

        @Nullable
        String user;

        @Nullable
        String vhost;

        @Timespan(Timespan.NANOSECONDS)
        long waited;

        long published;
        long delivered;

        @Nullable
        String outcome;

        @Nullable
        String reason;
    }

    /** A connection to the broker that was opened, could not be opened, or ended. */
    @Name("io.amqproxy.Upstream")
    @Label("AMQP connection to the broker")
    @Category("AMQP proxy")
    @StackTrace(false)
    static final class Upstream extends Event {
        long upstream;

        @Nullable
        String endpoint;

        @Nullable
        String what;

        @Timespan(Timespan.NANOSECONDS)
        long took;
    }

    private final Map<LeaseInfo, Lease> running = new HashMap<>();

    @Override
    public void channelLeased(LeaseInfo lease, Duration waited) {
        Lease event = new Lease();
        if (event.isEnabled()) {
            event.begin();
            event.client = lease.client().id();
            event.upstream = lease.upstream().id();
            event.user = lease.upstream().user();
            event.vhost = lease.upstream().vhost();
            event.waited = waited.toNanos();
            running.put(lease, event);
        }
    }

    @Override
    public void channelReleased(LeaseInfo lease, Release release) {
        Lease event = running.remove(lease);
        if (event != null) {
            event.published = release.published();
            event.delivered = release.delivered();
            event.outcome = release.outcome().name();
            event.reason = release.reason().name();
            event.commit();
        }
    }

    @Override
    public void upstreamOpened(UpstreamInfo upstream, Duration took) {
        tell(upstream, "opened", took);
    }

    @Override
    public void upstreamFailed(UpstreamInfo upstream, CloseReason reason) {
        tell(upstream, "failed: " + reason.text(), Duration.ZERO);
    }

    @Override
    public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        tell(upstream, "closed: " + reason.text(), Duration.ZERO);
    }

    private static void tell(UpstreamInfo upstream, String what, Duration took) {
        Upstream event = new Upstream();
        event.upstream = upstream.id();
        event.endpoint = upstream.endpoint();
        event.what = what;
        event.took = took.toNanos();
        event.commit();
    }
}
