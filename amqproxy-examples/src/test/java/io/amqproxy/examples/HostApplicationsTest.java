package io.amqproxy.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** The examples that plug into what host applications have. */
@Timeout(300)
@Tag("broker")
class HostApplicationsTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    @Test
    void micrometerSeesLeasesLogInsAndFigures() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .listener(new MicrometerMetrics(registry))
                .start();
        MicrometerMetrics.gauges(proxy).bindTo(registry);
        publish(proxy);
        Await.until(
                "the message is counted, and the client is gone",
                () -> registry.get("amqproxy.messages.published")
                                        .functionCounter()
                                        .count()
                                == 1
                        && registry.get("amqproxy.client.connections").gauge().value() == 0);
        assertThat(registry.get("amqproxy.pool.connections")
                        .tags("user", "guest", "vhost", "/", "protocol", "AMQP 0-9-1")
                        .gauge()
                        .value())
                .isEqualTo(1);
        assertThat(registry.get("amqproxy.endpoint.reachable")
                        .tags("endpoint", "127.0.0.1:" + broker.port())
                        .gauge()
                        .value())
                .isEqualTo(1);
        proxy.close(); // Tells the listeners all that happened.

        assertThat(registry.get("amqproxy.leases")
                        .tags("outcome", "reused", "reason", "clean")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("amqproxy.logins").timer().count()).isEqualTo(1);
        assertThat(registry.get("amqproxy.lease.waits").timer().count()).isEqualTo(1);
    }

    @Test
    void theFlightRecorderHasLeasesAndConnections(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("proxy.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.amqproxy.Lease").withoutThreshold();
            recording.enable("io.amqproxy.Upstream").withoutThreshold();
            recording.start();
            try (AmqProxy proxy = AmqProxy.builder()
                    .upstream("amqp://127.0.0.1:" + broker.port())
                    .listen(0)
                    .listener(new FlightRecording())
                    .start()) {
                publish(proxy);
            }
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);

        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.amqproxy.Lease"))
                .extracting(event -> event.getString("user"), event -> event.getLong("published"))
                .containsExactly(tuple("guest", 1L));
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.amqproxy.Upstream"))
                .extracting(event -> event.getString("what"))
                .contains("opened");
    }

    @Test
    void theProxyStartsAndIsDrainedWithTheSpringApplication() throws Exception {
        ConfigurableApplicationContext application = new SpringApplication(SpringBootExample.class)
                .run(
                        "--amqproxy.upstream=amqp://127.0.0.1:" + broker.port(),
                        "--amqproxy.port=0",
                        "--spring.main.banner-mode=off");
        AmqProxy proxy = application.getBean(AmqProxy.class);
        publish(proxy);

        application.close();

        assertThat(proxy.stats().clientsTotal()).isEqualTo(1);
        assertThat(proxy.stats().published()).isEqualTo(1);
        assertThat(proxy.stats().upstreams()).isZero();
    }

    private static ConfigurableApplicationContext startWithAClient(Class<?> host, Farewells farewells) {
        SpringApplication application = new SpringApplication(host);
        application.addInitializers(context -> {
            GenericApplicationContext beans = (GenericApplicationContext) context;
            beans.registerBean(Farewells.class, () -> farewells);
            beans.registerBean(Application.class, () -> new Application(beans.getBean(AmqProxy.class)));
        });
        return application.run(
                "--amqproxy.upstream=amqp://127.0.0.1:" + broker.port(),
                "--amqproxy.port=0",
                "--amqproxy.grace=5m",
                "--spring.main.banner-mode=off");
    }

    /** As an application that has the auto-configuration in a jar. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Host {}

    @Test
    void anApplicationHasAProxyByASettingAndShowsItsHealthAndFigures() throws Exception {
        Farewells farewells = new Farewells();
        ConfigurableApplicationContext running = startWithAClient(Host.class, farewells);
        AmqProxy proxy = running.getBean(AmqProxy.class);
        HealthIndicator health = running.getBean("amqProxyHealthIndicator", HealthIndicator.class);

        assertThat(health.health())
                .isEqualTo(Health.up()
                        .withDetail("clients", 1)
                        .withDetail("connections", 1)
                        .withDetail("waiting", 0)
                        .build());
        MeterRegistry registry = new SimpleMeterRegistry();
        running.getBean(MeterBinder.class).bindTo(registry);
        assertThat(registry.get("amqproxy.client.connections").gauge().value()).isEqualTo(1);

        proxy.pause();
        Await.until("paused", () -> !proxy.health().ready());
        assertThat(healthOf(health).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(healthOf(health).getDetails()).containsEntry("reason", "the proxy is paused");
        proxy.resume();
        running.close();

        assertThat(farewells.initiators).containsExactly(CloseReason.Initiator.CLIENT);
        assertThat(proxy.state()).isEqualTo(AmqProxy.State.CLOSED);
        assertThat(healthOf(health).getStatus()).isNotEqualTo(Status.UP);
    }

    private static Health healthOf(HealthIndicator indicator) {
        return Objects.requireNonNull(indicator.health());
    }

    @Test
    void anApplicationWithoutTheSettingHasNoProxy() {
        try (ConfigurableApplicationContext running =
                new SpringApplication(Host.class).run("--spring.main.banner-mode=off")) {
            assertThat(running.getBeanNamesForType(AmqProxy.class)).isEmpty();
            assertThat(running.getBeanNamesForType(HealthIndicator.class)).doesNotContain("amqProxyHealthIndicator");
        }
    }

    @Test
    void anApplicationsOwnProxyIsKeptAndShown() {
        try (ConfigurableApplicationContext running = new SpringApplication(SpringBootExample.class)
                .run(
                        "--amqproxy.upstream=amqp://127.0.0.1:" + broker.port(),
                        "--amqproxy.port=0",
                        "--spring.main.banner-mode=off")) {
            assertThat(running.getBeansOfType(AmqProxy.class)).hasSize(1);
            assertThat(running.getBeanNamesForType(AmqProxyAutoConfiguration.class))
                    .isEmpty();
            assertThat(running.getBeansOfType(HealthIndicator.class)).containsKey("amqProxyHealthIndicator");
        }
    }

    @Test
    void aClientThatIsABeanEndsBeforeTheProxyIsDrained() throws Exception {
        Farewells farewells = new Farewells();
        ConfigurableApplicationContext running = startWithAClient(SpringBootExample.class, farewells);

        running.close();

        assertThat(farewells.initiators).containsExactly(CloseReason.Initiator.CLIENT);
    }

    /** Who ended clients' connections. */
    private static final class Farewells implements ProxyListener {
        private final List<CloseReason.Initiator> initiators = new CopyOnWriteArrayList<>();

        @Override
        public void clientDisconnected(ClientInfo client, CloseReason reason) {
            initiators.add(reason.initiator());
        }
    }

    /** A host's bean that talks to the proxy. */
    private static final class Application implements AutoCloseable {
        private final Connection connection;

        private Application(AmqProxy proxy) {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(proxy.address().getPort());
            try {
                connection = factory.newConnection();
            } catch (IOException | TimeoutException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private static void publish(AmqProxy proxy) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.basicPublish("amq.fanout", "", null, new byte[] {1});
        }
    }
}
