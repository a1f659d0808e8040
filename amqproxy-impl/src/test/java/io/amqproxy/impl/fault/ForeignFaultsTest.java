package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.testing.InMemoryBroker;
import io.amqproxy.testkit.ForeignClient;
import io.amqproxy.testkit.Login;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of AMQP 0-9-1 do to clients of other languages what they say, and their libraries go on after them. */
@Tag("process")
@Timeout(300)
class ForeignFaultsTest {

    private static final String PHP = "PhpAmqpLib\\Exception\\";

    private List<String> play(ForeignClient client, String scenario) {
        client.require();
        try (InMemoryBroker broker = InMemoryBroker.start();
                AmqProxy proxy = AmqProxy.builder()
                        .upstreams(List.of(broker.uri()))
                        .listen(0)
                        .start()) {
            Login login = Login.guest(proxy.address().getPort());
            return client.play(login, scenario, "", new FaultsAskedFor(proxy));
        }
    }

    @Test
    void programsWithPika() {
        assertThat(play(ForeignClient.PIKA, "faults"))
                .containsExactly(
                        "? nack a confirm",
                        "publish: NackError NackError: 0 unroutable messages returned by broker",
                        "? return a message",
                        "publish: UnroutableError UnroutableError: 1 unroutable messages returned by broker",
                        "? fail a declaration",
                        "declare: ChannelClosedByBroker ChannelClosedByBroker: (404) 'on purpose'",
                        "? deliver again",
                        "get: delivery 1, key q, <BasicProperties>, b'q 1', 1 left",
                        "get: delivery 2 again, key q, <BasicProperties>, b'q 1', 1 left",
                        "heard: b'nacked'",
                        "? cancel a consumer",
                        "heard: <Basic.Cancel(['consumer_tag=tag', 'nowait=True'])>",
                        "? block",
                        "heard: <Connection.Blocked(['reason=on purpose'])>",
                        "? unblock",
                        "heard: <Connection.Unblocked>",
                        "? refuse a log-in",
                        "log in: ProbableAuthenticationError ProbableAuthenticationError: Client was disconnected at a"
                                + " connection stage indicating a probable authentication error:"
                                + " (\"ConnectionClosedByBroker: (403) 'on purpose'\",)",
                        "? close connections",
                        "declare: ConnectionClosedByBroker ConnectionClosedByBroker: (320) 'on purpose'",
                        "declare: q");
    }

    @Test
    void programsWithPikaMissHeartbeats() {
        assertThat(play(ForeignClient.PIKA, "heartbeats"))
                .containsExactly(
                        "? lose heartbeats",
                        "wait: AMQPHeartbeatTimeout AMQPHeartbeatTimeout: ('No activity or too many missed heartbeats in"
                                + " the last 1 seconds',)",
                        "? revoke",
                        "disconnect: ok");
    }

    @Test
    void programsWithPhpAmqplibMissHeartbeats() {
        assertThat(play(ForeignClient.PHP_AMQPLIB, "heartbeats"))
                .containsExactly(
                        "? lose heartbeats",
                        "wait: " + PHP + "AMQPHeartbeatMissedException 0 Missed server heartbeat",
                        "? revoke",
                        "wait: null",
                        "disconnect: null");
    }

    @Test
    void programsWithPhpAmqplib() {
        assertThat(play(ForeignClient.PHP_AMQPLIB, "faults"))
                .containsExactly(
                        "? nack a confirm",
                        "nacked refused",
                        "? lose a confirm",
                        "confirm: " + PHP + "AMQPTimeoutException 0 The connection timed out after 0.3 sec while"
                                + " awaiting incoming data",
                        "? return a message",
                        "returned 312 on purpose  q returned",
                        "acked returned",
                        "? fail a declaration",
                        "declare: " + PHP + "AMQPProtocolChannelException 404 on purpose",
                        "? deliver again",
                        "get: [1,false,\"q\",[],\"q 1\",2]",
                        "get: [2,true,\"q\",[],\"q 1\",2]",
                        "consumed refused",
                        "? cancel a consumer",
                        "wait: " + PHP + "AMQPBasicCancelException 0 Channel was canceled",
                        "? block",
                        "blocked on purpose",
                        "? unblock",
                        "unblocked",
                        "? refuse a log-in",
                        "log in: " + PHP + "AMQPConnectionClosedException 403 on purpose(0, 0)",
                        "? close connections",
                        "declare: " + PHP + "AMQPConnectionClosedException 320 on purpose(0, 0)",
                        "declare: q");
    }
}
