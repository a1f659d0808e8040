package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** The gateway of a proxy whose clients have a broker by their vhost, with one broker for all of them. */
final class VhostsDecide {

    private VhostsDecide() {}

    /** {@return what clients that come to the rig from now on have logged in with, and not opened a vhost yet} */
    static HeldLogins in(Rig rig) {
        PoolGateway real = rig.gateway;
        HeldLogins held = new HeldLogins();
        rig.gateway = (PoolGateway) Proxy.newProxyInstance(
                VhostsDecide.class.getClassLoader(), new Class<?>[] {PoolGateway.class}, (proxy, method, given) -> {
                    InboundSession client = given[0] instanceof InboundSession session ? session : null;
                    Credentials waited = null;
                    if (client != null) {
                        switch (method.getName()) {
                            case "authenticate" -> {
                                held.hold(client, (Credentials) given[1]);
                                return false;
                            }
                            case "open" -> waited = held.take(client);
                            case "leave" -> held.forget(client);
                            default -> {}
                        }
                    }
                    if (client != null && waited != null) {
                        real.authenticate(client, waited);
                        return null;
                    }
                    try {
                        return method.invoke(real, given);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
        return held;
    }
}
