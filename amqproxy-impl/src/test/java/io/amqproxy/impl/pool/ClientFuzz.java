package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.FuzzInput;
import java.time.Duration;
import java.util.List;

/**
 * Two clients that do what a fuzzer chooses, beside neighbours: see {@link Neighbourhood}. They say any methods with
 * any arguments on some channels, content of all sizes, and frames that are none; these arrive in pieces, wait at the
 * broker, time passes, a client does not read, or vanishes and another comes. Each step is an octet, and what it needs:
 * the input is a program of such steps.
 */
public final class ClientFuzz {

    private static final int MOST_STEPS = 200;
    private static final int MOST_CLIENTS = 8;
    private static final int SMALL = 4096;
    private static final int LARGE = 128 * 1024;

    /** In the order of their numbers in the inputs: new ones belong at the end. */
    enum Step {
        OPEN_CHANNEL,
        METHOD,
        PUBLISH,
        RUN,
        ARRIVE,
        BEAT,
        CLOSE_CHANNEL,
        SELECT,
        DECLARE,
        CONSUME,
        GET,
        ACK,
        CANCEL,
        QOS,
        CLOSE,
        VANISH,
        OTHER_CLIENT,
        PASS_TIME,
        RAW_FRAME,
        RAW_OCTETS,
        CLOG,
        BROKER_WAITS,
        BROKER_WORKS,
        BROKER_CLOSES_CHANNEL,
        BROKER_GETS_MESSAGE,
        FLOW,
        CONTENT
    }

    private static final Step[] STEPS = Step.values();

    private final FuzzInput input;
    private final Neighbourhood neighbourhood;
    private final Rig rig;
    private final CheckedClient[] clients = new CheckedClient[2];
    private int current;
    private int came;

