package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.JavaClient.blocked;
import static io.amqproxy.impl.fidelity.JavaClient.bytes;
import static io.amqproxy.impl.fidelity.JavaClient.consumer;
import static io.amqproxy.impl.fidelity.JavaClient.got;
import static io.amqproxy.impl.fidelity.JavaClient.scenario;
import static io.amqproxy.impl.fidelity.JavaClient.shutdown;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Recoverable;
import com.rabbitmq.client.RecoveryListener;
import com.rabbitmq.client.impl.recovery.AutorecoveringConnection;
import io.amqproxy.impl.fidelity.Scenario.Trait;
import java.util.List;
import java.util.function.Consumer;

/** What the RabbitMQ Java client sees of its connection: log-in, recovery, heartbeats, alarms. */
final class JavaConnectionScenarios {

    private static final long LIMIT_MILLIS = 15_000;
    private static final int RECOVERY_MILLIS = 100;
    private static final int HEARTBEAT = 2;
    /** Longer than the library waits for a heartbeat. */
    private static final int IDLE_MILLIS = 1000 * (2 * HEARTBEAT + 1);

    private JavaConnectionScenarios() {}

    /** Those that make everybody wait for a while, whatever is done; they can be played beside others. */
    static List<Scenario> slow() {
        return List.of(
                Scenario.of("Java client: heartbeats keep an idle connection", run -> {
                    JavaClient a = JavaClient.open(run, "a", factory -> factory.setRequestedHeartbeat(HEARTBEAT));
                    run.say("heartbeat " + a.connection().getHeartbeat());
                    Channel channel = a.filled("q", 1);
                    Thread.sleep(IDLE_MILLIS);
                    run.attempt("got", () -> got(channel.basicGet(run.name("q"), true)));
                    a.leave();
                }),
                Scenario.of("Java client: log-ins are refused", run -> {
                    refused(run, "password", factory -> factory.setPassword("wrong"));
                    refused(run, "user", factory -> factory.setUsername("nobody"));
                    refused(run, "vhost", factory -> factory.setVirtualHost("nowhere"));
                }));
    }

    static List<Scenario> all() {
        return List.of(
                scenario("a connection is opened", (run, a) -> {
                    Connection connection = a.connection();
                    run.say("channel_max %d, frame_max %d, heartbeat %d"
                            .formatted(
                                    connection.getChannelMax(), connection.getFrameMax(), connection.getHeartbeat()));
                    run.say("capabilities " + connection.getServerProperties().get("capabilities"));
                    run.say("version " + connection.getServerProperties().get("version"));
                }),
                Scenario.of("Java client: channels up to the limit", run -> {
                    JavaClient a = JavaClient.open(run, "a", factory -> factory.setRequestedChannelMax(2));
                    run.say("channel_max " + a.connection().getChannelMax());
                    a.channel();
                    Channel second = a.channel();
                    run.attempt("third", () -> String.valueOf(a.connection().createChannel()));
                    second.close();
                    run.attempt("again", () -> a.channel().getChannelNumber());
                    a.leave();
                }),
                scenario("a connection is closed with a code", (run, a) -> {
                    Heard heard = run.heard("a");
                    a.connection().addShutdownListener(shutdown(heard));
                    Channel channel = a.filled("q", 3);
                    Heard consumed = run.heard("consumer");
                    channel.basicConsume(run.name("q"), false, "tag", consumer(channel, consumed));
                    consumed.expect(4);
                    run.attempt("closing", () -> {
                        a.connection().close(541, "something is wrong here", (int) LIMIT_MILLIS);
                        return "ok";
                    });
                    heard.expect(1);
                    consumed.expect(1);
                    run.await("q", "ready 3, unacked 0, consumers 0");
                }),
                Scenario.of("Java client: the secret changes", JavaConnectionScenarios::newSecret),
                Scenario.of(
                        "Java client: a consumer recovers from the end of its connection",
                        JavaConnectionScenarios::consumerRecovers,
                        Trait.CLOSES_CONNECTIONS),
                Scenario.of(
                        "Java client: topology recovers from the end of its connection",
                        JavaConnectionScenarios::topologyRecovers,
                        Trait.CLOSES_CONNECTIONS),
                Scenario.of(
                        "Java client: the broker closes an idle connection",
                        run -> {
                            JavaClient a = JavaClient.open(run, "a");
                            Heard heard = run.heard("a");
                            a.connection().addShutdownListener(shutdown(heard));
                            ConnectionScenarios.closeConnections(run);
                            run.awaitNoUpstreams();
                            run.attempt("publishing", () -> a.filled("q", 3).isOpen());
                            heard.rest();
                        },
                        Trait.CLOSES_CONNECTIONS),
                Scenario.of(
                        "Java client: a consumer goes on while memory is low",
                        JavaConnectionScenarios::memoryAlarm,
                        Trait.WITHOUT_NEIGHBOUR));
    }

