package io.amqproxy;

import org.jspecify.annotations.Nullable;

/** A policy's answer. Cannot be changed. */
public final class Placement {

    private final Kind kind;
    private final @Nullable UpstreamView upstream;
    private final String label;
    private final boolean exclusively;
    private final @Nullable String endpoint;

    private Placement(
            Kind kind, @Nullable UpstreamView upstream, String label, boolean exclusively, @Nullable String endpoint) {
        this.kind = kind;
        this.upstream = upstream;
        this.label = label;
        this.exclusively = exclusively;
        this.endpoint = endpoint;
    }

    /** {@return what to do} */
    public Kind kind() {
        return kind;
    }

    /** {@return the chosen one, for {@link Kind#ON}; otherwise null} */
    public @Nullable UpstreamView upstream() {
        return upstream;
    }

    /** {@return a name for the new upstream, for {@link Kind#OPEN}; it means something to the policy only} */
    public String label() {
        return label;
    }

    /** {@return whether no other client gets a lease on that upstream while this one is connected} */
    public boolean exclusively() {
        return exclusively;
    }

    /**
     * {@return {@link EndpointStats#endpoint()} of where the new upstream had better be, for {@link Kind#OPEN}; null
     * where the {@link EndpointChoice} decides}
     */
    public @Nullable String endpoint() {
        return endpoint;
    }

    /** {@return all of it} */
    @Override
    public String toString() {
        return "Placement[" + kind + ", upstream=" + (upstream == null ? "none" : upstream.id()) + ", label=" + label
                + ", exclusively=" + exclusively + (endpoint == null ? "" : ", endpoint=" + endpoint) + "]";
    }

    /** The answers there are. Later versions may have more of them. */
    public enum Kind {
        /** Use this upstream. */
        ON,
        /** Open a new upstream. */
        OPEN,
        /** Wait until the pool changes. */
        AWAIT
    }

    /**
     * {@return a placement on an upstream there is}
     *
     * @param upstream one of {@link PoolView#upstreams()}
     */
    public static Placement on(UpstreamView upstream) {
        return new Placement(Kind.ON, upstream, "", false, null);
    }

    /**
     * {@return a placement on a new upstream}
     *
     * @param label see {@link UpstreamView#label()}
     */
    public static Placement open(String label) {
        return new Placement(Kind.OPEN, null, label, false, null);
    }

    /** {@return no placement for now} */
    public static Placement await() {
        return new Placement(Kind.AWAIT, null, "", false, null);
    }

    /** {@return this placement, with the upstream set aside for the client while it is connected} */
    public Placement exclusive() {
        return new Placement(kind, upstream, label, true, endpoint);
    }

    /**
     * {@return this placement, with a new upstream opened at this endpoint} Where that does not answer when the time
     * has come the {@link EndpointChoice} decides. It means nothing to other kinds than {@link Kind#OPEN}.
     *
     * @param place {@link EndpointStats#endpoint()} of one of {@link PoolView#endpoints()}
     */
    public Placement at(String place) {
        return new Placement(kind, upstream, label, exclusively, place);
    }
}
