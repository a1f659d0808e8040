package io.amqproxy.impl.core;

/**
 * The names of users of one loop's clients. Those of one application mostly have the same and come one after the other,
 * so that it is kept once.
 */
public final class UserNames {

    private String last = "";

    private UserNames() {}

    public static UserNames of(LoopContext loop) {
        return loop.attachment(UserNames.class, any -> new UserNames());
    }

    /** {@return the name, as one object for clients of the same user that come one after the other} */
    public String same(String name) {
        if (!name.equals(last)) {
            last = name;
        }
        return last;
    }
}
