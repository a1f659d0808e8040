package io.amqproxy.impl.core;

import java.util.Objects;

/** Name and version as peers get to see them. */
public final class Product {

    public static final String NAME = "AmqProxy";
    public static final String VERSION =
            Objects.requireNonNullElse(Product.class.getPackage().getImplementationVersion(), "development");
    public static final String NAME_AND_VERSION = NAME + " " + VERSION;

    private Product() {}
}
