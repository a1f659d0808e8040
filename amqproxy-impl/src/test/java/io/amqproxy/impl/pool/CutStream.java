package io.amqproxy.impl.pool;

import io.amqproxy.testkit.FuzzInput;
import java.time.Duration;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Octets of a peer that arrive in pieces. The first octets of a fuzzer's input say where it is cut and what happens
 * there, the others are the stream, so that what a fuzzer changes in the one leaves the other as it is:
 *
 * <pre>
 *   number of cuts (1), for each: place in the stream (2), what happens (1) | stream
 * </pre>
 */
final class CutStream {

    private static final int MOST_CUTS = 16;

    private final TreeMap<Integer, Integer> cuts = new TreeMap<>();
    private final byte[] stream;

    CutStream(FuzzInput input) {
        int count = input.below(MOST_CUTS);
        for (int i = 0; i < count; i++) {
            int at = input.shortInt();
            cuts.put(at, input.octet());
        }
        stream = input.rest();
    }

    /** Sends it all; between two pieces this happens. */
    void send(Consumer<byte[]> peer, Neighbourhood neighbourhood) {
        int from = 0;
        for (var cut : cuts.headMap(stream.length).entrySet()) {
            peer.accept(Arrays.copyOfRange(stream, from, cut.getKey()));
            from = cut.getKey();
            pause(neighbourhood, cut.getValue());
        }
        peer.accept(Arrays.copyOfRange(stream, from, stream.length));
        neighbourhood.rig.run();
    }

    private static void pause(Neighbourhood neighbourhood, int what) {
        switch (what % 4) {
            case 0 -> neighbourhood.arrive();
            case 1 -> neighbourhood.rig.run();
            case 2 -> neighbourhood.rig.pass(Duration.ofSeconds(what / 4));
            default -> neighbourhood.beat();
        }
        neighbourhood.check();
    }
}
