package io.amqproxy.impl;

import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import java.time.Duration;

/** A proxy in a process of its own that may have few file descriptors; it ends when its input does. */
final class FewDescriptors {

    private FewDescriptors() {}

    /** @param args the broker's port */
    public static void main(String[] args) throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + args[0])
                .listen(0)
                .limits(limits -> limits.denyAddresses(CidrSet.of("127.0.0.99")))
                .handshakeTimeout(Duration.ofMinutes(5))
                .start()) {
            proxy.stats(); // Classes that are not in a jar take a descriptor when they are loaded.
            System.out.println("port " + proxy.address().getPort());
            while (System.in.read() >= 0) {
                System.out.println("clients " + proxy.stats().clients());
            }
        }
    }
}
