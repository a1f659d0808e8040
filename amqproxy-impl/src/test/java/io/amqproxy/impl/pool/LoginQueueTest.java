package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.Amqp091;
import io.amqproxy.impl.amqp10.Amqp10;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.LoginQueue.Waiter;
import io.amqproxy.impl.pool.spi.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who waits to log in gets its turn once for whatever has changed, in the order in which they came. */
class LoginQueueTest {

    private static final int AT_ONCE = 64;
    private static final Protocol USABLE = new Amqp091();
    private static final Protocol UNUSABLE = new Amqp10();

    private final LoopContext loop =
            new LoopContext(new Settings.Draft(new MultiplexedPolicy()).build(1), new ProxyListener() {});
    private final LoginGuard guard = new LoginGuard(5);
    private final List<Runnable> commands = new ArrayList<>();
    private final LoginQueue queue = new LoginQueue(loop, guard, commands::add, protocol -> protocol == USABLE);
    private final List<String> turns = new ArrayList<>();

    /** One that queues up again if it cannot log in. */
    private final class Account implements Waiter {
        private final String name;
        private final Protocol protocol;
        private final boolean mayLogIn;

        private Account(String name, Protocol protocol, boolean mayLogIn) {
            this.name = name;
            this.protocol = protocol;
            this.mayLogIn = mayLogIn;
            queue.add(this);
        }

        @Override
        public Protocol protocol() {
            return protocol;
        }

        @Override
        public void onTurn() {
            turns.add(name);
            queue.remove(this);
            if (!mayLogIn) {
                queue.add(this);
            }
        }
    }

    private void fire() {
        loop.timers.fire(loop.now);
    }

    private void passes(Duration time) {
        loop.now += time.toNanos();
        fire();
    }

    @Test
    void allGetTheirTurnInTheirOrder() {
        new Account("a", USABLE, true);
        new Account("b", USABLE, true);
        queue.wake();
        fire();
        assertThat(turns).containsExactly("a", "b");
        assertThat(queue.size()).isZero();
    }

    @Test
    void whoHasToGoOnWaitingIsTriedOnceAndIsBehindTheOthersThen() {
        new Account("again", USABLE, false);
        new Account("b", USABLE, true);
        queue.wake();
        fire();
        passes(Duration.ofMinutes(1));
        assertThat(turns).containsExactly("again", "b");
        queue.wake();
        fire();
        assertThat(turns).containsExactly("again", "b", "again");
    }

    @Test
    void manyAreTriedInPortionsSoThatTheLoopGoesOn() {
        IntStream.range(0, AT_ONCE + 1).forEach(i -> new Account("a" + i, USABLE, false));
        queue.wake();
        fire();
        assertThat(turns).hasSize(AT_ONCE);
        passes(Duration.ofMillis(4));
        assertThat(turns).hasSize(AT_ONCE);
        passes(Duration.ofMillis(1));
        assertThat(turns).hasSize(AT_ONCE + 1).doesNotHaveDuplicates();
        passes(Duration.ofMinutes(1));
        assertThat(turns).hasSize(AT_ONCE + 1);
    }

    @Test
    void whoseProtocolCannotBeSpokenNowIsNotTriedAndHoldsUpNobody() {
        IntStream.range(0, 2 * AT_ONCE).forEach(i -> new Account("u" + i, UNUSABLE, true));
        new Account("a", USABLE, true);
        queue.wake();
        fire();
        assertThat(turns).containsExactly("a");
        assertThat(queue.size()).isEqualTo(2 * AT_ONCE);
    }

    @Test
    void nobodyIsTriedWhileAsManyLogInAsMay() {
        List<LoginGuard.Attempt> underWay = new ArrayList<>();
        for (LoginGuard.Attempt one = queue.begin(null); one != null; one = queue.begin(null)) {
            underWay.add(one);
        }
        new Account("a", USABLE, true);
        queue.wake();
        fire();
        assertThat(turns).isEmpty();

        underWay.get(0).end();
        assertThat(commands).hasSize(1);
        commands.get(0).run();
        assertThat(turns).as("in the midst of the end of the other one").isEmpty();
        fire();
        assertThat(turns).containsExactly("a");
    }

    @Test
    void whoeverFailsTheOthersGetTheirTurn() {
        queue.add(new Waiter() {
            @Override
            public Protocol protocol() {
                return USABLE;
            }

            @Override
            public void onTurn() {
                queue.remove(this);
                throw new IllegalStateException("on purpose");
            }
        });
        new Account("b", USABLE, true);
        queue.wake();
        fire();
        passes(Duration.ofMillis(999));
        assertThat(turns).isEmpty();
        passes(Duration.ofMillis(1));
        assertThat(turns).containsExactly("b");
    }
}
