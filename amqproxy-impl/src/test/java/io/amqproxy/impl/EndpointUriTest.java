package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the URL of an upstream may say, and what is said of one that may not. */
class EndpointUriTest {

    @ParameterizedTest
    @CsvSource({
        "amqp://broker,broker,5672,false",
        "amqps://broker,broker,5671,true",
        "AMQP://Broker:1,Broker,1,false",
        "amqp://rabbit_mq:5672,rabbit_mq,5672,false",
        "amqp://stack_rabbit.1.tasks_,stack_rabbit.1.tasks_,5672,false",
        "amqp://node.1,node.1,5672,false",
        "amqp://-odd-.local.,-odd-.local.,5672,false",
        "amqp://bröker,bröker,5672,false",
        "amqp://127.0.0.1:65535/,127.0.0.1,65535,false",
        "amqp://[::1]:5673,::1,5673,false",
        "amqp://[fe80::1%eth0],fe80::1%eth0,5672,false",
        "amqp://me:topsecret@broker:/vhost,broker,5672,false",
        "amqp://a@b@broker?,broker,5672,false"
    })
    void namesThatResolversTakeAreTaken(String uri, String host, int port, boolean tls) {
        assertThat(EndpointUri.parse(List.of(uri))).containsExactly(new EndpointUri(host, port, tls));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "broker:5672",
                "127.0.0.1:5672",
                "http://broker",
                "amqp:broker",
                "amqp://",
                "amqp://:5672",
                "amqp://me:topsecret@bro ker",
                "amqp://broker:0",
                "amqp://broker:65536",
                "amqp://broker:999999",
                "amqp://broker:port",
                "amqp://::1:5672",
                "amqp://[::1",
                "amqp://[broker]",
                "amqp://me:top/secret@broker",
                "amqp://me:5672?topsecret@broker",
                "amqp://me:5672#topsecret@broker",
                "amqp://broker%5F1"
            })
    void otherUrlsAreRefusedWithoutAWordOfThem(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EndpointUri.parse(List.of(uri)))
                .withMessageStartingWith("the upstream")
                .withMessageNotContainingAny("secret", "me:");
    }

    @ParameterizedTest
    @CsvSource({
        "heartbeat=10,heartbeat",
        "connection_timeout=1&heartbeat=2,connectTimeout",
        "verify=verify_none,upstreamTls",
        "cacertfile=/x,upstreamTls",
        "channel_max=5,maxChannelsPerConnection"
    })
    void parametersAreRefusedAndTheSettingIsNamed(String query, String setting) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EndpointUri.parse(List.of("amqp://broker/x?" + query)))
                .withMessageEndingWith(setting);
    }
}
