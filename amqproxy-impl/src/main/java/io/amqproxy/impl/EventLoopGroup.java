package io.amqproxy.impl;

import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.LoopClients;
import io.amqproxy.impl.pool.PoolRegistry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The loops of a proxy with what lives on each, and how other threads talk to them. */
final class EventLoopGroup {

    /** A loop and its clients, with the pools of their routes. */
    record Member(EventLoop loop, LoopClients loopClients) {

        // Written out, as a record's own are linked by method handles, beside the first client.

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Member member && loop == member.loop && loopClients == member.loopClients;
        }

        @Override
        public int hashCode() {
            return loop.hashCode();
        }

        /** {@return the sum of a figure of the pools of all routes} */
        int sum(ToIntFunction<PoolRegistry> figure) {
            return loopClients.routes().stream()
                    .mapToInt(route -> figure.applyAsInt(route.registry()))
                    .sum();
        }
    }

    static final long ANSWER_SECONDS = 10;
    private static final long LAST_MILLIS = 1000;

    private static final Logger log = LoggerFactory.getLogger(EventLoopGroup.class);

    private final List<Member> all = new ArrayList<>();
    /** Those that did not answer when the proxy was ended; of the thread that ends it. */
    private final Set<Member> silent = new HashSet<>();
    /** What loops were told that did not do it in time: until they have, they are not waited for again. */
    private final Map<Member, Future<?>> late = new ConcurrentHashMap<>();

    void add(Member member) {
        all.add(member);
    }

    List<Member> all() {
        return all;
    }

    /** The one that accepts clients, and asks for the broker's health. */
    Member first() {
        return all.get(0);
    }

    /** Has something done on each loop, soon. */
    void tellAll(Consumer<Member> what) {
        all.forEach(member -> member.loop().execute(() -> what.accept(member)));
    }

    /** A loop must not wait for loops. */
    void refuseLoops() {
        if (all.stream().anyMatch(member -> member.loop().isCurrentThread())) {
            throw new IllegalStateException("must not be called by a pool policy");
        }
    }

    /** Asks each loop, and waits for all answers, whether interrupted or not. */
    <T> List<T> askAll(Function<Member, T> question) {
        return askAll(all, question);
    }

    /** Asks the first loop only, and waits for its answer. */
    <T> T askFirst(Function<Member, T> question) {
        return askAll(List.of(first()), question).get(0);
    }

    private <T> List<T> askAll(List<Member> some, Function<Member, T> question) {
        refuseLoops();
        Map<Member, CompletableFuture<T>> answers = ask(some, question);
        long deadline = deadline();
        List<T> results = new ArrayList<>();
        for (CompletableFuture<T> answer : answers.values()) {
            try {
                results.add(Uninterruptibles.forAnswer(answer, deadline));
            } catch (ExecutionException | TimeoutException e) {
                throw unanswered(e);
            }
        }
        return results;
    }

    /** Why there is no answer, in words. */
    private IllegalStateException unanswered(Exception why) {
        Throwable failure = why instanceof ExecutionException ? why.getCause() : null;
        if (failure == null) {
            return new IllegalStateException("a loop of the proxy did not answer", why);
        }
        boolean isEnd = all.stream().anyMatch(member -> member.loop().hasEnded());
        return new IllegalStateException(
                isEnd ? "the proxy is closed" : "it failed on a loop of the proxy: " + failure, failure);
    }

    /** Asks each loop, for the end; one that does not answer is told of in the log, and not asked again. */
    <T> List<T> askThoseThatAnswer(Function<Member, T> question) {
        Map<Member, CompletableFuture<T>> answers =
                ask(all.stream().filter(member -> !silent.contains(member)).toList(), question);
        long deadline = deadline();
        List<T> results = new ArrayList<>();
        answers.forEach((member, answer) -> {
            try {
                results.add(Uninterruptibles.forAnswer(answer, deadline));
            } catch (ExecutionException failure) {
                if (member.loop().hasEnded()) {
                    silent.add(member);
                }
                log.warn("A loop of the proxy failed to do what its end needs", failure.getCause());
            } catch (TimeoutException stuck) {
                silent.add(member);
                log.warn("A loop of the proxy does not answer; the rest of the proxy ends without it");
            }
        });
        return results;
    }

    private static <T> Map<Member, CompletableFuture<T>> ask(List<Member> some, Function<Member, T> question) {
        Map<Member, CompletableFuture<T>> answers = new LinkedHashMap<>();
        some.forEach(member -> answers.put(member, member.loop().ask(() -> question.apply(member))));
        return answers;
    }

    private static long deadline() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
    }

    /** Ends the loops; one that does not end by itself is interrupted, as it may be held up by a policy. */
    void end() {
        all.forEach(member -> member.loop().stop());
        long deadline = deadline();
        for (Member member : all) {
            EventLoop loop = member.loop();
            long patience = silent.contains(member) ? 0 : TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (!loop.join(patience)) {
                loop.interrupt();
                if (!loop.join(LAST_MILLIS)) {
                    log.warn("A loop of the proxy did not end");
                }
            }
        }
    }

    /** Has something done on each loop, and waits until it is. */
    void doAll(Consumer<Member> what) {
        askAll(member -> {
            what.accept(member);
            return true;
        });
    }

    /**
     * Has something done on each loop that cannot be left half done: a loop that does not answer in time does it when
     * it can, and one that fails does not keep the others from it. The log tells of both.
     */
    void doAllInAnyCase(Consumer<Member> what) {
        doInAnyCase(all, what);
    }

    /** The same on the first loop only. */
    void doFirstInAnyCase(Consumer<Member> what) {
        doInAnyCase(List.of(first()), what);
    }

    private void doInAnyCase(List<Member> some, Consumer<Member> what) {
        refuseLoops();
        Map<Member, CompletableFuture<Boolean>> answers = ask(some, member -> {
            what.accept(member);
            return true;
        });
        long deadline = deadline();
        answers.forEach((member, answer) -> {
            Future<?> before = late.get(member);
            boolean isLate = before != null && !before.isDone();
            try {
                Uninterruptibles.forAnswer(answer, isLate ? System.nanoTime() : deadline);
            } catch (ExecutionException failure) {
                log.error("A loop of the proxy failed to do what it was told", failure.getCause());
            } catch (TimeoutException stuck) {
                late.put(member, answer);
                if (!isLate) {
                    log.warn("A loop of the proxy does not answer; it does what it was told when it can");
                }
            }
        });
    }

    /** The same as {@link #doAll} on those loops that have not ended. */
    void doAllThatLive(Consumer<Member> what) {
        refuseLoops();
        Map<Member, CompletableFuture<Boolean>> answers = ask(all, member -> {
            what.accept(member);
            return true;
        });
        long deadline = deadline();
        answers.forEach((member, answer) -> {
            try {
                Uninterruptibles.forAnswer(answer, deadline);
            } catch (ExecutionException | TimeoutException e) {
                if (!member.loop().hasEnded()) {
                    throw unanswered(e);
                }
            }
        });
    }

    /** Waits until each loop has ended a turn, or has ended itself. */
    void awaitTurns() {
        refuseLoops();
        long deadline = deadline();
        for (CompletableFuture<Void> end :
                all.stream().map(member -> member.loop().endOfTurn()).toList()) {
            try {
                Uninterruptibles.forAnswer(end, deadline);
            } catch (ExecutionException | TimeoutException e) {
                throw unanswered(e);
            }
        }
    }

    int sum(Function<Member, Integer> figure) {
        return askAll(figure).stream().mapToInt(Integer::intValue).sum();
    }
}
