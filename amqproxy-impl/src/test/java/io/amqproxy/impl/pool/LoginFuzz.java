package io.amqproxy.impl.pool;

import io.amqproxy.testkit.FuzzInput;

/**
 * Any octets from a client, from its first one on, beside neighbours: see {@link Neighbourhood} and {@link CutStream}.
 */
public final class LoginFuzz {

    private LoginFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput input = new FuzzInput(data);
        int connections = input.flag() ? Neighbourhood.MANY_CONNECTIONS : 1;
        Neighbourhood neighbourhood = new Neighbourhood(128 * 1024, connections);
        CheckedClient client = neighbourhood.connect();
        new CutStream(input).send(client::write, neighbourhood);
        neighbourhood.beat();
        client.vanish();
        neighbourhood.checkThatNothingIsLeft();
    }
}
