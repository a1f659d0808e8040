package io.amqproxy.impl.net;

import io.amqproxy.ExternalLogin;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.Identity;
import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.internal.LogText;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate that a client showed, and the account that it stands for. */
final class CertificateIdentity implements Identity {

    private static final Logger log = LoggerFactory.getLogger(CertificateIdentity.class);
    private static final RateLimitedLog LINES = new RateLimitedLog(System::nanoTime);

    private final EventLoop loop;
    private final SSLEngine engine;
    private final ExternalLogin login;
    private final Executor workers;

    /** @param workers runs the look-up of the account, which may block */
    CertificateIdentity(EventLoop loop, SSLEngine engine, ExternalLogin login, Executor workers) {
        this.loop = loop;
        this.engine = engine;
        this.login = login;
        this.workers = workers;
    }

    @Override
    public boolean isKnown() {
        return !certificates().isEmpty();
    }

    @Override
    public void credentials(Consumer<@Nullable Credentials> answer) {
        List<X509Certificate> chain = certificates();
        try {
            ApplicationCall.bounded(loop, workers, loop.context().settings.handshakeTimeout(), () -> {
                Credentials found = lookUp(chain);
                loop.execute(() -> answer.accept(found));
            });
        } catch (RejectedExecutionException full) {
            loop.context().lines.warn(log, "Too many clients log in by certificate at once; one is refused");
            loop.execute(() -> answer.accept(null));
        }
    }

    private @Nullable Credentials lookUp(List<X509Certificate> chain) {
        try {
            ExternalLogin.Account account = login.accountOf(chain);
            return account == null
                    ? null
                    : new Credentials(
                            "PLAIN", account.user(), account.password().getBytes(StandardCharsets.UTF_8));
        } catch (RuntimeException | Error fault) {
            LINES.error(
                    log,
                    "The account of {} could not be looked up: {}",
                    LogText.of(String.valueOf(chain.get(0).getSubjectX500Principal())),
                    ApplicationFailure.text(fault, null));
            return null;
        }
    }

    private List<X509Certificate> certificates() {
        return certificatesOf(engine);
    }

    static List<X509Certificate> certificatesOf(SSLEngine engine) {
        try {
            Certificate[] chain = engine.getSession().getPeerCertificates();
            return Arrays.stream(chain).map(X509Certificate.class::cast).toList();
        } catch (SSLPeerUnverifiedException none) {
            return List.of();
        }
    }
}
