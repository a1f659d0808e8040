package io.amqproxy.impl.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/** A user and a secret, whichever mechanism brought them. Secrets are compared in constant time and never printed. */
public final class Credentials {

    private final String user;
    private final byte[] secret;
    private final int hash;

    public Credentials(String user, byte[] secret) {
        this.user = user;
        this.secret = secret.clone();
        this.hash = 31 * user.hashCode() + Arrays.hashCode(secret);
    }

    public String user() {
        return user;
    }

    /** The response of the mechanism PLAIN (RFC 4616): authorisation identity (none), user, secret. */
    byte[] plainResponse() {
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        byte[] response = new byte[name.length + secret.length + 2];
        System.arraycopy(name, 0, response, 1, name.length);
        System.arraycopy(secret, 0, response, name.length + 2, secret.length);
        return response;
    }

    /** The response of the mechanism AMQPLAIN: a field table without its length. */
    byte[] amqplainResponse() {
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        ByteBuffer response = ByteBuffer.allocate(25 + name.length + secret.length);
        putEntry(response, "LOGIN", name);
        putEntry(response, "PASSWORD", secret);
        return Arrays.copyOf(response.array(), response.position());
    }

    private static void putEntry(ByteBuffer table, String key, byte[] value) {
        table.put((byte) key.length()).put(key.getBytes(StandardCharsets.UTF_8));
        table.put((byte) 'S').putInt(value.length).put(value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Credentials that
                && user.equals(that.user)
                && MessageDigest.isEqual(secret, that.secret);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return "user " + user;
    }
}
