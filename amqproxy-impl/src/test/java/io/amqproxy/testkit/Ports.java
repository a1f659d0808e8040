package io.amqproxy.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Ports for programs that cannot choose one themselves and tell. */
public final class Ports {

    /** Below the range from which systems take the ports of outgoing connections, which come and go at any time. */
    private static final int FIRST = 15_000;

    private static final int LAST = 31_000;
    private static final RandomGenerator RANDOM = new SecureRandom();
    /** Those that were handed out: who asked for one may not have begun to listen there. */
    private static final Set<Integer> TAKEN = new HashSet<>();

    private Ports() {}

    /**
     * A port of the loopback interface at which nobody listens, and which is unlikely to be taken soon. It is handed
     * out once in this JVM.
     */
    public static int free() {
        return free(1);
    }

    /** The first of so many such ports, one after the other. */
    static synchronized int free(int count) {
        for (int attempt = 0; attempt < 100; attempt++) {
            int first = RANDOM.nextInt(FIRST, LAST - count);
            List<Integer> ports = IntStream.range(first, first + count).boxed().toList();
            if (ports.stream().allMatch(port -> !TAKEN.contains(port) && isFree(port))) {
                TAKEN.addAll(ports);
                return first;
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
