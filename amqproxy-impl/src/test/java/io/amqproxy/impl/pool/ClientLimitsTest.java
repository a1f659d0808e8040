package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.LoopContext;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What clients may take of the proxy, each limit with a client that keeps it beside one that does not. */
class ClientLimitsTest {

    private final List<ClientInfo> slowed = new ArrayList<>();
    private final List<Duration> slowedFor = new ArrayList<>();
    private final List<String> reached = new ArrayList<>();
    private final Rig.Options options = new Rig.Options();

    ClientLimitsTest() {
        options.listener = new ProxyListener() {
            @Override
            public void clientSlowed(ClientInfo client, Duration time) {
                slowed.add(client);
                slowedFor.add(time);
            }

            @Override
            public void limitReached(String limit, String effect, @Nullable String user) {
                reached.add(limit + ": " + effect);
            }
        };
    }

    // Users and vhosts.

    @Test
    void aDeniedUserIsRefusedAsByTheBrokerThatIsNotAskedAndHearsByWhom() {
        options.limits.allowUsers("guest", "app-*").denyUsers("app-9");
        Rig rig = new Rig(options);

        TestClient denied = rig.connect().logIn("app-9", "guest", "/");
        TestClient unknown = rig.connect().logIn("someone", "guest", "/");
        assertThat(rig.broker.logins).isZero();
        assertThat(denied.closeHeard(0))
                .isEqualTo(new TestClient.Close(
                        403,
                        "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN, by the proxy, which"
                                + " does not admit this user"));
        assertThat(unknown.closeHeard(0).code()).isEqualTo(403);
        assertThat(rig.connect().logIn("app-1", "guest", "/").methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        assertThat(rig.open().methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void aDeniedUserThatDoesNotKnowTheCloseIsCutOff() {
        options.limits.denyUsers("*");
        TestClient client = new Rig(options).connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", false));
        client.rig.run();

        assertThat(client.methods(0)).containsExactly(Method.CONNECTION_START);
        assertThat(client.ended).isTrue();
    }

    @Test
    void aDeniedVhostIsRefusedAsByTheBrokerAndItIsSaidByWhom() {
        options.limits.denyVhosts("internal");
        Rig rig = new Rig(options);
        rig.broker.vhosts.add("internal");

        assertThat(rig.connect().logIn("guest", "guest", "internal").closeHeard(0))
                .isEqualTo(new TestClient.Close(
                        530,
                        "NOT_ALLOWED - access to vhost 'internal' refused for user 'guest': the proxy does not"
                                + " admit it"));
        assertThat(rig.open().methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void oneUserHasItsShareOfClientsInEachVhost() {
        options.limits.clientsPerUser(2);
        Rig rig = new Rig(options);
        rig.broker.vhosts.add("other");
        rig.open();
        TestClient second = rig.open();

        assertThat(rig.open().closeHeard(0))
                .isEqualTo(new TestClient.Close(
                        530,
                        "NOT_ALLOWED - access to vhost '/' refused for user 'guest': user connection limit (2) is"
                                + " reached"));
        assertThat(rig.connect().logIn("guest", "guest", "other").methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        assertThat(rig.connect().logIn("another", "guest", "/").methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        second.vanish();
        rig.run();
        assertThat(rig.open().methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void whenAllHaveLeftNothingIsKeptOfThem() {
        options.limits.clientsPerUser(2).bytesPerSecond(1_000_000).failedLogins(0);
        Rig rig = new Rig(options);
        for (int i = 0; i < 50; i++) {
            rig.broker.vhosts.add("vhost " + i);
            rig.connect().logIn("guest", "guest", "vhost " + i).close();
            rig.connect().logIn("guest", "guest", "none " + i);
            rig.run();
        }
        assertThat(rig.registry.limitEntries()).isLessThan(5);
    }

    // Channels.

    @Test
    void moreChannelsThanAllowedAreNotOffered() {
        options.limits.channelsPerClient(5);
        Rig rig = new Rig(options);
        TestClient greedy = rig.connect();
        greedy.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        greedy.write(TestClient.tuneOk(6, 8192, 0));
        TestClient good = rig.connect();
        good.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        good.write(TestClient.tuneOk(5, 8192, 0)).write(TestClient.openVhost("/"));
        rig.run();

        assertThat(greedy.closeHeard(0).code()).isEqualTo(530);
        for (int channel = 5; channel < 10; channel++) {
            good.openChannel(channel);
        }
        rig.run();
        assertThat(good.hears(Method.CHANNEL_OPEN_OK)).isTrue();
        assertThat(good.hears(Method.CONNECTION_CLOSE)).isFalse();
        good.openChannel(1);
        rig.run();
        assertThat(good.closeHeard(0).code()).isEqualTo(530);
    }

    @Test
    void channelsOfAllClientsAreBoundedAndWhoHasFewGoesOn() {
        options.maxBufferBytes = 1_000_000;
        Rig rig = new Rig(options);
        for (int i = 0; i < 64; i++) {
            TestClient greedy = rig.open();
            for (int channel = 1; channel <= 64; channel++) {
                greedy.openChannel(channel);
            }
            rig.run();
        }
        assertThat(rig.loop.belongings.count()).isEqualTo(4096);
        TestClient refused = rig.open();
        TestClient good = rig.open();
        for (int channel = 1; channel <= 17; channel++) {
            refused.openChannel(channel);
        }
        good.openChannel(1).openChannel(2);
        rig.run();

        assertThat(refused.closeHeard(0).code()).isEqualTo(506);
        assertThat(good.hears(Method.CONNECTION_CLOSE)).isFalse();
        good.select(1).publish(1, "q", "goes on");
        rig.run();
        assertThat(good.hears(Method.BASIC_ACK)).isTrue();
    }

    @Test
    void consumersOfAllClientsAreBoundedTooAndWhatIsGoneIsGivenBack() {
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient client = rig.open().openChannel(1).openChannel(2);
        client.consume(1, "q", "one", true).consume(1, "q", "two", true).consume(2, "q", "three", true);
        rig.run();
        assertThat(rig.loop.belongings.count()).isEqualTo(5);

        client.write(Frames.method(
                1, Method.BASIC_CANCEL, writer -> writer.shortString("one").octet(0)));
        rig.run();
        assertThat(rig.loop.belongings.count()).isEqualTo(4);
        client.closeChannel(2);
        rig.run();
        assertThat(rig.loop.belongings.count()).isEqualTo(2);
        client.vanish();
        rig.run();
        assertThat(rig.loop.belongings.count()).isZero();
    }

    // Limits that make somebody wait.

    @Test
    void listenersAreToldThatChannelsWaitNowAndThen() {
        options.maxConnections = 1;
        options.maxChannelsPerConnection = 1;
        options.acquireTimeout = Duration.ofHours(1);
        Rig rig = new Rig(options);
        rig.open().openChannel(1).publish(1, "q", "first");
        rig.run();
        assertThat(reached).isEmpty();
        for (int i = 0; i < 5; i++) {
            rig.open().openChannel(1).publish(1, "q", "waits");
            rig.pass(Duration.ofSeconds(3));
        }
        assertThat(reached)
                .containsExactly(
                        "maxConnections: client 2 at localhost:40000, user guest, vhost / waits for a channel",
                        "maxConnections: client 6 at localhost:40000, user guest, vhost / waits for a channel");
    }

    @Test
    void listenersAreToldWhichClientHasMetTheLimit() {
        ToldLimits told = new ToldLimits();
        options.listener = told;
        options.maxConnections = 1;
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.open().openChannel(1).publish(1, "q", "first");
        rig.run();
        rig.open().openChannel(1).publish(1, "q", "waits");
        rig.run();

        assertThat(told.all).singleElement().satisfies(limit -> {
            assertThat(limit.user()).isEqualTo("guest");
            assertThat(limit.vhost()).isEqualTo("/");
            assertThat(limit.client()).extracting(ClientInfo::id).isEqualTo(2L);
        });
    }

    @Test
    void listenersAreToldOfAMessageThatIsTooLarge() {
        Rig rig = new Rig(options);
        TestClient client = rig.open().openChannel(1);
        byte[] large = Frames.publish(1, "", "q", false, new byte[0], 128 * 1024);
        // The size of the body is what the header says of it.
        ByteBuffer.wrap(large).putLong(large.length - 1 - 2 - 8, 100_000_000);
        client.write(large);
        rig.run();

        assertThat(client.closeHeard(1).code()).isEqualTo(406);
        assertThat(reached)
                .containsExactly(
                        "maxMessageSize: client 1 at localhost:40000, user guest, vhost /: a message of 100000000"
                                + " octets is not taken");
    }

    @Test
    void aRefusedClientIsToldWithTheVhostThatItAskedFor() {
        List<ClientInfo> refused = new ArrayList<>();
        options.listener = new ProxyListener() {
            @Override
            public void clientRefused(ClientInfo client, CloseReason reason) {
                refused.add(client);
            }
        };
        options.limits.denyVhosts("hidden");
        Rig rig = new Rig(options);
        rig.connect().logIn("guest", "guest", "nowhere");
        rig.connect().logIn("guest", "guest", "hidden");

        assertThat(refused).extracting(ClientInfo::vhost).containsExactly("nowhere", "hidden");
    }

    @Test
    void eachUserThatWaitsForALimitIsNamed() {
        Rig rig = new Rig(options);
        rig.loop.limitReached(LoopContext.Limit.CONNECTIONS, "alice", "/", null, "alice waits");
        rig.loop.limitReached(LoopContext.Limit.CONNECTIONS, "bob", "/", null, "bob waits");
        rig.loop.limitReached(LoopContext.Limit.CONNECTIONS, "bob", "/", null, "bob waits again");
        rig.loop.limitReached(LoopContext.Limit.CONNECTIONS, "bob", "other", null, "bob waits elsewhere");
        int named = reached.size();
        for (int i = 0; i < 1000; i++) {
            rig.loop.limitReached(LoopContext.Limit.CONNECTIONS, "user" + i, null, null, "waits");
        }

        assertThat(reached)
                .contains(
                        "maxConnections: alice waits",
                        "maxConnections: bob waits",
                        "maxConnections: bob waits elsewhere");
        assertThat(reached).doesNotContain("maxConnections: bob waits again");
        assertThat(reached.size() - named).as("a flood of names is bounded").isLessThanOrEqualTo(100);
    }

    // Before log-in.

    @Test
    void aHugeFrameBeforeLogInEndsTheConnectionAtItsHeader() {
        Rig rig = new Rig();
        TestClient client = rig.connect();
        client.write(Frames.HEADER)
                .write(ByteBuffer.allocate(Frame.PAYLOAD_OFFSET)
                        .put((byte) Frame.METHOD)
                        .putShort((short) 0)
                        .putInt(100_000_000)
                        .array());
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(501);
        for (int i = 0; i < 20; i++) {
            client.write(new byte[1_000_000]);
            rig.run();
        }
        assertThat(rig.loop.chunks.usedBytes()).isZero();
        rig.pass(Duration.ofSeconds(10));
        assertThat(client.ended).isTrue();
    }

    @Test
    void whoSendsMuchBeforeLogInIsClosed() {
        Rig rig = new Rig();
        TestClient client = rig.connect();
        client.write(Frames.HEADER);
        for (int i = 0; i < 10_000; i++) {
            client.write(new byte[] {Frame.HEARTBEAT, 0, 0, 0, 0, 0, 0, Frame.END});
        }
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(501);
    }

    @Test
    void oneByteASecondDoesNotKeepAConnectionOpen() {
        Rig rig = new Rig();
        TestClient slow = rig.connect();
        slow.write(Frames.HEADER);
        for (int i = 0; i < 20; i++) {
            slow.write(new byte[] {1});
            rig.pass(Duration.ofSeconds(1));
        }

        assertThat(slow.ended).isTrue();
        assertThat(rig.loop.chunks.usedBytes()).isZero();
        assertThat(rig.open().methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    // Rates.

    @Test
    void whoPublishesTooFastIsReadLater() {
        options.limits.messagesPerSecond(100);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient fast = channel(rig.open());
        TestClient other = channel(rig.connect().logIn("other", "guest", "/"));
        publish(fast, 300);
        rig.run();
        assertThat(rig.broker.published).hasSize(300);

        publish(fast, 1);
        rig.pass(Duration.ofMillis(1_900));
        assertThat(rig.broker.published).as("it is not read").hasSize(300);
        publish(other, 50);
        rig.run();
        assertThat(rig.broker.published).as("others are").hasSize(350);
        rig.pass(Duration.ofMillis(200));
        assertThat(rig.broker.published).as("nothing is lost").hasSize(351);
        assertThat(slowed).extracting(ClientInfo::user).containsExactly("guest");
    }

    @Test
    void clientsOfOneUserShareItsRateAndTakeTurns() {
        options.limits.bytesPerSecond(10_000);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient one = channel(rig.open());
        TestClient two = channel(rig.open());
        int sent = 0;
        while (sent < 100) {
            one.publish(1, "q", "x".repeat(1_000));
            two.publish(1, "q", "y".repeat(1_000));
            rig.pass(Duration.ofMillis(1));
            sent += 2;
        }
        assertThat(rig.broker.published.size()).isLessThan(20);
        rig.pass(Duration.ofSeconds(20));

        assertThat(rig.broker.published).hasSize(100);
        assertThat(slowed).extracting(ClientInfo::id).contains(1L, 2L);
    }

    /** Every wait is told of, by a sum in ten seconds, and the rest when the client leaves. */
    @Test
    void whoIsSlowedAgainAndAgainIsToldOfWithTheSum() {
        options.limits.messagesPerSecond(10);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient client = channel(rig.open());
        publish(client, 20); // Ten are there at once, and ten have to be paid for.
        rig.run();
        assertThat(slowedFor).containsExactly(Duration.ofSeconds(1));

        for (int second = 0; second < 14; second++) {
            publish(client, 10);
            rig.pass(Duration.ofSeconds(1));
        }
        assertThat(slowedFor).as("once in ten seconds").hasSize(2);
        assertThat(sumOfSlowness()).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(12));

        client.vanish();
        rig.pass(Duration.ofSeconds(2)); // It is read then, and found to be gone.
        assertThat(slowedFor).as("the rest").hasSize(3);
        assertThat(sumOfSlowness()).isBetween(Duration.ofSeconds(14), Duration.ofSeconds(16));
    }

    private Duration sumOfSlowness() {
        return slowedFor.stream().reduce(Duration.ZERO, Duration::plus);
    }

    @Test
    void connectingAnewDoesNotHelp() {
        options.limits.messagesPerSecond(10);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient client = channel(rig.open());
        publish(client, 30);
        rig.run();
        client.vanish();

        TestClient next = rig.open();
        next.openChannel(1);
        publish(next, 1);
        rig.pass(Duration.ofMillis(1_500));
        assertThat(rig.broker.published).as("what went before is not paid for").hasSize(30);
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.broker.published).hasSize(31);
    }

    @Test
    void largeMessagesCountWithAllTheirBytes() {
        options.limits.bytesPerSecond(1_000_000);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient client = channel(rig.open());
        byte[] message = Frames.publish(1, "", "q", false, "x".repeat(3_000_000).getBytes(UTF_8), 128 * 1024);
        for (int at = 0; at < message.length; at += 100_000) {
            client.write(java.util.Arrays.copyOfRange(message, at, Math.min(message.length, at + 100_000)));
            rig.run();
        }
        assertThat(rig.broker.published).isEmpty();
        rig.pass(Duration.ofMillis(2_500));
        assertThat(rig.broker.published).hasSize(1);
    }

    private static TestClient channel(TestClient client) {
        client.openChannel(1);
        client.rig.run();
        return client;
    }

    private static void publish(TestClient client, int count) {
        for (int i = 0; i < count; i++) {
            client.publish(1, "q", "message " + i);
        }
    }
}
