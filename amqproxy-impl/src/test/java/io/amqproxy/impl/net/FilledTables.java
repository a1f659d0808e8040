package io.amqproxy.impl.net;

import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.detection.ProtocolDetector;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.spi.PoolGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** Tables of this package whose keys are what peers say, filled for whoever looks at what they take. */
public final class FilledTables {

    private FilledTables() {}

    /** {@return strangers of so many addresses, for each of whom this is held} */
    public static Object strangers(int addresses, long held) {
        UnauthenticatedClients strangers = new UnauthenticatedClients(() -> addresses * held);
        UnauthenticatedClients.Guest nobody = limit -> {};
        for (int i = 0; i < 2 * addresses; i++) {
            strangers.enter(nobody, new AddressKey(6, i), held);
        }
        if (strangers.size() != addresses) {
            throw new AssertionError(strangers.size() + " strangers");
        }
        return strangers;
    }

    /** {@return answers of a mapper to so many log-ins} */
    public static Object answers(int logins, IntFunction<Credentials> credentials) {
        try {
            Settings settings = new Settings.Draft(new MultiplexedPolicy()).build(1);
            EventLoop loop = new EventLoop(new LoopContext(settings, new ProxyListener() {}), Thread::new);
            CredentialMappingCache cache = new CredentialMappingCache(
                    loop,
                    login -> CompletableFuture.completedFuture(
                            UpstreamLogin.as("user", new byte[16]).validFor(Duration.ofHours(1))),
                    Runnable::run,
                    user -> loop,
                    (client, mapped) -> mapped.wipe());
            for (int i = 0; i < logins; i++) {
                cache.map(client(loop.context(), i), credentials.apply(i), List.of());
                loop.runCommands();
            }
            loop.stop(); // Its selector and its buffers are no part of the table.
            return cache;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProtocolDetector client(LoopContext context, int number) throws UnknownHostException {
        byte[] address = {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
        PoolGateway nobody = (PoolGateway) Proxy.newProxyInstance(
                FilledTables.class.getClassLoader(), new Class<?>[] {PoolGateway.class}, (proxy, method, given) -> {
                    throw new AssertionError(method);
                });
        return new ProtocolDetector(
                context,
                nobody,
                List.of(new Amqp091()),
                ClientInfo.of(number, new InetSocketAddress(InetAddress.getByAddress(address), 1), null, null));
    }
}
