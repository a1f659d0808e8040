package io.amqproxy.impl;

import io.amqproxy.ClientInfo;
import io.amqproxy.ProxyStats;
import io.amqproxy.UpstreamStats;
import io.amqproxy.impl.EventLoopGroup.Member;
import io.amqproxy.impl.net.ListenConfig;
import io.amqproxy.impl.net.LoopClients;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a proxy's loops have, as any thread may ask; once they have ended, what they had in the end. */
final class ProxyFigures {

    private final EventLoopGroup loops;
    private final LoopClients.Shared shared;
    private final RunningRoutes routes;
    private final EventDispatcher events;
    private final List<ListenConfig> listening;
    private final CompletableFuture<ProxyStats> last = new CompletableFuture<>();

    ProxyFigures(
            EventLoopGroup loops,
            LoopClients.Shared shared,
            RunningRoutes routes,
            EventDispatcher events,
            List<ListenConfig> listening) {
        this.loops = loops;
        this.shared = shared;
        this.routes = routes;
        this.events = events;
        this.listening = listening;
    }

    /** Asks loops, or has another answer once they have ended. */
    <T> T ask(Supplier<T> question, Supplier<T> afterwards) {
        if (last.isDone()) {
            return afterwards.get();
        }
        try {
            return question.get();
        } catch (IllegalStateException unanswered) {
            if (last.isDone()) {
                return afterwards.get();
            }
            throw unanswered;
        }
    }

    ProxyStats stats(boolean isPaused) {
        return ask(() -> of(loops.askAll(StatsAggregator::share), isPaused), last::join);
    }

    /** The loops end: what they have now is told from then on. */
    void keepLast(boolean isPaused) {
        last.complete(of(loops.askThoseThatAnswer(StatsAggregator::share), isPaused));
    }

    private ProxyStats of(List<StatsAggregator.Share> shares, boolean isPaused) {
        return StatsAggregator.of(
                shares, shared, routes.connections(), events.dropped(), isPaused, certificateNotAfter());
    }

    private @Nullable Instant certificateNotAfter() {
        return listening.stream()
                .<Instant>mapMulti((where, ends) -> {
                    Instant end = where.tls() == null ? null : where.tls().notAfter();
                    if (end != null) {
                        ends.accept(end);
                    }
                })
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    List<ClientInfo> clients() {
        List<ClientInfo> all = new ArrayList<>();
        ask(() -> loops.askAll(member -> member.loopClients().clients()), List::<List<ClientInfo>>of)
                .forEach(all::addAll);
        return all;
    }

    List<UpstreamStats> upstreams() {
        List<UpstreamStats> all = new ArrayList<>();
        ask(() -> loops.askAll(ProxyFigures::upstreams), List::<List<UpstreamStats>>of)
                .forEach(all::addAll);
        return all;
    }

    private static List<UpstreamStats> upstreams(Member member) {
        return member.loopClients().routes().stream()
                .flatMap(route -> route.registry().upstreamStats().stream())
                .toList();
    }
}