    private static void refused(ScenarioRun run, String what, Consumer<ConnectionFactory> settings) throws Exception {
        run.attempt(what, () -> JavaClient.open(run, what, settings));
    }

    private static void newSecret(ScenarioRun run) throws Exception {
        String user = run.name("user");
        run.broker()
                .eval(("rabbit_auth_backend_internal:add_user(<<\"%1$s\">>, <<\"first\">>, <<\"test\">>),"
                                + " rabbit_auth_backend_internal:set_permissions(<<\"%1$s\">>, <<\"%2$s\">>,"
                                + " <<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"test\">>)")
                        .formatted(user, run.login().vhost()));
        TurningSecret secret = new TurningSecret(user, "first");
        JavaClient a = JavaClient.open(run, "a", factory -> {
            factory.setCredentialsProvider(secret);
            factory.setCredentialsRefreshService(secret);
        });
        Channel before = a.filled("q", 2);
        run.broker()
                .eval("rabbit_auth_backend_internal:change_password(<<\"%s\">>, <<\"second\">>, <<\"test\">>)"
                        .formatted(user));
        run.attempt("told", () -> secret.turn("second"));
        run.attempt("got before", () -> got(before.basicGet(run.name("q"), true)));
        Channel after = a.confirming();
        run.attempt("got after", () -> got(after.basicGet(run.name("q"), true)));
        JavaClient b = JavaClient.open(run, "b", factory -> {
            factory.setUsername(user);
            factory.setPassword("second");
        });
        run.attempt("another client", () -> b.channel().queueDeclarePassive(run.name("q")));
        b.leave();
        a.leave();
        run.broker().eval("rabbit_auth_backend_internal:delete_user(<<\"%s\">>, <<\"test\">>)".formatted(user));
    }

    private static void recovering(ConnectionFactory factory) {
        factory.setAutomaticRecoveryEnabled(true);
        factory.setTopologyRecoveryEnabled(true);
        factory.setNetworkRecoveryInterval(RECOVERY_MILLIS);
    }

    private static RecoveryListener recovery(Heard heard) {
        return new RecoveryListener() {
            @Override
            public void handleRecoveryStarted(Recoverable recoverable) {
                heard.add("recovery begins");
            }

            @Override
            public void handleRecovery(Recoverable recoverable) {
                heard.add("recovered");
            }
        };
    }

