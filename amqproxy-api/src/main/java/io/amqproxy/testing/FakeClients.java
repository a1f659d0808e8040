package io.amqproxy.testing;

import io.amqproxy.ClientInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Clients for tests. */
public final class FakeClients {

    private static final int FIRST_PORT = 49_152;

    private FakeClients() {}

    /**
     * {@return a client of user {@code guest} at vhost {@code /}, on this machine}
     *
     * @param id its number; others have others
     */
    public static ClientInfo client(long id) {
        return client(id, "guest", "/");
    }

    /**
     * {@return a client on this machine that has logged in}
     *
     * @param id its number; others have others
     * @param user its user
     * @param vhost its virtual host
     */
    public static ClientInfo client(long id, String user, String vhost) {
        int port = FIRST_PORT + (int) Math.floorMod(id, 0x4000L);
        return ClientInfo.of(id, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), user, vhost);
    }
}
