package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Shows the proxy that an application has as a bean, wherever it is from: its figures where there is Micrometer, and
 * its health where there is {@code spring-boot-health}, which {@code spring-boot-starter-actuator} brings.
 */
@AutoConfiguration(after = AmqProxyAutoConfiguration.class)
@ConditionalOnBean(AmqProxy.class)
public class AmqProxyActuatorAutoConfiguration {

    /** Spring Boot binds them to all registries. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterBinder.class)
    static class Figures {

        @Bean
        MeterBinder amqProxyMeters(AmqProxy proxy) {
            return MicrometerMetrics.gauges(proxy);
        }
    }

    /** In the answer its name is that of the bean without the end: {@code amqProxy}. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HealthIndicator.class)
    static class Health {

        @Bean
        HealthIndicator amqProxyHealthIndicator(AmqProxy proxy) {
            return new AmqProxyHealthIndicator(proxy);
        }
    }
}
