package io.amqproxy.impl.pool;

import io.amqproxy.testkit.FuzzInput;
import java.time.Duration;
import java.util.function.Consumer;

/** Octets of a peer of AMQP 1.0 that arrive in pieces: each has a length, what happens behind it, and its octets. */
final class Pieces10 {

    private Pieces10() {}

    /** Sends them all; {@code beat} is what others do meanwhile. */
    static void send(FuzzInput input, Consumer<byte[]> peer, Rig rig, Runnable beat) {
        while (!input.isEmpty()) {
            int length = input.octet();
            int then = input.octet();
            peer.accept(input.octets(length));
            switch (then % 4) {
                case 0 -> {}
                case 1 -> rig.run();
                case 2 -> rig.pass(Duration.ofSeconds(then / 4));
                default -> beat.run();
            }
        }
    }

    /** Such pieces, behind each of which all arrives. */
    static byte[] of(int mode, byte[]... pieces) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        out.write(mode);
        for (byte[] piece : pieces) {
            for (int at = 0; at < piece.length; at += 255) {
                int length = Math.min(255, piece.length - at);
                out.write(length);
                out.write(at + length == piece.length ? 1 : 0);
                out.write(piece, at, length);
            }
        }
        return out.toByteArray();
    }
}
