package io.amqproxy.impl.fault;

import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Broker10;
import io.amqproxy.testkit.Broker10.Kind;
import io.amqproxy.testkit.ForeignClient10;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.time.Duration;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Consumers of AMQP 1.0 go on after each fault that they can meet, and lose nothing. */
@Tag("process")
@Tag("broker")
@Timeout(240)
class ConsumerFaults10Test {

    /** Makes a client, given a proxy's port, what publishes at the broker itself, and what is told of bodies. */
    private interface Maker {
        ConsumingClient make(Broker10 broker, int port, ConsumerFaults.Publisher publisher, ConsumerFaults faults);
    }

    private static void play(Kind kind, Maker maker) throws Exception {
        try (Broker10 broker = kind.start()) {
            broker.createQueue(ConsumerFaults.QUEUE);
            String uri = "amqp://127.0.0.1:" + broker.port() + "?amqp.vhost=" + broker.hostname();
            try (AmqProxy proxy = AmqProxy.builder()
                            .upstream("amqp://127.0.0.1:" + broker.port())
                            .acquireTimeout(Duration.ofSeconds(1))
                            .listen(0)
                            .start();
                    Connection direct = new JmsConnectionFactory("guest", "guest", uri).createConnection()) {
                Session session = direct.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageProducer producer =
                        session.createProducer(session.createQueue(broker.address(ConsumerFaults.QUEUE)));
                producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
                ConsumerFaults.Publisher publisher = body -> producer.send(session.createTextMessage(body));
                ConsumerFaults faults = ConsumerFaults.of10(proxy.faults());
                faults.play(publisher, maker.make(broker, proxy.address().getPort(), publisher, faults));
            } finally {
                broker.deleteQueue(ConsumerFaults.QUEUE);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void qpidJms(Kind kind) throws Exception {
        play(kind, (broker, port, publisher, faults) -> new JmsConsumer(broker, port, faults::onBody));
    }

    @ParameterizedTest
    @EnumSource
    void proton(Kind kind) throws Exception {
        play(
                kind,
                (broker, port, publisher, faults) -> new ScriptedConsumer(
                        onBody -> ForeignClient10.PROTON.play("consumer", broker, port, ConsumerFaults.QUEUE, onBody),
                        publisher,
                        faults::onBody));
    }
}
