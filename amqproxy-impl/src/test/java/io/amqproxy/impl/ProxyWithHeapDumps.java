package io.amqproxy.impl;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.amqproxy.AmqProxy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A proxy in a process of its own that forgets soon, and writes down its heap when asked; it ends with its input. */
final class ProxyWithHeapDumps {

    private ProxyWithHeapDumps() {}

    /** @param args the broker's port */
    public static void main(String[] args) throws Exception {
        try (AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + args[0])
                        .listen(0)
                        .loops(1)
                        .idleTimeout(Duration.ofMillis(100))
                        .credentialTtl(Duration.ofSeconds(1))
                        .start();
                BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("port " + proxy.address().getPort());
            HotSpotDiagnosticMXBean heap = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            for (String file = input.readLine(); file != null; file = input.readLine()) {
                if (file.isEmpty()) {
                    System.out.println("upstreams " + proxy.stats().upstreams());
                } else {
                    heap.dumpHeap(file, true);
                    System.out.println("dumped");
                }
            }
        }
    }
}
