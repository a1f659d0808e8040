package io.amqproxy.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/** Ports for programs that cannot choose one themselves and tell. */
public final class Ports {

    /** Below the range from which systems take the ports of outgoing connections, which come and go at any time. */
    private static final int FIRST = 15_000;

    private static final int LAST = 31_000;
    private static final RandomGenerator RANDOM = new SecureRandom();

    private Ports() {}

    /** A port of the loopback interface at which nobody listens, and which is unlikely to be taken soon. */
    public static int free() {
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = RANDOM.nextInt(FIRST, LAST);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("No free port");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
