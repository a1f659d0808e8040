package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.limit.AddressKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoginGuardTest {

    private static final int MOST = 3;
    private static final long NOW = 1_000;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final AddressKey HERE = new AddressKey(4, 1);
    private static final AddressKey ELSEWHERE = new AddressKey(4, 2);

    private final LoginGuard guard = new LoginGuard(MOST);
    private int secrets;
    private int wakes;

    private static Credentials credentials(String user, String secret) {
        return new Credentials("PLAIN", user, secret.getBytes(StandardCharsets.UTF_8));
    }

    private static LoginGuard.Login login(AddressKey address, String user, String secret) {
        return LoginGuard.Login.of(address, credentials(user, secret));
    }

    /** With a secret that was not tried before. */
    private LoginGuard.Login guess(AddressKey address, String user) {
        return login(address, user, "secret " + secrets++);
    }

    private long refuse(LoginGuard.Login login, long now) {
        return guard.onRefused(login, now);
    }

    private void refuseGuesses(int count, long now) {
        for (int i = 0; i < count; i++) {
            refuse(guess(HERE, "user"), now);
        }
    }

    private LoginGuard.Attempt begin(LoginGuard.Login login) {
        return Objects.requireNonNull(guard.begin(login, NOW, () -> wakes++));
    }

    private boolean mayBegin(LoginGuard.Login login) {
        return guard.begin(login, NOW, () -> wakes++) != null;
    }

    @Test
    void afterSoManyGuessesEachFurtherOneCostsTwiceTheTimeUpToABound() {
        assertThat(refuse(guess(HERE, "user"), NOW)).isZero();
        assertThat(refuse(guess(HERE, "user"), NOW)).isZero();
        assertThat(guard.blockedFor(guess(HERE, "user"), NOW)).isZero();

        for (long seconds : new long[] {1, 2, 4, 8, 10, 10}) {
            assertThat(refuse(guess(HERE, "user"), NOW)).isEqualTo(seconds * SECOND);
            assertThat(guard.blockedFor(guess(HERE, "user"), NOW)).isEqualTo(seconds * SECOND);
            assertThat(guard.blockedFor(guess(HERE, "user"), NOW + seconds * SECOND - 1))
                    .isOne();
            assertThat(guard.blockedFor(guess(HERE, "user"), NOW + seconds * SECOND))
                    .isZero();
        }
    }

    @Test
    void otherUsersAndOtherAddressesAreNotBlocked() {
        refuseGuesses(MOST, NOW);

        assertThat(guard.blockedFor(guess(HERE, "other"), NOW)).isZero();
        assertThat(guard.blockedFor(guess(ELSEWHERE, "user"), NOW)).isZero();
    }

    @Test
    void anAddressIsBlockedAfterTenTimesAsManyWhicheverUsersItTries() {
        int most = MOST * LoginGuard.USERS_PER_ADDRESS;
        for (int i = 1; i < most; i++) {
            assertThat(refuse(guess(HERE, "user " + i), NOW)).isZero();
        }
        assertThat(guard.blockedFor(guess(HERE, "other"), NOW)).isZero();
        assertThat(refuse(guess(HERE, "user"), NOW)).isEqualTo(SECOND);

        assertThat(guard.blockedFor(guess(HERE, "other"), NOW)).isEqualTo(SECOND);
        assertThat(guard.blockedFor(guess(ELSEWHERE, "other"), NOW)).isZero();
    }

    @Test
    void aSecretThatWasWrongBeforeIsNoGuessAndHoldsUpOnlyWhoBringsIt() {
        LoginGuard.Login old = login(HERE, "user", "old");
        for (int i = 1; i < MOST; i++) {
            assertThat(refuse(old, NOW)).isZero();
        }
        assertThat(refuse(old, NOW)).isEqualTo(SECOND);

        assertThat(guard.blockedFor(old, NOW)).isEqualTo(SECOND);
        assertThat(guard.blockedFor(guess(HERE, "user"), NOW)).isZero();
        refuseGuesses(MOST - 2, NOW);
        assertThat(guard.blockedFor(guess(HERE, "user"), NOW)).isZero();
        refuseGuesses(1, NOW);
        assertThat(guard.blockedFor(guess(HERE, "user"), NOW)).isEqualTo(SECOND);
    }

    @Test
    void whoProvesThePasswordOrWaitsLongBeginsAnew() {
        refuseGuesses(MOST - 1, NOW);
        guard.onProved(login(HERE, "user", "right"));
        refuseGuesses(MOST - 1, NOW);
        assertThat(guard.blockedFor(guess(HERE, "user"), NOW)).isZero();

        long later = NOW + LoginGuard.FORGIVEN_AFTER;
        refuseGuesses(MOST - 1, later);
        assertThat(guard.blockedFor(guess(HERE, "user"), later)).isZero();
        refuseGuesses(1, later);
        assertThat(guard.blockedFor(guess(HERE, "user"), later)).isEqualTo(SECOND);
    }

    @Test
    void credentialsThatTheBrokerHasAcceptedAreNeverHeldUpUntilItRefusesThem() {
        Credentials right = credentials("user", "right");
        guard.remember(right, NOW);
        refuseGuesses(MOST, NOW);

        assertThat(guard.blockedFor(login(HERE, "user", "right"), NOW)).isZero();
        guard.forget(right);
        assertThat(guard.blockedFor(login(HERE, "user", "right"), NOW)).isEqualTo(SECOND);
    }

    @Test
    void noMoreGuessesAreUnderWayThanCouldFail() {
        List<LoginGuard.Attempt> all = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            all.add(begin(guess(HERE, "user")));
        }
        assertThat(mayBegin(guess(HERE, "user"))).isFalse();
        assertThat(mayBegin(guess(HERE, "other"))).isTrue();
        assertThat(mayBegin(guess(ELSEWHERE, "user"))).isTrue();
        assertThat(wakes).isZero();

        all.get(0).end();
        assertThat(wakes).isOne();
        assertThat(mayBegin(guess(HERE, "user"))).isTrue();
        assertThat(mayBegin(guess(HERE, "user"))).isFalse();
    }

    @Test
    void whoHasFailedMayHaveTheRestUnderWayAndOneInAnyCase() {
        refuseGuesses(1, NOW);
        begin(guess(HERE, "user"));
        begin(guess(HERE, "user")).end();
        refuseGuesses(1, NOW);
        assertThat(mayBegin(guess(HERE, "user"))).isFalse();

        refuseGuesses(9, NOW);
        assertThat(mayBegin(guess(HERE, "user"))).isFalse();
        for (String user : new String[] {"proved", "user"}) {
            guard.remember(credentials(user, "right"), NOW);
            assertThat(mayBegin(login(HERE, user, "right"))).isTrue();
        }
        LoginGuard.Login old = login(ELSEWHERE, "user", "old");
        for (int i = 0; i < 2 * MOST; i++) {
            refuse(old, NOW);
            assertThat(mayBegin(old)).isTrue();
        }
        assertThat(mayBegin(guess(ELSEWHERE, "user"))).isTrue();
    }

    @Test
    void anAddressMayHaveTenTimesAsManyUnderWay() {
        for (int i = 0; i < MOST * LoginGuard.USERS_PER_ADDRESS; i++) {
            begin(guess(HERE, "user " + i));
        }

        assertThat(mayBegin(guess(HERE, "other"))).isFalse();
        assertThat(mayBegin(guess(ELSEWHERE, "other"))).isTrue();
    }

    @Test
    void anAddressThatHasFailedMayHaveTheRestUnderWay() {
        for (int i = 2; i < MOST * LoginGuard.USERS_PER_ADDRESS; i++) {
            refuse(guess(HERE, "user " + i), NOW);
        }
        begin(guess(HERE, "one"));
        begin(guess(HERE, "another"));

        assertThat(mayBegin(guess(HERE, "third"))).isFalse();
    }

    @Test
    void aRefusalIsKeptOfItsSecretOriginAndAddressAndAProofOfItsCredentials() {
        refuse(guess(HERE, "user"), NOW);
        assertThat(guard.size()).isEqualTo(3);
        refuse(guess(HERE, "user"), NOW);
        assertThat(guard.size()).isEqualTo(4);
        guard.remember(credentials("user", "right"), NOW);
        assertThat(guard.size()).isEqualTo(5);
        guard.onProved(login(HERE, "user", "right"));
        assertThat(guard.size()).isEqualTo(4);
    }

    @Test
    void soManyAreUnderWayInAllWhoeverTheyAre() {
        List<LoginGuard.Attempt> all = new ArrayList<>();
        for (int i = 0; i < LoginGuard.MAX_UNDER_WAY; i++) {
            assertThat(guard.isFull()).isFalse();
            all.add(begin(guess(new AddressKey(4, i), "user")));
        }
        assertThat(guard.isFull()).isTrue();
        assertThat(guard.begin(null, NOW, () -> wakes++)).isNull();

        all.forEach(LoginGuard.Attempt::end);
        assertThat(guard.isFull()).isFalse();
        assertThat(wakes).isOne();
    }

    @Test
    void whereItIsOffAllPassAndNothingIsKept() {
        LoginGuard off = new LoginGuard(0);
        for (int i = 0; i < 100; i++) {
            assertThat(off.onRefused(guess(HERE, "user"), NOW)).isZero();
            assertThat(off.blockedFor(guess(HERE, "user"), NOW)).isZero();
        }
        off.remember(credentials("user", "right"), NOW);

        assertThat(off.size()).isZero();
        for (int i = 0; i < LoginGuard.MAX_UNDER_WAY; i++) {
            assertThat(off.begin(guess(HERE, "user"), NOW, () -> {})).isNotNull();
        }
        assertThat(off.begin(guess(HERE, "user"), NOW, () -> {})).isNull();
    }

    @Test
    void aLargeNumberIsNoSmallOneForAnAddress() {
        guard.most(Integer.MAX_VALUE / LoginGuard.USERS_PER_ADDRESS + 1);
        for (int i = 0; i < 10; i++) {
            assertThat(refuse(guess(HERE, "user"), NOW)).isZero();
        }
        assertThat(guard.blockedFor(guess(HERE, "user"), NOW)).isZero();
        assertThat(mayBegin(guess(HERE, "user"))).isTrue();
        assertThat(mayBegin(guess(HERE, "user"))).isTrue();
    }
}
