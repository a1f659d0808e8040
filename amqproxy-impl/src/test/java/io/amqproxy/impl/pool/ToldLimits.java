package io.amqproxy.impl.pool;

import io.amqproxy.ProxyListener;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The limits that listeners are told of. */
final class ToldLimits implements ProxyListener {

    final List<String> names = new ArrayList<>();

    @Override
    public void limitReached(String limit, String effect, @Nullable String user) {
        names.add(limit);
    }
}
