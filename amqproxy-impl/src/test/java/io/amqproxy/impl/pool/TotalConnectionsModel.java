package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One random schedule of users, more of them than there may be connections, on one loop or several: they come, publish,
 * hold a channel for a while and go, and some consume. There are never more connections than there may be, everybody
 * gets one in time, and in the end nothing is left.
 */
final class TotalConnectionsModel {

    private static final Duration STEP = Duration.ofMillis(50);
    private static final int MOST_STEPS = 300;
    /** Pools for each connection, of which each turn takes a tenure and a hold, before clients have waited too long. */
    private static final int TURNS = 3;
    /** No client holds a channel for longer, so that all pools get their turn in time. */
    private static final int LONGEST_HOLD = 16;

    private final class User {
        final TestClient client;
        final String body;
        int left = 1 + random.nextInt(LONGEST_HOLD);
        boolean going;
        private boolean served;

        User(Rig rig, String user, String vhost, String body) {
            this.client = new TestClient(rig);
            this.body = body;
            rig.attach(client);
            client.write(Frames.HEADER).write(TestClient.startOk(user, "guest", true));
            client.write(TestClient.tuneOk(100, client.frameMax, 0)).write(TestClient.openVhost(vhost));
            client.openChannel(1);
            if (random.nextInt(4) == 0) {
                client.declare(1, "", true);
            }
            client.publish(1, "other", body);
        }

        private boolean isServed() {
            served |= client.rig.broker.bodies().contains(body);
            return served;
        }

        /** It holds its channel for a while once it has it. */
        void step() {
            if (client.hears(Method.CONNECTION_CLOSE)) {
                throw new AssertionError(body + " is closed: " + client.closeHeard(0));
            }
            if (isServed() && --left == 0) {
                going = true;
                if (random.nextBoolean()) {
                    client.close();
                } else {
                    client.vanish();
                }
            }
        }
    }

    private final Random random;
    private final int most;
    private final int names;
    private final ConnectionBudget budget;
    private final List<Rig> rigs = new ArrayList<>();
    private final List<Rig.Options> settings = new ArrayList<>();
    private final List<User> users = new ArrayList<>();
    private int last;

    TotalConnectionsModel(long seed) {
        random = new Random(seed);
        most = 2 + random.nextInt(7);
        names = 1 + random.nextInt(TURNS * (most - 1));
        budget = new ConnectionBudget(most);
        int loops = 1 + random.nextInt(3);
        for (int i = 0; i < loops; i++) {
            Rig.Options options = new Rig.Options();
            options.seed = seed;
            options.connections = budget;
            options.maxTotalConnections = most;
            options.maxConnections = 1 + random.nextInt(4);
            options.minConnections = random.nextInt(1 + Math.min(2, options.maxConnections));
            options.maxChannelsPerConnection = 20;
            options.credentialTtl = Duration.ofSeconds(1 + random.nextInt(20));
            options.maxLifetime = Duration.ofSeconds(random.nextInt(10));
            options.idleTimeout = Duration.ofSeconds(1 + random.nextInt(10));
            settings.add(options);
            Rig rig = new Rig(options);
            rig.broker.vhosts.add("second");
            rig.broker.queue("other");
            rigs.add(rig);
        }
    }

    void run() {
        int steps = random.nextInt(MOST_STEPS);
        int crowd = 1 + random.nextInt(3 * most);
        for (int step = 0; step < steps; step++) {
            if (users.size() < crowd && random.nextInt(3) > 0) {
                come();
            }
            step();
        }
        for (int step = 0; !users.isEmpty(); step++) {
            if (step > 100 * LONGEST_HOLD) {
                throw new AssertionError(users.get(0).body + " is never served");
            }
            step();
        }
        settings.forEach(options -> options.minConnections = 0);
        rigs.forEach(Rig::reload);
        rigs.forEach(rig -> rig.pass(Duration.ofMinutes(10)));
        check(budget.used() == 0 && budget.waiting() == 0, "is left: " + budget.used() + ", " + budget.waiting());
        check(budget.isBalanced(), "promises are left");
    }

    private void come() {
        int name = random.nextInt(names);
        Rig rig = rigs.get(name / 2 % rigs.size());
        users.add(new User(rig, "user" + name / 2, name % 2 == 0 ? "second" : "/", "m" + ++last));
    }

    private void step() {
        for (Rig rig : rigs) {
            rig.pass(STEP);
            check(open() <= most, open() + " connections");
        }
        rigs.forEach(Rig::run);
        check(open() <= most, open() + " connections");
        check(budget.used() >= open(), "only " + budget.used() + " are counted of " + open());
        users.forEach(User::step);
        users.removeIf(user -> user.going);
    }

    private long open() {
        return rigs.stream().mapToLong(rig -> rig.broker.openConnections()).sum();
    }

    private void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what + ", of " + most);
        }
    }
}
