package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import io.amqproxy.ProxyListener;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.annotation.Bean;

/**
 * What {@link SpringBootExample} does, for all applications that have this class in a jar with
 * {@code META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports}, a file that names it: where
 * there is the setting {@code amqproxy.upstream} there is a proxy in front of that broker, unless the application has
 * one of its own as a bean. Every {@link ProxyListener} among the beans is told of it, and it is drained when those
 * beans are gone that were made with it. {@link AmqProxyActuatorAutoConfiguration} shows it.
 */
@AutoConfiguration
@ConditionalOnProperty("amqproxy.upstream")
@ConditionalOnMissingBean(AmqProxy.class)
@EnableConfigurationProperties(AmqProxyAutoConfiguration.Settings.class)
public class AmqProxyAutoConfiguration {

    /**
     * As {@code amqproxy.upstream}, {@code amqproxy.port} and {@code amqproxy.grace}.
     *
     * @param upstream the broker
     * @param port of the loopback interface; 0 for a free one
     * @param grace how long clients may take to leave at the end
     */
    @ConfigurationProperties("amqproxy")
    record Settings(
            String upstream,
            @DefaultValue("5673") int port,
            @DefaultValue("10s") Duration grace) {}

    @Bean
    SpringBootExample.Drained drainedAmqProxy(Settings settings, ObjectProvider<ProxyListener> listeners) {
        AmqProxy.Builder builder =
                AmqProxy.builder().upstream(settings.upstream()).listen(settings.port());
        listeners.orderedStream().forEach(builder::listener);
        return new SpringBootExample.Drained(builder.start(), settings.grace());
    }

    /** Beans with connections to the proxy ask for it, so that they end before it. */
    @Bean(destroyMethod = "")
    AmqProxy amqProxy(SpringBootExample.Drained drained) {
        return drained.proxy();
    }
}
