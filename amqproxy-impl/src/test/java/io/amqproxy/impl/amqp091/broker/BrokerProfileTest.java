package io.amqproxy.impl.amqp091.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerProfileTest {

    @ParameterizedTest
    @CsvSource({
        "RabbitMQ,3.10.8,4096",
        "RabbitMQ,4.0.9,4096",
        "RabbitMQ,4.1.0,8192",
        "RabbitMQ,4.1.0-rc.1,8192",
        "RabbitMQ,5.0.0,8192",
        "RabbitMQ,4.10.0,8192",
        "RabbitMQ,nonsense,4096",
        "RabbitMQ,,4096",
        "qpid,10.1.0,4096"
    })
    void whatABrokerTakesBeforeTuneDependsOnItsVersion(String product, String version, int octets) {
        Map<String, Object> properties =
                version == null ? Map.of("product", product) : Map.of("product", product, "version", version);
        assertThat(new Amqp091Profile(properties, List.of("PLAIN"), "en_US").frameMaxBeforeTune())
                .isEqualTo(octets);
    }
}