    private ClientFuzz(FuzzInput input) {
        this.input = input;
        int mode = input.octet();
        int connections = (mode & 2) == 0 ? 1 : (mode & 4) == 0 ? 2 : Neighbourhood.MANY_CONNECTIONS;
        neighbourhood = new Neighbourhood((mode & 1) == 0 ? LARGE : SMALL, connections);
        rig = neighbourhood.rig;
        rig.broker.acceptsUnscripted = (mode & 8) == 0;
        rig.broker.queue("jobs");
        clients[0] = come();
        clients[1] = clients[0];
    }

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        new ClientFuzz(new FuzzInput(data)).run();
    }

    private void run() throws Exception {
        for (int steps = 0; steps < MOST_STEPS && !input.isEmpty(); steps++) {
            step(neighbourhood.told(input.oneOf(STEPS)));
            neighbourhood.check();
        }
        neighbourhood.beat();
        for (CheckedClient client : clients) {
            client.link().unclog();
            client.vanish();
        }
        neighbourhood.checkThatNothingIsLeft();
        if (!rig.broker.queues.containsKey("jobs") && !deletesJobs()) {
            throw new AssertionError("a queue is gone that nobody deleted");
        }
    }

    private boolean deletesJobs() {
        return rig.broker.connections.stream().anyMatch(connection -> connection.count(Method.QUEUE_DELETE) > 0);
    }

    private CheckedClient come() {
        came++;
        CheckedClient client = neighbourhood.connect();
        client.frameMax = came % 2 == 0 ? SMALL : rig.broker.frameMax;
        return (CheckedClient) client.logIn("guest", "guest", "/");
    }

    /** The client whose turn it is; another one, where it has gone, as long as there are not too many. */
    private CheckedClient client() {
        if (clients[current].isOver() && came < MOST_CLIENTS) {
            clients[current].link().unclog();
            clients[current].vanish();
            clients[current] = come();
        }
        return clients[current];
    }

    private int channel() {
        return input.oneOf(1, 2, 3, 0, 300);
    }

    private void step(Step step) throws Exception {
        switch (step) {
            case OPEN_CHANNEL -> client().openChannel(channel());
            case METHOD -> client().write(FuzzedFrames.method(channel(), input.oneOf(Method.values()), input));
            case PUBLISH -> client().write(FuzzedFrames.publish(channel(), input, client().frameMax));
            case CONTENT -> client().write(FuzzedFrames.content(channel(), input, client().frameMax));
            case RUN -> rig.run();
            case ARRIVE -> arrive(input.octet() * input.octet());
            case BEAT -> neighbourhood.beat();
            case CLOSE_CHANNEL -> client().closeChannel(channel());
            case SELECT -> client().select(channel());
            case DECLARE -> say(Method.QUEUE_DECLARE);
            case CONSUME -> say(Method.BASIC_CONSUME);
            case GET -> say(Method.BASIC_GET);
            case ACK -> say(Method.BASIC_ACK);
            case CANCEL -> say(Method.BASIC_CANCEL);
            case QOS -> client().qos(channel(), input.below(4), input.flag());
            case FLOW -> say(Method.CHANNEL_FLOW);
            case CLOSE -> client().close();
            case VANISH -> vanish();
            case OTHER_CLIENT -> other();
            case PASS_TIME ->
                rig.pass(input.oneOf(Duration.ofMillis(100), Duration.ofSeconds(11), Duration.ofSeconds(70)));
            case RAW_FRAME -> client().write(FuzzedFrames.rawFrame(input));
            case RAW_OCTETS -> client().write(input.octets(input.below(40)));
            case CLOG -> clog();
            case BROKER_WAITS -> rig.broker.prompt = false;
            case BROKER_WORKS -> work();
            case BROKER_CLOSES_CHANNEL -> closeChannelOfBroker();
            case BROKER_GETS_MESSAGE -> message();
        }
    }

    private void say(Method method) {
        client().write(FuzzedFrames.method(channel(), method, input));
    }

    /** Some octets of the client arrive, the others have to wait. */
    private void arrive(int octets) {
        FakeLink link = client().link();
        if (link.canMoveToSession()) {
            link.moveToSession(octets);
        }
        rig.endTurn();
    }

    private void vanish() {
        CheckedClient gone = client();
        gone.link().unclog();
        if (input.flag()) {
            gone.link().cut();
        } else {
            gone.vanish();
        }
        rig.run();
        if (came < MOST_CLIENTS) {
            clients[current] = come();
        }
    }

    private void other() {
        current = 1 - current;
        if (clients[1] == clients[0] && came < MOST_CLIENTS) {
            clients[current] = come();
        }
    }

    private void clog() {
        FakeLink link = client().link();
        if (link.clogged) {
            link.unclog();
        } else {
            link.clogged = true;
        }
    }

    private void work() throws Exception {
        List<BrokerChannel> busy = neighbourhood.othersChannels().stream()
                .filter(channel -> channel.hasWork() || !channel.confirms.isEmpty())
                .toList();
        if (!busy.isEmpty()) {
            BrokerChannel channel = busy.get(input.below(busy.size()));
            if (channel.hasWork()) {
                channel.handleNext();
            } else {
                channel.confirms.confirmAll();
            }
        }
    }

    private void closeChannelOfBroker() {
        List<BrokerChannel> open = neighbourhood.othersChannels();
        if (!open.isEmpty()) {
            open.get(input.below(open.size()))
                    .failUnlessClosing(406, "PRECONDITION_FAILED - for once", Method.BASIC_PUBLISH);
        }
    }

    private void message() {
        BrokerQueue queue = rig.broker.queues.get("jobs");
        if (queue != null) {
            byte[] body = new byte[input.oneOf(0, 1, 9, 300, 5000, 70_000, 300_000)];
            byte[] header = Frames.content(1, body, LARGE);
            queue.messages.add(
                    new BrokerQueue.Message("", "jobs", java.util.Arrays.copyOfRange(header, 7, 7 + 14), body));
            rig.broker.deliverFrom(queue);
        }
    }
}
