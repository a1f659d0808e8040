package io.amqproxy;

import java.util.concurrent.CompletionStage;

/**
 * Says as whom a client logs in at the broker: as itself, as somebody else, or not at all. With it a host application
 * can check its own passwords, or fetch a token for the broker (RabbitMQ, "OAuth 2.0 Authentication Backend") and keep
 * it fresh.
 *
 * <pre>{@code
 * builder.credentialMapper(login -> identities.tokenFor(login.user(), login.secret())
 *     .thenApply(token -> UpstreamLogin.as(login.user(), token.bytes()).validFor(token.lifetime())));
 * }</pre>
 *
 * <p>It is asked when a client logs in with PLAIN or AMQPLAIN, and for a client that logs in by certificate with the
 * account that {@link ExternalLogin} gave. Clients that come with the same user and secret, from the same address and
 * with the same certificates, while it is asked about one of them, share the answer. Limits for names of users
 * ({@link ClientLimits#allowUsers}) look at the user that the client says it is, limits for the users' share
 * ({@link ClientLimits#clientsPerUser}) at the broker's.
 *
 * <p>Where there is a mapper, a client's own {@code connection.update-secret} is answered and changes nothing: the
 * broker has other secrets, which a {@link UpstreamLogin.Renewal} renews.
 *
 * <p>Refusals count as failed log-ins ({@link ClientLimits#failedLogins}): after some, clients of that address and user
 * are refused for a while without asking.
 */
@FunctionalInterface
public interface CredentialMapper {

    /**
     * Called by a thread that may block, though answering later is better: there are few of these threads. Clients wait
     * for the answer up to {@link AmqProxy.Builder#acquireTimeout}, and are then refused with 403 (ACCESS_REFUSED). The
     * same happens to them where this method or its answer fails, which is logged and told to listeners
     * ({@link ProxyListener#clientRefused}); the log has the failure's text, unless the client's secret is in it. A
     * call that has not come back by then is interrupted, as it holds its thread; one that has not begun is not made.
     *
     * @param login who asks to be let in
     * @return the answer, at some time, by any thread
     */
    CompletionStage<UpstreamLogin> map(ClientLogin login);
}
