package io.amqproxy.impl.net;

import io.amqproxy.CidrSet;
import io.amqproxy.EndpointChoice;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.ConnectionBudget;
import io.amqproxy.impl.pool.Connector;
import io.amqproxy.impl.pool.Endpoints;
import io.amqproxy.impl.pool.LoginGuard;
import io.amqproxy.impl.pool.PoolRegistry;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.tls.ClientEngines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Where clients come in on one loop, in front of no broker.
 *
 * @param loop not started
 * @param only its route
 * @param where they come to, once that is listened on
 */
record FrontEnd(EventLoop loop, LoopClients.Shared shared, LoopClients clients, RouteId only, ListenConfig where) {

    private static final class Silent implements Endpoints.Reporter {
        @Override
        public void onProved(String endpoint) {}

        @Override
        public void onFailed(String endpoint, String why) {}

        @Override
        public void onDoubt(String endpoint, Protocol protocol) {}
    }

    private static final class NoBroker implements Connector {
        @Override
        public String endpoint() {
            return "broker:5672";
        }

        @Override
        public void connect(OutboundSession session) {
            throw new AssertionError("nobody logs in");
        }
    }

    /** @param tasks runs the tasks of TLS */
    static FrontEnd with(Settings settings, ProxyListener listener, @Nullable ClientEngines tls, Executor tasks)
            throws IOException {
        EventLoop loop = new EventLoop(new LoopContext(settings, listener), Thread::new);
        Endpoints endpoints = new Endpoints(List.of(new NoBroker()), EndpointChoice.ordered(), new Silent());
        LoopContext context = loop.context().branch(settings, null);
        PoolRegistry registry = new PoolRegistry(
                context,
                List.of(new Amqp091()),
                endpoints,
                () -> 1,
                new LoginGuard(5),
                new ConnectionBudget(0),
                loop::execute);
        var shared = new LoopClients.Shared(List.of(new Amqp091()), settings, tasks, 1, Runnable::run, null);
        LoopClients clients = new LoopClients(loop, shared);
        RouteId only = new RouteId(null);
        clients.add(only, context, registry);
        shared.route(RouteTable.of(only));
        return new FrontEnd(
                loop, shared, clients, only, new ListenConfig(ReservedPort.take(anyPort()), tls, CidrSet.none(), null));
    }

    static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }
}
