package io.amqproxy.impl.net;

import io.amqproxy.ClientInfo;
import io.amqproxy.ClientLogin;
import io.amqproxy.CredentialMapper;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.pool.LoginGuard;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.internal.LogText;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the host application as whom clients log in at the broker, off the loop, and keeps answers that are valid for a
 * time. It belongs to the loop that accepts clients, which is the one where they log in.
 */
final class CredentialMappingCache {

    private static final Logger log = LoggerFactory.getLogger(CredentialMappingCache.class);

    /** Questions under way at once. */
    private static final int MAX_QUESTIONS = 1024;

    /** How often answers whose time has ended are looked for. */
    private static final long SWEEP = TimeUnit.SECONDS.toNanos(30);

    private static final CloseCause TOO_MANY = CloseCause.byProxy(Kind.FORCED, "too many log-ins are under way");

    /** Who asks: a digest of the credentials, and one of the certificates, which may be long. */
    private record Key(ByteBuffer digest, InetAddress address, ByteBuffer certificates) {}

    /** A question and who waits for its answer. */
    private final class Question implements Timers.Timed {
        private final Key key;
        private final Credentials asked;
        private final LoginGuard.Login origin;
        private final ClientLogin login;
        private final List<InboundSession> waiting = new ArrayList<>();
        private final Timers.Timer deadline = new Timers.Timer(this);
        private final ApplicationCall call = new ApplicationCall(() -> call(this));
        private boolean isOver;
        private boolean isCalled = true;

        Question(Key key, Credentials asked, LoginGuard.Login origin, ClientLogin login) {
            this.key = key;
            this.asked = asked;
            this.origin = origin;
            this.login = login;
        }

        /** Nobody waits any more. The mapper keeps its secret until it comes back: it may be about to use it. */
        void onOver() {
            isOver = true;
            if (!isCalled) {
                wipe();
            }
        }

        /** The mapper has come back, or will not be asked. */
        void onBack() {
            isCalled = false;
            if (isOver) {
                wipe();
            }
        }

        void wipe() {
            asked.wipe();
            Arrays.fill(login.secret(), (byte) 0);
        }

        @Override
        public void onTime() {
            fail(this, noAnswer("no answer in time as whom user " + asked.user() + " logs in"));
        }

        @Override
        public void onFault(RuntimeException fault) {
            loop.context().lines.error(log, "Giving up a question failed", fault);
        }
    }

    private final EventLoop loop;
    private final CredentialMapper mapper;
    private final Executor workers;
    private final Function<String, EventLoop> homes;
    private final BiConsumer<InboundSession, Credentials> next;
    private final LoginGuard guard;
    private final byte[] salt = new byte[16];
    private final Map<Key, Question> questions = new HashMap<>();
    private final MappedAnswers<Key> answers = new MappedAnswers<>();

    private final Timers.Timer sweep = new Timers.Timer(new Timers.Timed() {
        @Override
        public void onTime() {
            if (answers.sweep(loop.context().now)) {
                sweepLater();
            }
        }

        @Override
        public void onFault(RuntimeException fault) {
            sweepLater();
            loop().context().lines.error(log, "Forgetting old answers failed", fault);
        }
    });

    private EventLoop loop() {
        return loop;
    }

    private void sweepLater() {
        loop.context().timers.set(sweep, loop.context().now + SWEEP);
    }

    /**
     * Answers nothing yet.
     *
     * @param workers calls the mapper, which may block
     * @param homes the loop of a user of the broker
     * @param next gets clients with the credentials that they have at the broker
     */
    CredentialMappingCache(
            EventLoop loop,
            CredentialMapper mapper,
            Executor workers,
            Function<String, EventLoop> homes,
            BiConsumer<InboundSession, Credentials> next) {
        this.loop = loop;
        this.mapper = mapper;
        this.workers = workers;
        this.homes = homes;
        this.next = next;
        this.guard = new LoginGuard(loop.context().settings.limits().failedLogins());
        new SecureRandom().nextBytes(salt);
    }

    /** Other limits hold from now on. */
    void reload(int failedLogins) {
        guard.most(failedLogins);
    }

