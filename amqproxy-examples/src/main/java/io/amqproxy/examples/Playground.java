package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.LatencyLink;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A broker as far away as another region, and a proxy near by, for trying one's own clients with both. Any client that
 * logs in as {@code guest} will do.
 */
public final class Playground {

    private Playground() {}

    /** Runs until it is interrupted; the link's round trip in milliseconds may be given as the first argument. */
    public static void main(String[] args) throws Exception {
        run(Duration.ofMillis(args.length > 0 ? Long.parseLong(args[0]) : 50), System.out, new CountDownLatch(1));
    }

    static void run(Duration roundTrip, PrintStream out, CountDownLatch end) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                LatencyLink link = LatencyLink.to(broker.port(), roundTrip);
                AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + link.port())
                        .listen(0)
                        .start()) {
            out.printf("A broker behind a link of %d ms round trip: port %d%n", roundTrip.toMillis(), link.port());
            out.printf(
                    "A proxy near by, in front of it:            port %d%n",
                    proxy.address().getPort());
            out.println(
                    "Publish a few messages to each, for example with amqproxy-examples/clients/publish.php or .py,");
            out.println("each of which takes a port. End this with Ctrl-C.");
            end.await();
        }
    }
}
