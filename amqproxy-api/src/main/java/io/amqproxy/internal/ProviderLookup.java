package io.amqproxy.internal;

import io.amqproxy.spi.AmqProxyProvider;
import java.util.ServiceLoader;

/** Finds the implementation once. */
public final class ProviderLookup {

    static final String MISSING =
            "No implementation of AmqProxy was found: add the artifact io.amqproxy:amqproxy-impl to the class path"
                    + " or module path; an image of jlink needs --add-modules io.amqproxy.impl";

    private ProviderLookup() {}

    /**
     * {@return the implementation}
     *
     * @throws IllegalStateException if there is none
     */
    public static AmqProxyProvider get() {
        return load(AmqProxyProvider.class.getClassLoader());
    }

    static AmqProxyProvider load(ClassLoader loader) {
        return ServiceLoader.load(AmqProxyProvider.class, loader)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(MISSING));
    }
}
