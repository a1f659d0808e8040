package io.amqproxy.testkit;

import java.util.Set;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;

/**
 * An AMQP 1.0 broker in this JVM: Apache ActiveMQ Artemis, in memory, on a free port of the loopback interface. User
 * {@code guest} with password {@code guest} may do anything; queues are made when they are first used, but for those
 * whose names end with {@code .nowhere}.
 */
public final class EmbeddedArtemis implements AutoCloseable {

    private final EmbeddedActiveMQ broker;
    private final int port;

    private EmbeddedArtemis(EmbeddedActiveMQ broker, int port) {
        this.broker = broker;
        this.port = port;
    }

    /**
     * Starts a broker, which takes some seconds the first time.
     *
     * @throws IllegalStateException if it does not start
     */
    public static EmbeddedArtemis start() {
        int port = Ports.free();
        EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
        try {
            broker.setConfiguration(configuration(port));
            broker.setSecurityManager(users());
            broker.start();
            return new EmbeddedArtemis(broker, port);
        } catch (Exception e) {
            throw new IllegalStateException("Artemis did not start", e);
        }
    }

    private static Configuration configuration(int port) throws Exception {
        AddressSettings made = new AddressSettings()
                .setDefaultAddressRoutingType(RoutingType.ANYCAST)
                .setDefaultQueueRoutingType(RoutingType.ANYCAST)
                .setAutoDeleteQueues(false)
                .setAutoDeleteAddresses(false);
        AddressSettings notMade =
                new AddressSettings().setAutoCreateQueues(false).setAutoCreateAddresses(false);
        Role all = new Role("all", true, true, true, true, true, true, true, true, true, true, false, false);
        return new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .addAcceptorConfiguration("amqp", "tcp://127.0.0.1:" + port + "?protocols=AMQP")
                .addAddressSetting("#", made)
                .addAddressSetting("*.nowhere", notMade)
                .putSecurityRoles("#", Set.of(all));
    }

    private static ActiveMQJAASSecurityManager users() {
        SecurityConfiguration users = new SecurityConfiguration();
        users.addUser("guest", "guest");
        users.addRole("guest", "all");
        return new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), users);
    }

    /** The port it listens on, at 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Stops the broker, and cuts its connections. */
    @Override
    public void close() {
        try {
            broker.stop();
        } catch (Exception e) {
            throw new IllegalStateException("Artemis did not stop", e);
        }
    }
}