    private static void consumerRecovers(ScenarioRun run) throws Exception {
        JavaClient a = JavaClient.open(run, "a", JavaConnectionScenarios::recovering);
        Heard heard = run.heard("a");
        a.connection().addShutdownListener(shutdown(heard));
        ((Recoverable) a.connection()).addRecoveryListener(recovery(heard));
        Channel channel = a.filled("q", 3);
        Heard consumed = run.heard("consumer");
        channel.basicQos(2);
        channel.basicConsume(run.name("q"), false, "tag", consumer(channel, consumed));
        consumed.expect(3);
        channel.basicAck(1, false);
        consumed.expect(1);
        run.await("q", "ready 0, unacked 2, consumers 1");
        ConnectionScenarios.closeConnections(run);
        heard.expect(3);
        consumed.expect(4);
        run.await("q", "ready 0, unacked 2, consumers 1");
        channel.basicAck(2, false); // A tag of the former connection, which the library leaves out.
        channel.basicAck(4, true);
        run.await("q", "ready 0, unacked 1, consumers 1");
        run.attempt("publishing", () -> {
            channel.basicPublish("", run.name("q"), null, bytes("after"));
            return channel.waitForConfirms(LIMIT_MILLIS);
        });
        consumed.expect(1);
        a.leave();
        heard.expect(1);
        heard.rest();
    }

    private static void topologyRecovers(ScenarioRun run) throws Exception {
        JavaClient a = JavaClient.open(run, "a", JavaConnectionScenarios::recovering);
        Heard heard = run.heard("a");
        AutorecoveringConnection connection = (AutorecoveringConnection) a.connection();
        connection.addRecoveryListener(recovery(heard));
        connection.addQueueRecoveryListener((former, now) -> heard.add("queue " + former + " is " + now));
        connection.addConsumerRecoveryListener((former, now) -> heard.add("consumer " + former + " is " + now));
        Channel channel = a.channel();
        channel.exchangeDeclare(run.name("x"), "topic", false, true, null);
        String queue = channel.queueDeclare().getQueue();
        run.say("declared " + queue);
        channel.queueBind(queue, run.name("x"), "a.#");
        Heard consumed = run.heard("consumer");
        channel.basicConsume(queue, true, "tag", consumer(channel, consumed));
        consumed.expect(1);
        ConnectionScenarios.closeConnections(run);
        heard.expect(4);
        channel.basicPublish(run.name("x"), "a.b", null, bytes("after"));
        consumed.expect(3);
        a.leave();
        heard.rest();
        run.awaitGenerated(queue, "missing");
    }

    private static void memoryAlarm(ScenarioRun run) throws Exception {
        JavaClient publishing = JavaClient.open(run, "publishing");
        JavaClient consuming = JavaClient.open(run, "consuming");
        Heard heard = run.heard("publishing");
        Heard calm = run.heard("consuming");
        publishing.connection().addBlockedListener(blocked(heard), () -> heard.add("unblocked"));
        consuming.connection().addBlockedListener(blocked(calm), () -> calm.add("unblocked"));
        Channel publisher = publishing.filled("q", 6);
        Channel consumer = consuming.channel();
        run.attempt("before", () -> got(consumer.basicGet(run.name("q"), true)));
        ConnectionScenarios.holdPublishersBack(run);
        try {
            publisher.basicPublish("", run.name("q"), null, bytes("held"));
            heard.expect(1);
            run.attempt("got", () -> got(consumer.basicGet(run.name("q"), true)));
            run.attempt("got", () -> got(consumer.basicGet(run.name("q"), false)));
            run.attempt("declare", () -> consumer.queueDeclarePassive(run.name("q")));
            Channel fresh = consuming.channel();
            run.attempt("declare on a new channel", () -> fresh.queueDeclare(run.name("r"), false, false, false, null));
            Heard consumed = run.heard("consumer");
            fresh.basicQos(2);
            fresh.basicConsume(run.name("q"), false, "tag", consumer(fresh, consumed));
            consumed.expect(3);
            fresh.basicAck(2, true);
            consumed.expect(1);
            JavaClient late = JavaClient.open(run, "late");
            run.attempt("a late client", () -> late.channel().queueDeclarePassive(run.name("r")));
            late.leave();
        } finally {
            ConnectionScenarios.letPublishersGoOn(run);
        }
        heard.expect(1);
        run.attempt("confirmed", () -> publisher.waitForConfirms(LIMIT_MILLIS));
        calm.rest();
        publishing.leave();
        consuming.leave();
    }
}
