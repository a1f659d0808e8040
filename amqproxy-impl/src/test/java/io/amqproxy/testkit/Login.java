package io.amqproxy.testkit;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where and as whom a client connects.
 *
 * @param host the broker's or the proxy's address
 * @param port its port
 * @param user the user name
 * @param password the user's password
 * @param vhost the virtual host
 * @param tlsAuthorities whom to trust for TLS, in a PEM file, or null to connect without TLS
 */
public record Login(
        String host,
        int port,
        String user,
        String password,
        String vhost,
        @Nullable Path tlsAuthorities) {

    /** User {@code guest} and virtual host {@code /} at 127.0.0.1. */
    public static Login guest(int port) {
        return new Login("127.0.0.1", port, "guest", "guest", "/", null);
    }

    /** The same, through another port: a proxy in front of the broker. */
    public Login at(int otherPort) {
        return new Login("127.0.0.1", otherPort, user, password, vhost, tlsAuthorities);
    }

    /** The same place, as another user. */
    public Login as(String otherUser, String otherPassword) {
        return new Login(host, port, otherUser, otherPassword, vhost, tlsAuthorities);
    }

    /** The same user, in another virtual host. */
    public Login in(String otherVhost) {
        return new Login(host, port, user, password, otherVhost, tlsAuthorities);
    }

    /** All of it but TLS as an {@code amqp} URI. */
    public URI uri() {
        return URI.create(
                "amqp://%s:%s@%s:%d/%s".formatted(encoded(user), encoded(password), host, port, encoded(vhost)));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
