package io.amqproxy.impl.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/** A user and a secret, whichever mechanism brought them. Secrets are compared in constant time and never printed. */
public final class Credentials {

    private final String mechanism;
    private final String user;
    private final byte[] secret;
    private final int hash;

    /**
     * @param mechanism the SASL mechanism that brought them and is used to log in with them; it does not make them
     *     different
     */
    public Credentials(String mechanism, String user, byte[] secret) {
        this.mechanism = mechanism;
        this.user = user;
        this.secret = secret.clone();
        this.hash = 31 * user.hashCode() + Arrays.hashCode(secret);
    }

    public String user() {
        return user;
    }

    String mechanism() {
        return mechanism;
    }

    /** What is said to log in with them, by a mechanism that may be another than the one that brought them. */
    byte[] response(String by) {
        return by.equals("AMQPLAIN") ? amqplainResponse() : plainResponse();
    }

    /** The response of the mechanism PLAIN (RFC 4616): authorisation identity (none), user, secret. */
    private byte[] plainResponse() {
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        byte[] response = new byte[name.length + secret.length + 2];
        System.arraycopy(name, 0, response, 1, name.length);
        System.arraycopy(secret, 0, response, name.length + 2, secret.length);
        return response;
    }

    /** The response of the mechanism AMQPLAIN: a field table without its length. */
    private byte[] amqplainResponse() {
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
