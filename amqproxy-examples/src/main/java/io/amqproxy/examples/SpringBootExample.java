package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyListener;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * The proxy inside a Spring Boot application. It starts and ends with the application, gets its settings from the
 * application's, tells every {@link ProxyListener} among the beans, and lets clients finish before the application
 * ends. Where there is a {@code MeterRegistry}, beans for {@link MicrometerMetrics} and its gauges are two more lines.
 *
 * <p>Settings: {@code amqproxy.upstream}, {@code amqproxy.port} (5673), {@code amqproxy.grace} (10s).
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class SpringBootExample {

    /**
     * Ends with the proxy's clients gone where they are beans: Spring ends those that were made with the proxy first.
     * At the event that the context closes they are still there, and the drain would wait for them in vain.
     */
    record Drained(AmqProxy proxy, Duration grace) implements AutoCloseable {
        @Override
        public void close() {
            proxy.drain(grace);
        }
    }

    /** Settings may be given as {@code --amqproxy.upstream=amqp://host}. */
    public static void main(String[] args) {
        SpringApplication.run(SpringBootExample.class, args);
    }

    @Bean
    Drained drainedProxy(
            @Value("${amqproxy.upstream:amqp://127.0.0.1:5672}") String upstream,
            @Value("${amqproxy.port:5673}") int port,
            @Value("${amqproxy.grace:10s}") Duration grace,
            ObjectProvider<ProxyListener> listeners) {
        AmqProxy.Builder builder = AmqProxy.builder().upstream(upstream).listen(port);
        listeners.orderedStream().forEach(builder::listener);
        return new Drained(builder.start(), grace);
    }

    /** Beans with connections to the proxy ask for it, so that they end before it. */
    @Bean(destroyMethod = "")
    AmqProxy amqProxy(Drained drained) {
        return drained.proxy();
    }
}
