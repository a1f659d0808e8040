package io.amqproxy.impl.limit;

import io.amqproxy.CidrSet;
import io.amqproxy.ListenOptions;
import org.jspecify.annotations.Nullable;

/** Collects what is said of an address to listen on without TLS. */
public final class ListenSettings implements ListenOptions {

    private CidrSet proxies = CidrSet.none();
    private @Nullable String name;

    @Override
    public ListenSettings proxyProtocolFrom(CidrSet networks) {
        proxies = proxies.and(networks);
        return this;
    }

    @Override
    public ListenSettings name(String newName) {
        name = Label.check("the name of an address to listen on", newName);
        return this;
    }

    /** {@return by which name routes know it, or null where it has none} */
    public @Nullable String name() {
        return name;
    }

    /** {@return the load balancers that have to introduce clients; none for clients that come by themselves} */
    public CidrSet proxies() {
        return proxies;
    }
}
