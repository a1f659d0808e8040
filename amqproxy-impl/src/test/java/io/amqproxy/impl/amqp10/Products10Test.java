package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.testkit.Broker10;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Brokers are known by what they call themselves, and by nothing else that they say. */
@Tag("broker")
class Products10Test {

    private static BrokerOpen open(@Nullable Map<?, ?> properties) throws Exception {
        byte[] frame = Wire10.frame(
                0, 0x10, new byte[0], "c", null, 65_536, (short) 10, null, null, null, null, null, properties);
        ByteBuffer in = ByteBuffer.wrap(frame);
        return BrokerOpen.read(new Performative().read(in, FrameHeader.body(in, 0), frame.length));
    }

    private static BrokerOpen of(String product) throws Exception {
        return open(Map.of(new Wire10.Symbol("product"), product));
    }

    private static void assertThatItIs(BrokerOpen open, Broker10.@Nullable Kind kind) {
        assertThat(open.isQpid()).isEqualTo(kind == Broker10.Kind.BROKER_J);
        assertThat(open.keepsOthersOff()).isEqualTo(kind == Broker10.Kind.BROKER_J);
        assertThat(open.readsHeads()).isEqualTo(kind == Broker10.Kind.ARTEMIS || kind == Broker10.Kind.BROKER_J);
        assertThat(open.readsBodies()).isEqualTo(kind == Broker10.Kind.BROKER_J);
        assertThat(open.leastIdleTimeout())
                .isEqualTo(kind == Broker10.Kind.RABBITMQ_4 || kind == Broker10.Kind.BROKER_J ? 1000 : 0);
    }

    @ParameterizedTest
    @EnumSource
    void aRealBrokerIsKnown(Broker10.Kind kind) throws Exception {
        try (Broker10 broker = kind.start();
                RawClient10 client = new RawClient10(broker.port())) {
            client.logIn("guest", "guest");
            client.beginLayer();
            client.send(client.begin(0, CompositeType.OPEN).string("c").string("default"));
            Performative open = client.expect(CompositeType.OPEN);
            assertThatItIs(BrokerOpen.read(open), kind);
        }
    }

    @Test
    void theProductCounts() throws Exception {
        assertThatItIs(of("RabbitMQ"), Broker10.Kind.RABBITMQ_4);
        assertThatItIs(of("apache-activemq-artemis"), Broker10.Kind.ARTEMIS);
        assertThatItIs(of("Apache Qpid Broker-J Core"), Broker10.Kind.BROKER_J);
        assertThatItIs(of("scripted"), null);
    }

    @Test
    void whatElseABrokerSaysDoesNot() throws Exception {
        assertThatItIs(open(null), null);
        assertThatItIs(open(Map.of(new Wire10.Symbol("platform"), "Qpid and artemis and RabbitMQ")), null);
        assertThatItIs(open(Map.of(new Wire10.Symbol("product"), 7)), null);
        assertThatItIs(open(Map.of(7, "Qpid", new Wire10.Symbol("product"), "other")), null);
    }
}
