package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.sun.management.ThreadMXBean;
import io.amqproxy.AmqProxy;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.JavaClients;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Figures are cheap to ask for often: what an answer takes depends on pools and loops, and on no client or channel. */
@Timeout(120)
class StatsCostTest {

    private static final String NAME = "asked-often";
    private static final int WARM_UP = 3_000;
    private static final int MEASURED = 2_000;
    /** Octets of objects for one answer, the loop's and the asking thread's together: 6 KiB were measured. */
    private static final long MOST = 16 * 1024;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void anAnswerTakesLittleHoweverManyClientsAndChannelsThereAre() throws Exception {
        try (InMemoryBroker broker = InMemoryBroker.start();
                AmqProxy proxy = AmqProxy.builder()
                        .name(NAME)
                        .upstream(broker.uri().toString())
                        .listen(0)
                        .loops(1)
                        .start()) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(proxy.address().getPort());
            List<Connection> clients = new ArrayList<>();
            clients.add(client(factory, 1));
            long withOne = octetsOfAnAnswer(proxy);

            for (int i = 0; i < 20; i++) {
                clients.add(client(factory, 25));
            }
            long withMany = octetsOfAnAnswer(proxy);

            assertThat(proxy.stats().clients()).isEqualTo(21);
            assertThat(proxy.stats().channelsLeased()).isEqualTo(501);
            assertThat(withOne).isBetween(1L, MOST);
            assertThat(withMany).isBetween(1L, MOST);
            assertThat((double) withMany).isLessThan(1.5 * withOne);
            for (Connection client : clients) {
                client.abort();
            }
        }
    }

    /** Each of its channels is bound to one at the broker. */
    private static Connection client(ConnectionFactory factory, int channels) throws Exception {
        Connection client = factory.newConnection();
        for (int i = 0; i < channels; i++) {
            Objects.requireNonNull(client.createChannel()).exchangeDeclarePassive("amq.direct");
        }
        return client;
    }

    private long octetsOfAnAnswer(AmqProxy proxy) {
        for (int i = 0; i < WARM_UP; i++) {
            proxy.stats();
        }
        long before = allocated();
        for (int i = 0; i < MEASURED; i++) {
            proxy.stats();
        }
        return (allocated() - before) / MEASURED;
    }

    private long allocated() {
        long octets = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith(NAME + "-loop")) {
                octets += threads.getThreadAllocatedBytes(thread.getId());
            }
        }
        return octets;
    }
}
