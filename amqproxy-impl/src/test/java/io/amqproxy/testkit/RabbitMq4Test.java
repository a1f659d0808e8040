package io.amqproxy.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
@Tag("broker")
class RabbitMq4Test {

    @Test
    void aNodeOfItServesAndLeavesNothing() {
        List<ProcessHandle> processes = new ArrayList<>();
        try (RabbitNode node = RabbitMq4.start("heartbeat = 7")) {
            assertThat(node.eval("rabbit_misc:version()")).startsWith("\"4.");
            node.addUser("alice", "secret");
            assertThat(node.ctl("list_users")).contains("alice");
            processes.addAll(node.processes());
            assertThat(processes).hasSizeGreaterThan(3);
        }
        Await.until("no process is left", () -> processes.stream().noneMatch(ProcessHandle::isAlive));
    }
}
