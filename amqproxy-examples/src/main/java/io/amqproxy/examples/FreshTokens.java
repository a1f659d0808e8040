package io.amqproxy.examples;

import io.amqproxy.ClientLogin;
import io.amqproxy.CredentialMapper;
import io.amqproxy.UpstreamLogin;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Clients keep their names and passwords although the broker takes OAuth 2 tokens: the proxy exchanges one for the
 * other, and renews the tokens of connections that outlive them.
 *
 * <pre>{@code
 * AmqProxy.builder()
 *     .upstream("amqps://broker.example")
 *     .credentialMapper(new FreshTokens(URI.create("https://identity.example/token")))
 *     ...
 * }</pre>
 */
public final class FreshTokens implements CredentialMapper {

    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\"\\s*:\\s*\"?([^\",}\\s]+)");

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI endpoint;
    /**
     * One for each user that has a token, so that a user's clients share connections; bounded by the users there are.
     */
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();

    /** @param endpoint the token endpoint (RFC 6749, section 3.2) */
    public FreshTokens(URI endpoint) {
        this.endpoint = endpoint;
    }

    /** The first token, for user and password (RFC 6749, section 4.3). */
    @Override
    public CompletionStage<UpstreamLogin> map(ClientLogin login) {
        String password = new String(login.secret(), StandardCharsets.UTF_8);
        return ask(Map.of("grant_type", "password", "username", login.user(), "password", password))
                .thenApply(fields -> fields == null
                        ? UpstreamLogin.refused()
                        : sessions.computeIfAbsent(login.user(), Session::new).login(fields));
    }

    /** What stands for a user's tokens: the proxy asks it for the next one while there is anybody to use it. */
    private final class Session implements UpstreamLogin.Renewal {
        private final String user;
        private volatile String refreshToken = "";

        Session(String user) {
            this.user = user;
        }

        UpstreamLogin login(Map<String, String> fields) {
            refreshToken = fields.getOrDefault("refresh_token", refreshToken);
            byte[] token = fields.getOrDefault("access_token", "").getBytes(StandardCharsets.UTF_8);
            Duration lifetime = Duration.ofSeconds(Long.parseLong(fields.getOrDefault("expires_in", "60")));
            return UpstreamLogin.as(user, token).validFor(lifetime, this);
        }

        /** The next ones, for a refresh token (RFC 6749, section 6). */
        @Override
        public CompletionStage<UpstreamLogin> renew() {
            return ask(Map.of("grant_type", "refresh_token", "refresh_token", refreshToken))
                    .thenApply(fields -> {
                        if (fields == null) {
                            sessions.remove(user, this);
                            return UpstreamLogin.refused();
                        }
                        return login(fields);
                    });
        }
    }

    /**
     * Asks for a token.
     *
     * @return the fields of the answer, or null where there is none for this
     */
    private CompletableFuture<@Nullable Map<String, String>> ask(Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + '=' + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        HttpRequest request = HttpRequest.newBuilder(endpoint)
                .timeout(Duration.ofSeconds(5))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .thenCompose(answer -> switch (answer.statusCode()) {
                    case 200 -> CompletableFuture.completedFuture(fields(answer.body()));
                    case 400, 401 -> CompletableFuture.completedFuture(null);
                    default -> CompletableFuture.failedFuture(new IOException("status " + answer.statusCode()));
                });
    }

    private static Map<String, String> fields(String json) {
        return FIELD.matcher(json)
                .results()
                .collect(Collectors.toMap(field -> field.group(1), field -> field.group(2)));
    }
}
