package io.amqproxy;

import org.jspecify.annotations.Nullable;

/** A policy's answer. Cannot be changed. */
public final class Placement {

    private final Kind kind;
    private final @Nullable UpstreamView upstream;
    private final String label;
    private final boolean exclusively;

    private Placement(Kind kind, @Nullable UpstreamView upstream, String label, boolean exclusively) {
        this.kind = kind;
        this.upstream = upstream;
        this.label = label;
        this.exclusively = exclusively;
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

    /** {@return all of it} */
    @Override
    public String toString() {
        return "Placement[" + kind + ", upstream=" + (upstream == null ? "none" : upstream.id()) + ", label=" + label
                + ", exclusively=" + exclusively + "]";
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
        return new Placement(Kind.ON, upstream, "", false);
    }

    /**
     * {@return a placement on a new upstream}
     *
     * @param label see {@link UpstreamView#label()}
     */
    public static Placement open(String label) {
        return new Placement(Kind.OPEN, null, label, false);
    }

    /** {@return no placement for now} */
    public static Placement await() {
        return new Placement(Kind.AWAIT, null, "", false);
    }

    /** {@return this placement, with the upstream set aside for the client while it is connected} */
    public Placement exclusive() {
        return new Placement(kind, upstream, label, true);
    }
}
