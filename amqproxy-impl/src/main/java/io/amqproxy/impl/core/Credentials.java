package io.amqproxy.impl.core;

import io.amqproxy.internal.LogText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A user and a secret, whichever mechanism brought them. Secrets are compared in constant time and never printed.
 *
 * <p>Where the secret ends and there is a {@link Renewal}, that stands for the secret: such credentials are equal if
 * their renewals are the same, and the secret changes.
 */
public final class Credentials {

    /** Where the next secret comes from. */
    public interface Renewal {

        /** Takes the answer, on the loop that asked. One method is called, once. */
        interface Answer {
            /** The next secret; the credentials are whoever's that takes them. */
            void onRenewed(Credentials next);

            /** There is none now. */
            void onFailed(String why);

            /** There will be none. */
            void onRefused();
        }

        void ask(Answer answer);

        /** {@return what has to be the same for credentials to be equal} */
        Object identity();
    }

    /** Nobody can choose secrets that meet in a table, or learn anything from the place where one is looked for. */
    private static final byte[] SALT = new byte[16];

    static {
        new SecureRandom().nextBytes(SALT);
    }

    /** Characters of a name that are printed. */
    private static final int SHOWN = 255;

    private final String mechanism;
    private final String user;
    private byte[] secret;
    private final int hash;
    /** How often the secret has changed. */
    private int version;
    /** When they end, if ever. */
    private @Nullable Long expiry;

    private long renewAt;
    private final @Nullable Renewal renewal;
    private @Nullable Runnable refused;

    /**
     * @param mechanism the SASL mechanism that brought them and is used to log in with them; it does not make them
     *     different
     */
    public Credentials(String mechanism, String user, byte[] secret) {
        this(mechanism, user, secret, null);
    }

    /** @param renewal gives the next secret, or null if this one is for ever */
    public Credentials(String mechanism, String user, byte[] secret, @Nullable Renewal renewal) {
        this.mechanism = mechanism;
        this.user = user;
        this.secret = secret.clone();
        this.renewal = renewal;
        this.hash = renewal == null ? digest(SALT).getInt(0) : System.identityHashCode(renewal.identity());
    }

    /** {@return the same, with a secret of its own to be wiped} */
    public Credentials copy() {
        Credentials copy = new Credentials(mechanism, user, secret, renewal);
        copy.expiry = expiry;
        copy.renewAt = renewAt;
        copy.refused = refused;
        return copy;
    }

    /** {@return a copy of the secret} */
    public byte[] secret() {
        return secret.clone();
    }

    /** {@return how much memory they take} */
    public int octets() {
        return secret.length + 2 * user.length();
    }

    /** {@return whether a text holds the secret} */
    public boolean isSecretIn(String text) {
        return secret.length > 0 && text.contains(new String(secret, StandardCharsets.UTF_8));
    }

    /** Nobody needs the secret any more. These are equal to no others then. */
    public void wipe() {
        Arrays.fill(secret, (byte) 0);
    }

    /** They are of no use from this time of the loop's clock on. */
    public void expireAt(long time) {
        expiry = time;
    }

    /** When the next secret is to be asked for. */
    public void renewAt(long time) {
        renewAt = time;
    }

    public long renewAt() {
        return renewAt;
    }

    public @Nullable Renewal renewal() {
        return renewal;
    }

    public @Nullable Long expiry() {
        return expiry;
    }

    /** How often the secret has changed, so that whoever told it to the broker knows when there is another. */
    public int version() {
        return version;
    }

    /** Whether the broker may cease to accept the secret by its time, and what was opened with it. */
    public boolean mayEnd() {
        return expiry != null || renewal != null;
    }

    public boolean isExpired(long now) {
        return expiry != null && expiry - now <= 0;
    }

    /** The broker accepted them: if they had ended, it knows better. */
    public void onProved(long now) {
        if (isExpired(now)) {
            expiry = null;
        }
    }

    /** Who wants to know when the broker refuses them. */
    public void onRefused(Runnable action) {
        refused = action;
    }

    public void tellRefused() {
        if (refused != null) {
            refused.run();
        }
    }

    /**
     * Takes over the secret of equal ones and how long it is good for.
     *
     * @return whether it is another secret
     */
    public boolean renewFrom(Credentials newer) {
        boolean isOlder = expiry != null && newer.expiry != null && newer.expiry - expiry < 0;
        if (renewal != null && isOlder) {
            return false;
        }
        expiry = newer.expiry;
        renewAt = newer.renewAt;
        refused = newer.refused;
        if (MessageDigest.isEqual(secret, newer.secret)) {
            return false;
        }
        wipe();
        secret = newer.secret.clone();
        version++;
        return true;
    }

    public String user() {
        return user;
    }

    /** {@return the same user with another secret} */
    public Credentials withSecret(byte[] newSecret) {
        return new Credentials(mechanism, user, newSecret);
    }

    public String mechanism() {
        return mechanism;
    }

    /** What is said to log in with them, by a mechanism that may be another than the one that brought them. */
    public byte[] response(String by) {
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

    /** {@return what they can be known by without keeping the secret; whoever has the salt can only try secrets} */
    public ByteBuffer digest(byte[] salt) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            digest.update(user.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            return ByteBuffer.wrap(digest.digest(secret));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Credentials that) || !user.equals(that.user)) {
            return false;
        }
        Object mine = renewal == null ? null : renewal.identity();
        Object others = that.renewal == null ? null : that.renewal.identity();
        return mine == others && (mine != null || MessageDigest.isEqual(secret, that.secret));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return "user " + LogText.of(user.length() > SHOWN ? user.substring(0, SHOWN) + "..." : user);
    }
}
