package io.amqproxy;

import org.jspecify.annotations.Nullable;

/**
 * A policy's answer.
 *
 * @param kind what to do
 * @param upstream the chosen one, for {@link Kind#ON}
 * @param label a name for the new upstream, for {@link Kind#OPEN}; it means something to the policy only
 * @param exclusively whether no other client gets a lease on that upstream while this one is connected
 */
public record Placement(Kind kind, @Nullable UpstreamView upstream, String label, boolean exclusively) {

    /** The three answers there are. */
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
