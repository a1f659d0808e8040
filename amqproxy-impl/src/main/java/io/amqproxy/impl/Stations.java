package io.amqproxy.impl;

import io.amqproxy.impl.net.Front;
import io.amqproxy.impl.net.Loop;
import io.amqproxy.impl.pool.Tenants;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

/** The loops of a proxy with what lives on each, and how other threads talk to them. */
final class Stations {

    /** A loop, its clients and its pools. */
    record Station(Loop loop, Front front, Tenants tenants) {}

    static final long ANSWER_SECONDS = 10;

    private final List<Station> all = new ArrayList<>();

    void add(Station station) {
        all.add(station);
    }

    List<Station> all() {
        return all;
    }

    /** The one that accepts clients, and asks for the broker's health. */
    Station first() {
        return all.get(0);
    }

    /** Has something done on each loop, soon. */
    void tellAll(Consumer<Station> what) {
        all.forEach(station -> station.loop().execute(() -> what.accept(station)));
    }

    /** A loop must not wait for loops. */
    void refuseLoops() {
        if (all.stream().anyMatch(station -> station.loop().isCurrentThread())) {
            throw new IllegalStateException("must not be called by a pool policy");
        }
    }

    /** Asks each loop, and waits for all answers. */
    <T> List<T> askAll(Function<Station, T> question) {
        refuseLoops();
        List<CompletableFuture<T>> answers = new ArrayList<>();
        for (Station station : all) {
            answers.add(station.loop().ask(() -> question.apply(station)));
        }
        List<T> results = new ArrayList<>();
        for (CompletableFuture<T> answer : answers) {
            try {
                results.add(answer.get(ANSWER_SECONDS, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for a loop", e);
            } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("a loop of the proxy did not answer", e);
            }
        }
        return results;
    }

    /** Has something done on each loop, and waits until it is. */
    void doAll(Consumer<Station> what) {
        askAll(station -> {
            what.accept(station);
            return true;
        });
    }

    int sum(Function<Station, Integer> figure) {
        return askAll(figure).stream().mapToInt(Integer::intValue).sum();
    }
}
