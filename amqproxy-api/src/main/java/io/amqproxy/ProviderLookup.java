package io.amqproxy;

import io.amqproxy.spi.AmqProxyProvider;
import java.util.ServiceLoader;

/** Finds the implementation once. */
final class ProviderLookup {

    static final String MISSING =
            "No implementation of AmqProxy was found: add the artifact io.amqproxy:amqproxy-impl to the class path"
                    + " or module path";

    private ProviderLookup() {}

    static AmqProxyProvider get() {
        return load(AmqProxyProvider.class.getClassLoader());
    }

    static AmqProxyProvider load(ClassLoader loader) {
        return ServiceLoader.load(AmqProxyProvider.class, loader)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(MISSING));
    }
}
