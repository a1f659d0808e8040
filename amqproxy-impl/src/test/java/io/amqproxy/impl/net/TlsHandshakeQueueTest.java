package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.tls.HelloRetry;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

/** Which client's handshake goes on next, where there are more than the threads can do. */
class TlsHandshakeQueueTest {

    private static final AddressKey FLOOD = new AddressKey(4, 1);
    private static final AddressKey GOOD = new AddressKey(4, 2);

    private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
    private final TlsHandshakeQueue queue = new TlsHandshakeQueue(threads::add, 2, 100);
    private final List<String> done = new ArrayList<>();
    private final List<String> dropped = new ArrayList<>();
    private final ByteBuffer hello = firstMessage();

    private static SSLEngine engine(boolean isClient) {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(isClient);
            return engine;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ByteBuffer firstMessage() {
        try {
            return ByteBuffer.wrap(new TlsEnds.End(engine(true)).output());
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    private TlsTaskExecutor handshake() {
        return queue.of(FLOOD, HelloRetry.on(engine(false)));
    }

    private List<TlsTaskExecutor> crowd() {
        List<TlsTaskExecutor> crowd = new ArrayList<>();
        for (int i = 0; i < TlsHandshakeQueue.CROWD; i++) {
            TlsTaskExecutor silent = handshake();
            execute(silent, "silent " + i);
            crowd.add(silent);
        }
        return crowd;
    }

    private Runnable add(AddressKey from, String name) {
        return execute(queue.of(from, null), name);
    }

    private Runnable execute(TlsTaskExecutor handshake, String name) {
        return handshake.execute(hello.duplicate(), () -> done.add(name), () -> dropped.add(name));
    }

    private void work() {
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
    }

    @Test
    void aWorkerGoesOnWhereNobodyCanBeToldOfAFailure() {
        for (int i = 0; i < 3; i++) {
            queue.of(FLOOD, null)
                    .execute(
                            hello.duplicate(),
                            () -> {
                                throw new IllegalStateException() {
                                    private static final long serialVersionUID = 1;

                                    @Override
                                    public String getMessage() {
                                        throw new OutOfMemoryError("on purpose");
                                    }
                                };
                            },
                            () -> dropped.add("failing"));
        }
        add(GOOD, "good");
        assertThat(threads).hasSize(2);
        work();
        assertThat(done).containsExactly("good");
        assertThat(queue.size()).isZero();
    }

    @Test
    void aThreadThatCannotBeStartedIsTriedForAgain() {
        AtomicInteger lacks = new AtomicInteger(1);
        TlsHandshakeQueue one = new TlsHandshakeQueue(
                task -> {
                    if (lacks.getAndDecrement() > 0) {
                        throw new OutOfMemoryError("unable to create native thread, on purpose");
                    }
                    threads.add(task);
                },
                1,
                100);
        TlsTaskExecutor handshake = one.of(GOOD, null);
        assertThatThrownBy(() -> execute(handshake, "first")).isInstanceOf(OutOfMemoryError.class);
        execute(one.of(GOOD, null), "second");
        work();
        assertThat(done).containsExactly("second", "first");
    }

    @Test
    void addressesTakeTurns() {
        for (int i = 0; i < 50; i++) {
            add(FLOOD, "flood " + i);
        }
        add(GOOD, "good");
        assertThat(threads).as("two threads").hasSize(2);
        work();

        assertThat(done).hasSize(51);
        assertThat(done.indexOf("good")).isLessThan(2);
    }

    @Test
    void ofOneAddressTheNewestGoesFirst() {
        add(FLOOD, "first");
        add(FLOOD, "second");
        add(FLOOD, "third");
        work();

        assertThat(done).containsExactly("third", "second", "first");
    }

    @Test
    void whatIsWithdrawnIsNotDone() {
        add(FLOOD, "stays");
        Runnable withdrawn = add(FLOOD, "goes");
        withdrawn.run();
        withdrawn.run();
        work();

        assertThat(done).containsExactly("stays");
        assertThat(dropped).isEmpty();
        assertThat(queue.size()).isZero();
    }

    @Test
    void whereTooManyWaitTheOldestOfTheAddressWithTheMostGivesWay() {
        add(GOOD, "good");
        for (int i = 0; i < 102; i++) {
            add(FLOOD, "flood " + i);
        }
        assertThat(dropped).containsExactly("flood 0", "flood 1", "flood 2");
        assertThat(queue.size()).isEqualTo(100);
        work();
        assertThat(done).hasSize(100).contains("good");
    }

    @Test
    void aTaskThatFailsCostsNoThread() {
        queue.of(FLOOD, null)
                .execute(
                        hello.duplicate(),
                        () -> {
                            throw new OutOfMemoryError("on purpose");
                        },
                        () -> {});
        work();
        add(GOOD, "next");
        work();
        assertThat(done).containsExactly("next");
    }

    @Test
    void inACrowdWhoOnlySaysHelloIsAskedAgainAndServedBeforeWhoCannotBe() {
        crowd();
        execute(handshake(), "asked again");
        add(FLOOD, "cannot be asked");
        work();
        assertThat(done.get(0)).isEqualTo("asked again");
        assertThat(done.get(1)).isEqualTo("cannot be asked");
    }

    @Test
    void whoGoesOnIsServedFirst() {
        TlsTaskExecutor good = handshake();
        execute(good, "first message");
        work();
        crowd();
        execute(good, "second message");
        execute(handshake(), "asked again");
        work();
        assertThat(done.subList(0, 3)).containsExactly("first message", "second message", "asked again");
    }

    @Test
    void handshakesThatAreOverAreNoCrowd() {
        List<TlsTaskExecutor> crowd = crowd();
        assertThat(queue.underWay()).isEqualTo(TlsHandshakeQueue.CROWD);
        crowd.forEach(TlsTaskExecutor::over);
        crowd.forEach(TlsTaskExecutor::over);
        handshake().over();
        assertThat(queue.underWay()).isZero();
        execute(handshake(), "not asked");
        add(FLOOD, "newest");
        work();
        assertThat(done).startsWith("newest", "not asked");
    }

    @Test
    void whereTooManyWaitThoseGiveWayFirstWhoHaveShownLeast() {
        TlsTaskExecutor good = handshake();
        execute(good, "first message");
        work();
        execute(good, "second message");
        for (int i = 0; i < 200; i++) {
            add(FLOOD, "flood " + i);
        }
        assertThat(dropped).hasSize(101).contains("flood 0", "flood 100");
        work();
        assertThat(done).contains("second message");
    }
}
