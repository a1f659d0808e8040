package io.amqproxy.impl.fidelity;

import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.RabbitMq;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A virtual host of the shared RabbitMQ for one test class, so that nothing is left for others. */
final class OwnVhost implements BeforeAllCallback, AfterAllCallback {

    private final String name;

    OwnVhost(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        BrokerNode broker = RabbitMq.shared();
        broker.addVhost(name);
        broker.grant("guest", name);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        RabbitMq.shared().ctl("delete_vhost", name);
    }
}
