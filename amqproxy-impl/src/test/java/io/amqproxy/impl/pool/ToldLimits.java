package io.amqproxy.impl.pool;

import io.amqproxy.LimitInfo;
import io.amqproxy.ProxyListener;
import java.util.ArrayList;
import java.util.List;

/** The limits that listeners are told of. */
final class ToldLimits implements ProxyListener {

    final List<String> names = new ArrayList<>();

    final List<LimitInfo> all = new ArrayList<>();

    @Override
    public void limitReached(LimitInfo limit) {
        all.add(limit);
        names.add(limit.limit());
    }
}
