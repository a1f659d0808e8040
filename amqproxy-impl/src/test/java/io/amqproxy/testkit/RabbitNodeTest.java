package io.amqproxy.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
@Tag("broker")
class RabbitNodeTest {

    private static RabbitNode node;

    @BeforeAll
    static void startNode() {
        Requirements.check(RabbitNode.isInstalled(), "an installed rabbitmq-server");
        node = RabbitNode.start("channel_max = 77");
    }

    @AfterAll
    static void stopNode() {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void connectionsChannelsAndMessagesAreCounted() throws Exception {
        long connectionsBefore = node.connectionsOpenedTotal();
        long channelsBefore = node.channelsOpenedTotal();
        long messagesBefore = node.messagesReceivedTotal();
        try (Connection connection = connect(node.login());
                Channel channel = connection.createChannel();
                Channel other = connection.createChannel()) {
            channel.confirmSelect();
            channel.queueDeclare("counted \"q\"", false, false, false, null);
            channel.basicPublish("", "counted \"q\"", null, "hello".getBytes(UTF_8));
            channel.waitForConfirmsOrDie(30_000);

            assertThat(node.connections()).isEqualTo(1);
            assertThat(node.channels()).isEqualTo(2);
            assertThat(node.messages("/", "counted \"q\"")).isEqualTo(1);
            assertThat(node.queues("/")).contains("counted \"q\"");
            other.queueDelete("counted \"q\"");
        }
        Await.until("connection gone", () -> node.connections() == 0 && node.channels() == 0);
        assertThat(node.connectionsOpenedTotal() - connectionsBefore).isEqualTo(1);
        assertThat(node.channelsOpenedTotal() - channelsBefore).isEqualTo(2);
        assertThat(node.messagesReceivedTotal() - messagesBefore).isEqualTo(1);
        Await.until("the log has it", () -> node.log().contains("accepting AMQP connection"));
    }

    @Test
    void usersAndVirtualHostsComeAndGo() throws Exception {
        node.addUser("alice", "one");
        node.addVhost("x");
        node.grant("alice", "x");
        node.changePassword("alice", "two");
        Login login = node.login().as("alice", "two").in("x");
        try (Connection connection = connect(login)) {
            assertThat(connection.getChannelMax()).isEqualTo(77);
        }
        node.deleteUser("alice");
        assertThatThrownBy(() -> connect(login)).isInstanceOf(AuthenticationFailureException.class);
    }

    @Test
    void aCommandThatFailsSaysWhy() {
        assertThatThrownBy(() -> node.ctl("delete_user", "nobody"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("nobody");
        assertThatThrownBy(() -> node.eval("1 + a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("badarith");
    }

    @Test
    void aClosedNodeLeavesNoProcessBehind() {
        List<ProcessHandle> processes = new ArrayList<>();
        try (RabbitNode other = RabbitNode.start()) {
            processes.addAll(other.processes());
            assertThat(processes).hasSizeGreaterThan(3);
        }
        Await.until("no process is left", () -> processes.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static Connection connect(Login login) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(login.uri());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
