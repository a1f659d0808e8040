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
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;

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

    private final Duration grace;

    SpringBootExample(@Value("${amqproxy.grace:10s}") Duration grace) {
        this.grace = grace;
    }

    /** Settings may be given as {@code --amqproxy.upstream=amqp://host}. */
    public static void main(String[] args) {
        SpringApplication.run(SpringBootExample.class, args);
    }

    @Bean
    AmqProxy amqProxy(
            @Value("${amqproxy.upstream:amqp://127.0.0.1:5672}") String upstream,
            @Value("${amqproxy.port:5673}") int port,
            ObjectProvider<ProxyListener> listeners) {
        AmqProxy.Builder builder = AmqProxy.builder().upstream(upstream).listen(port);
        listeners.orderedStream().forEach(builder::listener);
        return builder.start();
    }

    /** Told before any bean is closed. */
    @EventListener
    void drain(ContextClosedEvent event) {
        event.getApplicationContext().getBean(AmqProxy.class).drain(grace);
    }
}
