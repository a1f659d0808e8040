package io.amqproxy.impl.pool;

import io.amqproxy.testkit.FuzzInput;

/**
 * Any octets from a client with an open connection and channels that are of use, beside neighbours: see
 * {@link Neighbourhood} and {@link CutStream}. {@link ClientFuzz} goes deeper where frames are well formed.
 */
public final class FramesFuzz {

    private static final int FRAME_MAX = 4096;

    private FramesFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput input = new FuzzInput(data);
        int mode = input.octet();
        int connections = (mode & 2) == 0 ? 1 : (mode & 4) == 0 ? 2 : Neighbourhood.MANY_CONNECTIONS;
        Neighbourhood neighbourhood = new Neighbourhood((mode & 1) == 0 ? 128 * 1024 : FRAME_MAX, connections);
        Rig rig = neighbourhood.rig;
        rig.broker.acceptsUnscripted = (mode & 8) != 0;
        CheckedClient client = neighbourhood.connect();
        client.frameMax = (mode & (1 | 16)) == 0 ? 128 * 1024 : FRAME_MAX;
        client.logIn("guest", "guest", "/");
        client.openChannel(1)
                .declare(1, "jobs", false)
                .publish(1, "jobs", "a job")
                .publish(1, "jobs", "one more");
        client.openChannel(2).select(2);
        if ((mode & 32) != 0) {
            client.consume(1, "jobs", "tag", false);
        }
        rig.run();
        new CutStream(input).send(client::write, neighbourhood);
        neighbourhood.beat();
        client.vanish();
        neighbourhood.checkThatNothingIsLeft();
    }
}
