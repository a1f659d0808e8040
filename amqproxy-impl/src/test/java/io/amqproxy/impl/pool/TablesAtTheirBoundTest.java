package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.impl.amqp091.broker.UnsupportedMethods;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.limit.RateLimiterTable;
import io.amqproxy.impl.net.FilledTables;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tables whose keys are what peers say: filled with more than they take, of the longest that peers can say, they hold
 * no more octets than ARCHITECTURE.md says, and all of them at once leave room in a small heap.
 */
@Tag("broker")
@Tag("process")
@Timeout(300)
class TablesAtTheirBoundTest {

    private static final int MANY = LoginGuard.CAPACITY + 500;
    /** As many as fill a quarter of a small proxy's buffers. */
    private static final int STRANGERS_ALONE = 1024;

    private static final String LONG = "x".repeat(1500);
    private static final String NAME = "n".repeat(240);
    private static final long MIB = 1024 * 1024;
    private static final String SERVED = "served";

    /** A table with its bound in octets. */
    enum Table {
        FAILED_LOGINS(9 * MIB, () -> {
            LoginGuard guard = new LoginGuard(5);
            for (int i = 0; i < MANY; i++) {
                guard.onRefused(LoginGuard.Login.of(address(i), credentials(i)), 0);
            }
            return guard;
        }),
        PROVED_LOGINS(2 * MIB, () -> {
            LoginGuard guard = new LoginGuard(5);
            for (int i = 0; i < MANY; i++) {
                guard.remember(credentials(i), 0);
            }
            return guard;
        }),
        NEW_CLIENTS_BY_ADDRESS(2 * MIB, () -> {
            RateLimiterTable rates = new RateLimiterTable(100, LoginGuard.CAPACITY);
            for (int i = 0; i < MANY; i++) {
                rates.tryTake(address(i), 0);
            }
            return rates;
        }),
        KEPT_APART(MIB / 4, () -> {
            Quarantine quarantine = new Quarantine();
            for (int i = 0; i < MANY; i++) {
                quarantine.add("2001:db8:1111:2222:3333:4444:5555:" + i + "#-1234567890", 0);
            }
            return quarantine;
        }),
        UNSUPPORTED_METHODS(MIB, () -> {
            UnsupportedMethods methods = new UnsupportedMethods();
            for (int i = 0; i < MANY; i++) {
                methods.onDeclare(NAME + i, NAME + i, "stream", 0);
            }
            return methods;
        }),
        /**
         * With its guard, a loop's own buffers and what the host answers, which are no part of the 3 MiB and 11 MiB.
         */
        ANSWERS_OF_THE_MAPPER(20 * MIB, () -> FilledTables.answers(MANY, TablesAtTheirBoundTest::credentials)),
        STRANGERS(STRANGERS_ALONE * 4 * 1024L, () -> FilledTables.strangers(STRANGERS_ALONE, 4 * 1024));

        private final long octets;

        @SuppressWarnings("ImmutableEnumChecker") // It makes a new table each time.
        private final Supplier<Object> filled;

        Table(long octets, Supplier<Object> filled) {
            this.octets = octets;
            this.filled = filled;
        }
    }

    private static AddressKey address(int number) {
        return new AddressKey(6, number);
    }

    private static Credentials credentials(int number) {
        return new Credentials("PLAIN", LONG + number, (LONG + number).getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @EnumSource
    void takesNoMoreThanIsSaid(Table table) {
        Object first = table.filled.get(); // Classes are loaded.
        assertThat(first).isNotNull();
        long before = used();
        Object second = table.filled.get();
        long taken = used() - before;
        assertThat(second).isNotSameAs(first);
        assertThat(taken).isLessThan(table.octets);
    }

    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    @Test
    void allOfThemLeaveRoomInASmallHeap(@TempDir Path directory) throws Exception {
        Path output = directory.resolve("output");
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            Process process = new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/java",
                            "-Xmx48m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            TablesAtTheirBoundTest.class.getName(),
                            String.valueOf(broker.port()))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                boolean hasEnded = process.waitFor(5, TimeUnit.MINUTES);
                String said = Files.readString(output);
                assertThat(hasEnded).as(said).isTrue();
                assertThat(process.exitValue()).as(said).isZero();
                assertThat(said).contains(SERVED);
            } finally {
                process.destroyForcibly();
            }
        }
    }

    /** The small process: a proxy beside all of these tables, and a client of it. */
    public static void main(String[] arguments) throws Exception {
        List<Object> held = new ArrayList<>();
        for (Table table : Table.values()) {
            held.add(table.filled.get());
        }
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + arguments[0])
                .listen("127.0.0.1", 0)
                .start()) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(proxy.address().getPort());
            for (int i = 0; i < 20; i++) {
                try (Connection connection = factory.newConnection();
                        Channel channel = connection.createChannel()) {
                    channel.confirmSelect();
                    String queue = channel.queueDeclare().getQueue();
                    channel.basicPublish("", queue, null, new byte[100_000]);
                    channel.waitForConfirmsOrDie(60_000);
                }
            }
        }
        System.out.println(SERVED + " beside " + held.size());
    }
}
