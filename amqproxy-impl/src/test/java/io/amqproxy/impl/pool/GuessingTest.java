package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.limit.AddressKey;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who guesses passwords: few guesses reach the broker, and those who know theirs notice nothing. */
class GuessingTest {

    private static final int MOST = 5;

    private final List<Duration> blocks = new ArrayList<>();
    private final List<Duration> unasked = new ArrayList<>();
    private final List<String> reached = new ArrayList<>();
    private final Rig.Options options = new Rig.Options();

    GuessingTest() {
        options.listener = new ProxyListener() {
            @Override
            public void loginsBlocked(ClientInfo client, Duration time) {
                blocks.add(time);
            }

            @Override
            public void loginRefusedUnasked(ClientInfo client, Duration time) {
                unasked.add(time);
            }

            @Override
            public void limitReached(String limit, String effect, @Nullable String user) {
                reached.add(limit + ": " + effect);
            }
        };
    }

    @Test
    void fiveThousandWrongPasswordsAreFiveLogInsAndGoodClientsGoOn() {
        options.credentialTtl = Duration.ofMinutes(1);
        Rig rig = new Rig(options);
        rig.open().close();
        rig.pass(Duration.ofMinutes(2));
        int before = rig.broker.logins;

        for (int i = 0; i < 5_000; i++) {
            TestClient guesser = guess(rig, "guest", "guess " + i);
            assertThat(guesser.closeHeard(0).code()).isEqualTo(403);
        }

        assertThat(rig.broker.logins - before).isEqualTo(MOST);
        assertThat(rig.open().methods(0)).as("its proof is too old").endsWith(Method.CONNECTION_OPEN_OK);
        assertThat(rig.open().methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        assertThat(rig.registry.limitEntries()).isLessThan(10);
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void eachFurtherFailureBlocksForTwiceAsLongUpToABound() {
        Rig rig = new Rig(options);
        for (int i = 0; i < MOST; i++) {
            guess(rig, "guest", "guess " + i);
        }
        for (int seconds : new int[] {1, 2, 4, 8, 10, 10}) {
            int logins = rig.broker.logins;
            rig.pass(Duration.ofSeconds(seconds).minusMillis(1));
            guess(rig, "guest", "too early");
            assertThat(rig.broker.logins).isEqualTo(logins);
            rig.pass(Duration.ofMillis(1));
            guess(rig, "guest", "untried " + logins);
            assertThat(rig.broker.logins).isEqualTo(logins + 1);
        }
        assertThat(blocks).extracting(Duration::toSeconds).containsExactly(1L, 2L, 4L, 8L, 10L, 10L, 10L);
    }

    @Test
    void failuresAreForgottenAfterAWhile() {
        Rig rig = new Rig(options);
        for (int i = 0; i < MOST; i++) {
            guess(rig, "guest", "guess " + i);
        }
        rig.pass(Duration.ofMinutes(11));
        int logins = rig.broker.logins;
        for (int i = 0; i < MOST; i++) {
            guess(rig, "guest", "guess " + i);
        }
        assertThat(rig.broker.logins - logins).isEqualTo(MOST);
    }

    @Test
    void manyGuessesAtOnceAreNoMoreLogInsThanMayFail() {
        Rig rig = new Rig(options);
        List<TestClient> guessers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            TestClient guesser = rig.connect();
            guesser.write(Frames.HEADER).write(TestClient.startOk("guest", "guess " + i, true));
            guesser.link().moveToSession(Integer.MAX_VALUE);
            rig.endTurn();
            guessers.add(guesser);
        }
        rig.pass(Duration.ofMillis(100));

        assertThat(rig.broker.logins).isEqualTo(MOST);
        assertThat(guessers)
                .allSatisfy(guesser -> assertThat(guesser.closeHeard(0).code()).isEqualTo(403));
    }

    @Test
    void whoGuessesHoldsUpNeitherOtherAddressesNorOtherUsers() throws Exception {
        Rig rig = new Rig(options);
        for (int i = 0; i < 20; i++) {
            guess(rig, "guest", "guess " + i);
        }

        assertThat(rig.connect().logIn("other", "guest", "/").methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        assertThat(rig.connectFrom(address(7)).logIn("guest", "guest", "/").methods(0))
                .endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void whoTriesManyUsersIsStoppedAsWell() throws Exception {
        Rig rig = new Rig(options);
        for (int i = 0; i < 500; i++) {
            guess(rig, "user " + i, "password");
        }

        assertThat(rig.broker.logins).isEqualTo(MOST * LoginGuard.USERS_PER_ADDRESS);
        assertThat(rig.connectFrom(address(8)).logIn("user 499", "guest", "/").methods(0))
                .endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void failuresOfAnAddressCountWhicheverLoopTheyWereOn() {
        options.guard = new LoginGuard(MOST);
        Rig one = new Rig(options);
        Rig other = new Rig(options);
        for (int i = 0; i < 500; i++) {
            guess(i % 2 == 0 ? one : other, "user " + i, "password");
        }

        assertThat(one.broker.logins + other.broker.logins).isEqualTo(MOST * LoginGuard.USERS_PER_ADDRESS);
    }

    @Test
    void logInsUnderWayCountWhicheverLoopTheyAreOnAndOthersWaitForTheirEnd() throws Exception {
        options.guard = new LoginGuard(MOST);
        Rig one = new Rig(options);
        Rig other = new Rig(options);
        one.reachable = false;
        for (int i = 0; i < LoginGuard.MAX_UNDER_WAY; i++) {
            begin(one, "user " + i, i);
        }
        TestClient late = begin(other, "late", 100);
        other.run();
        assertThat(other.broker.logins).isZero();
        assertThat(reached).containsExactly("loginsUnderWay: client 1 at 10.0.0.100:40000, user late waits to log in");

        one.setUpConnections();
        other.pass(Duration.ofMillis(1));
        assertThat(other.broker.logins).isEqualTo(1);
        assertThat(late.methods(0)).endsWith(Method.CONNECTION_TUNE);
    }

    /** A client whose log-in has reached the proxy, and nothing more. */
    private static TestClient begin(Rig rig, String user, int address) throws UnknownHostException {
        TestClient client = rig.connectFrom(address(address));
        client.write(Frames.HEADER).write(TestClient.startOk(user, "guest", true));
        client.link().moveToSession(Integer.MAX_VALUE);
        rig.endTurn();
        return client;
    }

    @Test
    void theFirstWithARightPasswordWaitsForTheEndOfABlock() {
        Rig rig = new Rig(options);
        for (int i = 0; i < MOST; i++) {
            guess(rig, "guest", "guess " + i);
        }

        assertThat(rig.open().closeHeard(0).code()).isEqualTo(403);
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.open().methods(0)).endsWith(Method.CONNECTION_OPEN_OK);

        for (int i = 0; i < MOST - 1; i++) {
            guess(rig, "guest", "guess " + i);
        }
        assertThat(blocks).as("a success makes up for all failures before it").hasSize(1);
    }

    @Test
    void aPasswordThatTheBrokerNoLongerAcceptsIsAGuess() {
        options.credentialTtl = Duration.ofMinutes(1);
        Rig rig = new Rig(options);
        rig.open().close();
        rig.pass(Duration.ofMinutes(3));
        rig.broker.password = "changed";
        int logins = rig.broker.logins;
        for (int i = 0; i < 20; i++) {
            rig.open();
        }
        assertThat(rig.broker.logins - logins).isEqualTo(MOST);
    }

    @Test
    void oldPasswordsThatAreTriedAgainAndAgainHoldUpNobodyWhoHasTheNewOne() {
        Rig rig = new Rig(options);
        rig.broker.password = "new";
        for (int second = 0; second < 20; second++) {
            for (int old = 0; old < MOST - 1; old++) {
                assertThat(guess(rig, "guest", "old " + old).closeHeard(0).code())
                        .isEqualTo(403);
            }
            rig.pass(Duration.ofSeconds(1));
        }

        assertThat(rig.connect().logIn("guest", "new", "/").methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        assertThat(rig.broker.logins).as("each is asked about ever more seldom").isBetween(20, 40);
    }

    @Test
    void anUntriedPasswordIsLetThroughAfterABlockHoweverOftenOldOnesAreTriedMeanwhile() {
        Rig rig = new Rig(options);
        rig.broker.password = "new";
        for (int round = 0; round < 600; round++) {
            for (int old = 0; old < 2 * MOST; old++) {
                guess(rig, "guest", "old " + old);
            }
            rig.pass(Duration.ofMillis(100));
        }

        assertThat(rig.connect().logIn("guest", "new", "/").methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void whoIsRefusedUnaskedIsToldByWhomAndForHowLong() {
        Rig rig = new Rig(options);
        for (int i = 0; i < MOST; i++) {
            guess(rig, "guest", "guess " + i);
        }
        assertThat(unasked).isEmpty();

        assertThat(guess(rig, "guest", "one more").closeHeard(0).text()).contains("by the proxy, for 1 s");
        assertThat(unasked).containsExactly(Duration.ofSeconds(1));
    }

    @Test
    void aWrongPasswordThatBecomesRightIsAskedAboutSoon() {
        Rig rig = new Rig(options);
        rig.broker.password = "later";
        for (int i = 0; i < 100; i++) {
            rig.open();
            rig.pass(Duration.ofSeconds(1));
        }
        rig.broker.password = "guest";
        rig.pass(Duration.ofNanos(LoginGuard.LONGEST_BLOCK));
        assertThat(rig.open().methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void tablesAreBoundedInNumberAndTimeAndKeepNoNames() {
        LoginGuard guard = new LoginGuard(MOST);
        for (int i = 0; i < 2 * LoginGuard.CAPACITY; i++) {
            String name = "x".repeat(7_900) + i;
            Credentials credentials = new Credentials("PLAIN", name, new byte[0]);
            guard.onRefused(LoginGuard.Login.of(new AddressKey(4, i), credentials), 0);
            guard.remember(credentials, 0);
        }
        assertThat(guard.size()).isEqualTo(4 * LoginGuard.CAPACITY);

        long later = Duration.ofDays(1).toNanos();
        Credentials last = new Credentials("PLAIN", "last", new byte[0]);
        guard.onRefused(LoginGuard.Login.of(new AddressKey(4, 0), last), later);
        guard.remember(last, later);
        assertThat(guard.size()).isEqualTo(4);
    }

    @Test
    void withoutTheLimitTheBrokerIsAskedEachTime() {
        options.limits.failedLogins(0);
        Rig rig = new Rig(options);
        for (int i = 0; i < 20; i++) {
            guess(rig, "guest", "guess " + i);
        }
        assertThat(rig.broker.logins).isEqualTo(20);
    }

    private static TestClient guess(Rig rig, String user, String password) {
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk(user, password, true));
        rig.run();
        client.write(Frames.method(0, Method.CONNECTION_CLOSE_OK));
        rig.run();
        return client;
    }

    private static InetAddress address(int last) throws UnknownHostException {
        return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
    }
}
