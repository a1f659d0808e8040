package io.amqproxy.program;

import ch.qos.logback.classic.Level;
import io.amqproxy.AmqProxy;
import io.amqproxy.CidrSet;
import io.amqproxy.PoolPolicy;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the options set: the proxy's builder, and what the program itself needs. One thread fills it, once. */
final class Setup {

    /** How log lines are written. */
    enum LogFormat {
        TEXT,
        JSON
    }

    static final int NO_HTTP = -1;

    final AmqProxy.Builder proxy = AmqProxy.builder();
    private PoolPolicy policy = PoolPolicy.multiplexed();
    private boolean tellsLosses;
    boolean hasUpstream;
    String listenAddress = "";
    int listenPort;
    /** Who may connect, telling of others; empty for everybody, telling of themselves. */
    String[] loadBalancers = {};

    final TlsSetup tls = new TlsSetup();

    Level logLevel = Level.INFO;
    LogFormat logFormat = LogFormat.TEXT;

    /** How long clients are still taken after the signal to end, while the program says that it is not ready. */
    Duration lameDuck = Duration.ZERO;
    /** How long clients may take to leave by themselves. */
    Duration clientCloseTimeout = Duration.ZERO;
    /** How long the proxy may take after that; empty for as long as it needs. */
    Optional<Duration> termTimeout = Optional.empty();

    int httpPort = NO_HTTP;
    /** Null for where the proxy itself listens. */
    @Nullable
    String httpAddress;

    /** What the status page's buttons ask for; null for no buttons. */
    @Nullable
    String httpToken;

    CidrSet httpAllow = CidrSet.of("127.0.0.0/8", "::1");
    /** Names by which browsers and scrapers may know the program, besides addresses and localhost. */
    String[] httpHosts = {};

    int metricsPools;
    /** What an operator should know of these settings, or nothing. */
    String warning = "";

    void upstream(String[] urls) {
        proxy.upstream(urls[0], Arrays.copyOfRange(urls, 1, urls.length));
        hasUpstream = true;
    }

    /** More than there are descriptors for would take those that the rest of the program needs. */
    void maxClients(int clients) {
        OptionalLong descriptors = Descriptors.most();
        int fitting = descriptors.isEmpty() ? clients : Descriptors.clientsOf(descriptors.getAsLong());
        proxy.maxClients(Math.min(clients, fitting));
        if (fitting < clients) {
            warning = "max-clients = " + clients + " does not fit into " + descriptors.getAsLong()
                    + " file descriptors (LimitNOFILE=, ulimit -n): " + fitting + " clients are taken";
        }
    }

    void policy(PoolPolicy newPolicy) {
        policy = newPolicy;
        usePolicy();
    }

    void tellLosses(boolean all) {
        tellsLosses = all;
        usePolicy();
    }

    private void usePolicy() {
        proxy.policy(tellsLosses ? policy.tellingOfLosses() : policy);
    }

    String httpHost() {
        return httpAddress == null ? listenAddress : httpAddress;
    }
}
