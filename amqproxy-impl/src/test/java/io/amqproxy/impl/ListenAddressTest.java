package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.CidrSet;
import io.amqproxy.SetupException;
import io.amqproxy.impl.net.ReservedPort;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The name of a host to listen on is looked up by a thread for that, and not for long. */
class ListenAddressTest {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    private final ListenAddress address = new ListenAddress("localhost", 0, null, null, CidrSet.none(), null);

    @Test
    void aResolverThatDoesNotAnswerEndsTheStartInTime() {
        List<Runnable> never = new ArrayList<>();

        assertThatThrownBy(() -> address.take(never::add, 1))
                .isInstanceOfSatisfying(
                        SetupException.class,
                        failure -> assertThat(failure.kind()).isEqualTo(SetupException.Kind.ADDRESS))
                .hasMessageContaining("could not be looked up in time");
        assertThat(never).hasSize(1);
    }

    @Test
    void whoStartsAProxyAsksNoResolverItself() throws Exception {
        List<Thread> asking = new ArrayList<>();
        ExecutorService resolver = Executors.newSingleThreadExecutor();
        try {
            ReservedPort taken = address.take(
                    look -> resolver.execute(() -> {
                        asking.add(Thread.currentThread());
                        look.run();
                    }),
                    PATIENCE);
            assertThat(taken.address().getAddress().isLoopbackAddress()).isTrue();
            taken.close();
        } finally {
            resolver.shutdown();
        }
        assertThat(resolver.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(asking).hasSize(1).doesNotContain(Thread.currentThread());
    }

    @Test
    void aNameThatThereIsNotIsSaid() {
        ListenAddress nowhere = new ListenAddress("nowhere.invalid", 0, null, null, CidrSet.none(), null);

        assertThatThrownBy(() -> nowhere.take(Runnable::run, PATIENCE)).hasMessageContaining("unknown host");
    }
}
