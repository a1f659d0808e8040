package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.Scenario.onChannel;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.fidelity.Scenario.Trait;
import io.amqproxy.testkit.Await;
import java.util.List;
import java.util.Map;

/** What concerns a connection as a whole, or all connections of the broker. */
final class ConnectionScenarios {

    private ConnectionScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of(
                        "heartbeats are negotiated",
                        run -> run.peer("a")
                                .heartbeat(2)
                                .open()
                                .heartbeats(2)
                                .channel(1)
                                .closeChannel(1)
                                .leave()),
                Scenario.of(
                        "a client sends heartbeats where none are agreed",
                        run -> run.peer("a")
                                .open()
                                .raw(FrameBytes.frame(8, 0))
                                .channel(1)
                                .sync(1)
                                .leave()),
                Scenario.of(
                        "connection.update-secret",
                        run -> run.peer("a")
                                .open()
                                .channel(1)
                                .sync(1)
                                .send(0, Method.CONNECTION_UPDATE_SECRET, "guest", "rotation")
                                .expect(0, Method.CONNECTION_UPDATE_SECRET_OK)
                                .sync(1)
                                .leave()),
                Scenario.of(
                        "connection.update-secret with a wrong one",
                        run -> run.peer("a")
                                .open()
                                .channel(1)
                                .sync(1)
                                .send(0, Method.CONNECTION_UPDATE_SECRET, "wrong", "rotation")
                                .expect(0, Method.CONNECTION_UPDATE_SECRET_OK)
                                .leave()),
                onChannel(
                        "publishers are held back while memory is low",
                        (run, a) -> {
                            a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 0, Map.of());
                            a.expect(1, Method.QUEUE_DECLARE_OK);
                            a.send(1, Method.CONFIRM_SELECT, 0).expect(1, Method.CONFIRM_SELECT_OK);
                            a.publish(1, "", run.name("q"), 0, "before").confirms(1, 1);
                            holdPublishersBack(run);
                            try {
                                a.publish(1, "", run.name("q"), 0, "held").expect(0, Method.CONNECTION_BLOCKED);
                                run.await("q", "ready 1, unacked 0, consumers 0");
                            } finally {
                                letPublishersGoOn(run);
                            }
                            a.expect(0, Method.CONNECTION_UNBLOCKED).confirms(1, 2);
                            run.await("q", "ready 2, unacked 0, consumers 0");
                        },
                        Trait.WITHOUT_NEIGHBOUR),
                Scenario.of(
                        "a client that opens its connection while memory is low",
                        run -> {
                            holdPublishersBack(run);
                            Peer a;
                            try {
                                a = run.peer("a").open().channel(1);
                                a.publish(1, "", run.name("q"), 0, "held").expect(0, Method.CONNECTION_BLOCKED);
                            } finally {
                                letPublishersGoOn(run);
                            }
                            a.expect(0, Method.CONNECTION_UNBLOCKED).sync(1).leave();
                        },
                        Trait.WITHOUT_NEIGHBOUR),
                Scenario.of(
                        "a consumer goes on while memory is low",
                        run -> {
                            Peer a = run.peer("a").open().channel(1);
                            a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 0, Map.of());
                            a.expect(1, Method.QUEUE_DECLARE_OK);
                            a.publish(1, "", run.name("q"), 0, "one").publish(1, "", run.name("q"), 0, "two");
                            a.sync(1);
                            holdPublishersBack(run);
                            try {
                                Peer b = run.peer("b").open().channel(1);
                                b.send(1, Method.BASIC_QOS, 0, 1, 0).expect(1, Method.BASIC_QOS_OK);
                                b.send(1, Method.BASIC_CONSUME, 0, run.name("q"), "tag", 0, Map.of());
                                b.expect(1, Method.BASIC_CONSUME_OK).deliveries(1, 1);
                                b.send(1, Method.BASIC_ACK, 1, 0).deliveries(1, 1);
                                b.leave();
                            } finally {
                                letPublishersGoOn(run);
                            }
                            a.sync(1).leave();
                        },
                        Trait.WITHOUT_NEIGHBOUR),
                Scenario.of(
                        "a message that is larger than the broker's own limit",
                        run -> {
                            run.broker().eval("application:set_env(rabbit, max_message_size, 1000)");
                            try {
                                Peer a = run.peer("a").open().channel(1);
                                a.publish(1, "", run.name("q"), 0, Map.of(), new byte[1000])
                                        .sync(1);
                                a.publish(1, "", run.name("q"), 0, Map.of(), new byte[1001])
                                        .sync(1);
                                a.leave();
                            } finally {
                                run.broker().eval("application:set_env(rabbit, max_message_size, 134217728)");
                            }
                        },
                        Trait.COLD_ONLY),
                Scenario.of(
                        "the broker closes connections",
                        run -> {
                            Peer a = run.peer("a").open().channel(1);
                            Peer b = run.peer("b").open().channel(1);
                            a.send(1, Method.QUEUE_DECLARE, 0, run.name("q"), 4, Map.of());
                            a.expect(1, Method.QUEUE_DECLARE_OK).sync(1);
                            b.send(1, Method.BASIC_CONSUME, 0, "amq.rabbitmq.reply-to", "", 2, Map.of());
                            b.expect(1, Method.BASIC_CONSUME_OK).sync(1);
                            closeConnections(run);
                            a.end();
                            b.end();
                        },
                        Trait.CLOSES_CONNECTIONS),
                Scenario.of(
                        "the broker closes connections, and a client is idle",
                        run -> {
                            Peer idle = run.peer("idle").open().channel(1).sync(1);
                            closeConnections(run);
                            run.awaitNoUpstreams();
                            idle.sync(1).leave();
                        },
                        Trait.CLOSES_CONNECTIONS));
    }

    /** Has the broker close all of its connections; it puts new ones on its list a little later. */
    static void closeConnections(ScenarioRun run) {
        run.broker()
                .eval("catch pg_local:sync(), [rabbit_networking:close_connection(P, \"going down\") || P <-"
                        + " rabbit_networking:connections()]");
    }

    /**
     * Has the broker hold publishers back, and waits until all of its connections know; those that end do not count.
     */
    static void holdPublishersBack(ScenarioRun run) {
        run.broker().eval("vm_memory_monitor:set_vm_memory_high_watermark(1.0e-7)");
        try {
            Await.until(
                    "no connection is running",
                    () -> run.broker()
                            .eval("[P || P <- rabbit_networking:connections(),"
                                    + " [{state, running}] =:= (catch rabbit_reader:info(P, [state]))]")
                            .equals("[]"));
        } catch (AssertionError endless) {
            letPublishersGoOn(run);
            throw endless;
        }
    }

    static void letPublishersGoOn(ScenarioRun run) {
        run.broker().eval("vm_memory_monitor:set_vm_memory_high_watermark(0.4)");
    }
}
