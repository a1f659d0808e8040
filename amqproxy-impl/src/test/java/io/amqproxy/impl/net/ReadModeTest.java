package io.amqproxy.impl.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.impl.core.Timers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is read by the clock, and who is not. Time is simulated, in microseconds. */
class ReadModeTest {

    private static final int PIECE = 190;
    private static final int SECOND = 1_000_000;

    private final Timers timers = new Timers();
    private long now = Long.MAX_VALUE - 1_000_000; // The clock may overflow.
    private final PolledConnections polling = new PolledConnections(timers, new RateLimitedLog(() -> 0), now);
    private final List<Peer> peers = new ArrayList<>();

    /** Sends pieces at a rate, or each one when the last one was read. */
    private final class Peer {
        final ReadMode mode = new ReadMode(polling, this::read);
        final int every;
        final int piece;
        int waiting;
        int reads;
        int late;
        long octets;
        boolean closed;
        Runnable onRead = () -> {};

        Peer(int every, int piece) {
            this.every = every;
            this.piece = piece;
            peers.add(this);
        }

        void send() {
            waiting += piece;
            if (!mode.isPolled()) {
                read();
            }
        }

        void read() {
            reads++;
            int count = waiting;
            octets += count;
            waiting = 0;
            mode.onRead(count, now);
            onRead.run();
        }

        void close() {
            closed = true;
            mode.stop();
        }
    }

    private void run(int micros) {
        for (int i = 0; i < micros; i++) {
            now += TimeUnit.MICROSECONDS.toNanos(1);
            for (Peer peer : peers) {
                if (!peer.closed && peer.every > 0 && i % peer.every == 0) {
                    peer.send();
                }
            }
            timers.fire(now);
        }
    }

    private Peer stream(int perSecond) {
        return new Peer(SECOND / perSecond, PIECE);
    }

    @Test
    void aStreamOfSmallPiecesIsReadByTheClock() {
        Peer peer = stream(50_000);
        run(SECOND);
        assertThat(peer.mode.isPolled()).isTrue();
        assertThat(peer.octets + peer.waiting).isEqualTo(50_000L * PIECE);
        assertThat(peer.waiting).isLessThanOrEqualTo(51 * PIECE);
        assertThat(peer.reads).isBetween(1000, 1500);
    }

    @Test
    void manyStreamsTogetherAreReadInTheSameTurn() {
        for (int i = 0; i < 10; i++) {
            stream(10_000);
        }
        run(SECOND);
        assertThat(peers).allMatch(peer -> peer.mode.isPolled()).allMatch(peer -> peer.reads < 1500);
    }

    @Test
    void aLoopWithLittleToReadDoesNotKeepAnyoneWaiting() {
        Peer peer = stream(8_000);
        run(SECOND);
        assertThat(peer.reads).isEqualTo(8_000);
    }

    @Test
    void pollingEndsWhenThereIsLittleToReadAnyMore() {
        Peer slow = stream(5_000);
        Peer fast = stream(50_000);
        run(SECOND);
        assertThat(slow.mode.isPolled()).isTrue();
        fast.close();
        run(SECOND);
        assertThat(slow.mode.isPolled()).isFalse();
    }

    @Test
    void slowPeersBesideABusyOneAreReadAtOnce() {
        stream(50_000);
        Peer slow = stream(1_000);
        run(SECOND);
        assertThat(slow.reads).isEqualTo(1_000);
    }

    @Test
    void aPeerThatIsAnsweredIsReadAtOnce() {
        Peer peer = stream(50_000);
        peer.onRead = peer.mode::onSent;
        run(SECOND);
        assertThat(peer.reads).isEqualTo(50_000);
    }

    @Test
    void anAnswerEndsThePolling() {
        Peer peer = stream(50_000);
        run(SECOND / 10);
        assertThat(peer.mode.isPolled()).isTrue();
        assertThat(peer.mode.onSent()).isTrue();
        assertThat(peer.mode.isPolled()).isFalse();
        assertThat(peer.mode.onSent()).isFalse();
        assertThat(timers.untilNext(now)).isEqualTo(-1);
    }

    /** What it waits for comes on another connection, so that it cannot be seen here. */
    @Test
    void aPeerThatWaitsForEachPieceIsSeldomHeldUp() {
        stream(50_000);
        Peer peer = new Peer(0, PIECE);
        for (int i = 0; i < 5 * SECOND / 50; i++) {
            peer.send();
            run(50);
            while (peer.waiting > 0) {
                peer.late++;
                run(50);
            }
        }
        assertThat(peer.reads).isGreaterThan(70_000);
        assertThat(peer.late).isBetween(1, 400);
    }

    @ParameterizedTest
    @ValueSource(ints = {SmallReadDetector.SMALL, 20_000})
    void largePiecesAreReadAtOnce(int octets) {
        Peer peer = new Peer(20, octets);
        run(SECOND);
        assertThat(peer.reads).isEqualTo(50_000);
    }

    @Test
    void aPollThatMayHaveFilledTheWindowEndsThePolling() {
        Peer peer = stream(50_000);
        run(SECOND / 10);
        peer.waiting = SmallReadDetector.FULL;
        int reads = peer.reads;
        while (peer.reads == reads) {
            run(1);
        }
        assertThat(peer.mode.isPolled()).isFalse();
        run(1000);
        assertThat(peer.mode.isPolled()).isTrue();
    }

    @Test
    void onePolledConnectionMayEndAnother() {
        Peer first = stream(50_000);
        Peer second = stream(50_000);
        run(SECOND / 10);
        assertThat(second.mode.isPolled()).isTrue();
        int reads = second.reads;
        first.onRead = second::close;
        run(5000);
        assertThat(second.reads).isBetween(reads, reads + 1);
        assertThat(first.mode.isPolled()).isTrue();
        first.close();
        assertThat(timers.untilNext(now)).isEqualTo(-1);
    }

    @Test
    void aConnectionThatMovesIsPolledByItsNewLoop() {
        Peer peer = stream(50_000);
        run(SECOND / 10);
        Timers otherTimers = new Timers();
        PolledConnections other = new PolledConnections(otherTimers, new RateLimitedLog(() -> 0), now);
        peer.mode.moveTo(other);
        assertThat(peer.mode.isPolled()).isFalse();
        assertThat(timers.untilNext(now)).isEqualTo(-1);
        run(SECOND / 10);
        assertThat(peer.mode.isPolled()).isTrue();
        assertThat(timers.untilNext(now)).isEqualTo(-1);
        assertThat(otherTimers.untilNext(now)).isNotNegative();
    }

    @Test
    void theEndOfAStreamEndsThePolling() {
        Peer peer = stream(50_000);
        run(SECOND / 10);
        peer.closed = true; // It sends no more.
        run(2000);
        assertThat(peer.mode.isPolled()).isFalse();
        assertThat(timers.untilNext(now)).isEqualTo(-1);
    }
}
