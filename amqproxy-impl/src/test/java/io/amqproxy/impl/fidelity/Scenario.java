package io.amqproxy.impl.fidelity;

import java.util.EnumSet;
import java.util.Set;

/**
 * Something that a client does, with everything it sees written down. It is played against the broker and through the
 * proxy, and has to look the same.
 *
 * @param name a sentence, and the key in {@link KnownDifferences}
 */
record Scenario(String name, Play play, Set<Trait> traits) {

    /** What is done in one run. */
    interface Play {
        void in(ScenarioRun run) throws Exception;
    }

    /** The same with one client whose connection and channel 1 are open, and that closes its connection at the end. */
    interface PlayOnChannel {
        void in(ScenarioRun run, Peer client) throws Exception;
    }

    /** What a scenario asks of its surroundings. */
    enum Trait {
        /** It changes a setting that the broker reads when a channel opens. */
        COLD_ONLY,
        /** It holds up all publishers. */
        WITHOUT_NEIGHBOUR,
        /** It has the broker close all connections, those of others too. */
        CLOSES_CONNECTIONS
    }

    static Scenario of(String name, Play play, Trait... traits) {
        Set<Trait> set = EnumSet.noneOf(Trait.class);
        set.addAll(Set.of(traits));
        return new Scenario(name, play, set);
    }

    static Scenario onChannel(String name, PlayOnChannel play, Trait... traits) {
        return of(
                name,
                run -> {
                    Peer client = run.peer("a").open().channel(1);
                    play.in(run, client);
                    client.leave();
                },
                traits);
    }

    boolean has(Trait trait) {
        return traits.contains(trait);
    }

    @Override
    public String toString() {
        return name;
    }
}
