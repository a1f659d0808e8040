package io.amqproxy.impl.net;

import org.jspecify.annotations.Nullable;

/**
 * Where clients go: a broker with pools, health, limits and proofs of its own. This is what a route is known by on all
 * loops; what one loop has of it is a {@link LoopRoute}. A route that is taken away and given again is another one,
 * although it has the same name.
 */
public final class RouteId {

    private final @Nullable String name;

    /** @param name null for the default one, whose broker the builder names itself */
    public RouteId(@Nullable String name) {
        this.name = name;
    }

    public @Nullable String name() {
        return name;
    }

    @Override
    public String toString() {
        return name == null ? "the default route" : "route " + name;
    }
}
