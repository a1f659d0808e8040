package io.amqproxy.impl.faults;

import io.amqproxy.testkit.LatencyLink;
import io.amqproxy.testkit.RabbitNode;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Something that breaks, and is whole again when it is over. */
enum Mishap {
    UPSTREAMS_CUT(4) {
        @Override
        void happen(LossRun run) {
            run.anyBrokerLink().cut();
        }
    },
    UPSTREAM_CUT_AT_A_BYTE(6) {
        @Override
        void happen(LossRun run) {
            run.anyBrokerLink().cutAfter(run.random.nextInt(100_000));
        }
    },
    UPSTREAMS_SILENT(2) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            silence(run, run.anyBrokerLink());
        }
    },
    UPSTREAMS_SLOW(1) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            slowDown(run, run.anyBrokerLink());
        }
    },
    UPSTREAMS_REFUSED(2) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            LatencyLink link = run.anyBrokerLink();
            link.stopAccepting();
            link.cut();
            run.takeTime(SILENCE_MILLIS);
            link.startAccepting();
        }
    },
    CLIENTS_CUT(3) {
        @Override
        void happen(LossRun run) {
            run.clientLink.cut();
        }
    },
    CLIENT_CUT_AT_A_BYTE(5) {
        @Override
        void happen(LossRun run) {
            run.clientLink.cutAfter(run.random.nextInt(100_000));
        }
    },
    CLIENTS_SILENT(2) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            silence(run, run.clientLink);
        }
    },
    CLOSED_BY_THE_BROKER(3) {
        @Override
        void happen(LossRun run) {
            run.anyNode()
                    .eval("[spawn(rabbit_networking, close_connection, [C, \"maintenance\"])"
                            + " || C <- rabbit_networking:local_connections()]");
        }
    },
    MEMORY_ALARM(2) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            RabbitNode node = run.anyNode();
            node.eval("rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []})");
            run.takeTime(SILENCE_MILLIS);
            node.eval("rabbit_alarm:clear_alarm({resource_limit, memory, node()})");
        }
    },
    BROKER_FROZEN(1) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            RabbitNode node = run.anyNode();
            node.freeze();
            run.takeTime(SILENCE_MILLIS);
            node.thaw();
        }
    },
    BROKER_STOPPED(1) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            RabbitNode node = run.anyNode();
            run.brokerDied();
            node.ctl("stop_app");
            run.takeTime(SILENCE_MILLIS);
            node.ctl("start_app");
            run.brokerDied();
        }
    },
    BROKER_KILLED(1) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            RabbitNode node = run.anyNode();
            run.brokerDied();
            node.kill();
            run.takeTime(SILENCE_MILLIS);
            node.startAgain();
            run.brokerDied();
        }
    },
    PROXY_DRAINED(1) {
        @Override
        void happen(LossRun run) {
            run.proxy.drain();
            run.proxy.startAgain();
        }
    },
    PROXY_KILLED(1) {
        @Override
        void happen(LossRun run) throws InterruptedException {
            run.proxy.kill();
            run.takeTime(500);
            run.proxy.startAgain();
        }
    };

    private static final long SILENCE_MILLIS = 6_000;

    private final int weight;

    /** @param weight how often it happens, beside the others */
    Mishap(int weight) {
        this.weight = weight;
    }

    abstract void happen(LossRun run) throws InterruptedException;

    static Mishap any(RandomGenerator random, Set<Mishap> possible) {
        int left = random.nextInt(
                possible.stream().mapToInt(mishap -> mishap.weight).sum());
        for (Mishap mishap : possible) {
            left -= mishap.weight;
            if (left < 0) {
                return mishap;
            }
        }
        throw new AssertionError("the weights changed");
    }

    private static void silence(LossRun run, LatencyLink link) throws InterruptedException {
        link.stall();
        run.takeTime(SILENCE_MILLIS);
        link.resume();
    }

    private static void slowDown(LossRun run, LatencyLink link) throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            link.stall();
            run.takeTime(200);
            link.resume();
            run.takeTime(20);
        }
    }
}