    private static ByteBuffer digest(List<X509Certificate> certificates) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (X509Certificate certificate : certificates) {
                digest.update(certificate.getEncoded());
            }
            return ByteBuffer.wrap(digest.digest());
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that came in a handshake has an encoding", e);
        }
    }

    /** The credentials are the mappings' own from here on. */
    void map(InboundSession client, Credentials credentials, List<X509Certificate> certificates) {
        long now = loop.context().now;
        ClientInfo info = client.info();
        Key key = new Key(credentials.digest(salt), info.address().getAddress(), digest(certificates));
        Credentials known = answers.get(key, now);
        if (known != null) {
            credentials.wipe();
            next.accept(client, known.copy());
            return;
        }
        Question question = questions.get(key);
        if (question != null) {
            credentials.wipe();
            question.waiting.add(client);
            return;
        }
        answers.remove(key);
        LoginGuard.Login origin = LoginGuard.Login.of(AddressKey.of(info.address()), credentials);
        long blocked = guard.blockedFor(origin, now);
        if (blocked > 0) {
            credentials.wipe();
            loop.context().events.loginRefusedUnasked(info, Duration.ofNanos(blocked));
            client.onRefused(Refusal.ofGuess(credentials, blocked));
        } else if (questions.size() >= MAX_QUESTIONS) {
            credentials.wipe();
            client.onRefused(TOO_MANY);
        } else {
            question = new Question(
                    key,
                    credentials,
                    origin,
                    new ClientLogin(info, credentials.user(), credentials.secret(), certificates));
            question.waiting.add(client);
            questions.put(key, question);
            loop.context()
                    .timers
                    .set(question.deadline, now + loop.context().settings.acquireTimeout());
            ask(question);
        }
    }

    private void ask(Question question) {
        try {
            question.call.begin(workers, () -> loop.execute(question::onBack));
        } catch (RejectedExecutionException full) {
            question.onBack();
            // Not from within the client's call.
            loop.execute(() -> fail(question, TOO_MANY));
        }
    }

    /** On a worker. */
    private void call(Question question) {
        try {
            mapper.map(question.login)
                    .whenComplete((answer, failure) -> loop.execute(() -> onAnswer(question, answer, failure)));
        } catch (RuntimeException | Error failure) {
            loop.execute(() -> onAnswer(question, null, failure));
        }
    }

    private void onAnswer(Question question, @Nullable UpstreamLogin answer, @Nullable Throwable failure) {
        if (!questions.remove(question.key, question)) {
            return;
        }
        loop.context().timers.cancel(question.deadline);
        if (answer == null || failure != null) {
            loop.context()
                    .lines
                    .warn(
                            log,
                            "The mapper of credentials failed for user {}: {}",
                            LogText.of(question.asked.user()),
                            ApplicationFailure.text(failure, question.asked));
            refuse(question, noAnswer("the log-in of user " + question.asked.user() + " could not be decided"));
        } else if (answer.kind() == UpstreamLogin.Kind.REFUSED) {
            onRefused(question);
        } else {
            accept(question, answer);
        }
        question.wipe();
    }

    /** The wait is over without an answer. */
    private void fail(Question question, CloseCause why) {
        if (questions.remove(question.key, question)) {
            loop.context().timers.cancel(question.deadline);
            loop.context()
                    .lines
                    .warn(
                            log,
                            "The log-in of user {} is not decided: {}",
                            LogText.of(question.asked.user()),
                            LogText.of(why.text()));
            refuse(question, why);
            question.call.giveUp();
            question.onOver();
        }
    }

    private static CloseCause noAnswer(String why) {
        return CloseCause.byProxy(Kind.LOGIN_REFUSED, why);
    }

    private static void refuse(Question question, CloseCause why) {
        for (InboundSession client : question.waiting) {
            client.onRefused(why);
        }
    }

    private void onRefused(Question question) {
        long block = guard.onRefused(question.origin, loop.context().now);
        guard.forget(question.asked);
        if (block > 0) {
            loop.context().events.loginsBlocked(question.waiting.get(0).info(), Duration.ofNanos(block));
        }
        refuse(question, Refusal.ofMapping(question.asked));
    }

    private void accept(Question question, UpstreamLogin answer) {
        guard.onProved(question.origin);
        guard.remember(question.asked, loop.context().now);
        Credentials upstream = credentials(question.asked, answer);
        if (answer.validity().isPresent()) {
            upstream.onRefused(() -> loop.execute(() -> answers.forget(upstream)));
            answers.put(question.key, upstream, upstream.renewAt());
            if (!sweep.isSet()) {
                sweepLater();
            }
        }
        for (InboundSession client : question.waiting) {
            if (!client.isOver()) {
                next.accept(client, upstream.copy());
            }
        }
        if (answer.validity().isEmpty()) {
            upstream.wipe();
        }
    }

    private Credentials credentials(Credentials asked, UpstreamLogin answer) {
        boolean isOther = answer.kind() == UpstreamLogin.Kind.AS_OTHER;
        String user = isOther ? answer.user() : asked.user();
        byte[] secret = isOther ? answer.secret() : asked.secret();
        ApplicationRenewal renewal = answer.renewal()
                .map(host -> new ApplicationRenewal(host, user, homes.apply(user), workers))
                .orElse(null);
        Credentials credentials = new Credentials("PLAIN", user, secret, renewal);
        Arrays.fill(secret, (byte) 0);
        ApplicationRenewal.limit(credentials, answer, loop.context().now);
        return credentials;
    }
}
