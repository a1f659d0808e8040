package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.FuzzInput;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A broker that says what a fuzzer chooses on one connection, from its first octet on or once clients use it, beside
 * neighbours on another connection: see {@link Neighbourhood}. The clients of that connection may hear what is in
 * order, get a close, or nothing; nothing may be left of them. The input is a program as in {@link ClientFuzz}.
 */
public final class UpstreamFuzz {

    private static final int MOST_STEPS = 200;
    private static final int FRAME_MAX = 128 * 1024;
    private static final String VHOST = "other";

    /** In the order of their numbers in the inputs: new ones belong at the end. */
    enum Step {
        METHOD,
        DELIVERY,
        RUN,
        BEAT,
        CONFIRM,
        GREETING,
        RAW_FRAME,
        RAW_OCTETS,
        CONTENT,
        ARRIVE,
        CLOSE,
        DROP,
        PASS_TIME,
        CLIENT_METHOD,
        CLIENT_PUBLISH,
        CLIENT_CLOSES,
        CLIENT_VANISHES,
        CLIENT_COMES,
        CLOG
    }

    private static final Step[] STEPS = Step.values();
    private static final Method[] OF_BROKERS =
            Arrays.stream(Method.values()).filter(Method::fromBroker).toArray(Method[]::new);
    private static final Method[] OF_CLIENTS = Arrays.stream(Method.values())
            .filter(method -> method.fromClient() && method.classId() > Method.CONNECTION_START.classId())
            .toArray(Method[]::new);

    private final FuzzInput input;
    private final Neighbourhood neighbourhood;
    private final Rig rig;
    private final ScriptedBroker.Connection hostile;
    private final CheckedClient publisher;
    private final CheckedClient consumer;
    /** Those that need not have heard of their end. */
    private final Set<CheckedClient> deaf = new HashSet<>();

    private UpstreamFuzz(FuzzInput input) {
        this.input = input;
        int mode = input.octet();
        neighbourhood = new Neighbourhood(FRAME_MAX, 1);
        rig = neighbourhood.rig;
        rig.broker.acceptsUnscripted = true;
        rig.broker.vhosts.add(VHOST);
        rig.broker.queue("jobs");
        rig.broker.deaf = (mode & 1) != 0;
        publisher = neighbourhood.connect();
        consumer = neighbourhood.connect();
        consumer.frameMax = (mode & 2) == 0 ? FRAME_MAX : Frame.MIN_FRAME_MAX;
        publisher.mindsProperties = false;
        consumer.mindsProperties = false;
        publisher.logIn("guest", "guest", VHOST);
        hostile = rig.broker.connections.get(rig.broker.connections.size() - 1);
        consumer.logIn("guest", "guest", VHOST);
        rig.broker.deaf = false;
        useChannels(mode);
        hostile.deaf = true;
    }

    /** What is under way when the broker begins to say what it likes; in a handshake all of it waits. */
    private void useChannels(int mode) {
        publisher.openChannel(1).select(1).publish(1, "jobs", "a job").publish(1, "jobs", "one more");
        consumer.openChannel(1).consume(1, "jobs", "tag", (mode & 4) != 0);
        rig.run();
        rig.broker.prompt = false;
        publisher.publish(1, "", "nowhere", true, "to be returned");
        publisher.openChannel(2).get(2, "jobs", (mode & 8) != 0);
        consumer.openChannel(2).declare(2, "own", true);
        rig.run();
        rig.broker.prompt = true;
    }

    public static void fuzzerTestOneInput(byte[] data) {
        new UpstreamFuzz(new FuzzInput(data)).run();
    }

    private void run() {
        for (int steps = 0; steps < MOST_STEPS && !input.isEmpty(); steps++) {
            step(neighbourhood.told(input.oneOf(STEPS)));
            neighbourhood.check();
        }
        neighbourhood.beat();
        for (CheckedClient client : List.of(publisher, consumer)) {
            client.link().unclog();
            rig.run();
            if (client.ended && !client.isToldOfItsEnd() && !deaf.contains(client)) {
                throw new AssertionError("a client was left without a word");
            }
            client.vanish();
        }
        rig.run();
        hostile.drop();
        neighbourhood.checkThatNothingIsLeft();
    }

    private CheckedClient client() {
        return input.flag() ? publisher : consumer;
    }

    private int channel() {
        return input.oneOf(1, 2, 3, 0, 300);
    }

    private void say(byte[] octets) {
        hostile.send(octets);
    }

    private void step(Step step) {
        switch (step) {
            case METHOD -> say(FuzzedFrames.method(channel(), input.oneOf(OF_BROKERS), input));
            case DELIVERY -> deliver(channel());
            case CONFIRM -> say(FuzzedFrames.method(channel(), Method.BASIC_ACK, input));
            case CONTENT -> say(FuzzedFrames.content(channel(), input, FRAME_MAX));
            case GREETING -> greet();
            case RAW_FRAME -> say(FuzzedFrames.rawFrame(input));
            case RAW_OCTETS -> say(input.octets(input.below(40)));
            case RUN -> rig.run();
            case BEAT -> neighbourhood.beat();
            case ARRIVE -> arrive(input.octet() * input.octet());
            case CLOSE ->
                say(Frames.close(
                        channel(),
                        input.oneOf(320, 404, 540, 505),
                        "so it is",
                        input.oneOf(OF_CLIENTS).id()));
            case DROP -> hostile.drop();
            case PASS_TIME ->
                rig.pass(input.oneOf(Duration.ofMillis(100), Duration.ofSeconds(11), Duration.ofSeconds(70)));
            case CLIENT_METHOD -> client().write(FuzzedFrames.method(channel(), input.oneOf(OF_CLIENTS), input));
            case CLIENT_PUBLISH -> client().publish(1 + input.below(2), "jobs", "work");
            case CLIENT_CLOSES -> client().write(Frames.close(input.below(3), 200, "", 0));
            case CLIENT_VANISHES -> vanish(client());
            case CLIENT_COMES -> come();
            case CLOG -> clog(client());
        }
    }

    private void vanish(CheckedClient client) {
        deaf.add(client);
        client.vanish();
    }

    private void deliver(int channel) {
        String tag = input.oneOf("tag", "tag", "another");
        int number = input.below(8);
        say(Frames.method(
                channel,
                Method.BASIC_DELIVER,
                writer -> writer.shortString(tag)
                        .longLong(number)
                        .octet(0)
                        .shortString("")
                        .shortString("jobs")));
        say(FuzzedFrames.content(channel, input, FRAME_MAX));
    }

    /** What brokers say in a handshake, in any order. */
    private void greet() {
        switch (input.below(4)) {
            case 0 -> say(hostile.start());
            case 1 -> {
                int channelMax = input.oneOf(200, 0, 1, 0xFFFF);
                int frameMax = input.oneOf(FRAME_MAX, 0, 4096, 4095, -1);
                int heartbeat = input.oneOf(0, 1, 60, 0xFFFF);
                say(Frames.method(
                        0,
                        Method.CONNECTION_TUNE,
                        writer -> writer.shortInt(channelMax).longInt(frameMax).shortInt(heartbeat)));
            }
            case 2 -> say(Frames.method(0, Method.CONNECTION_OPEN_OK, writer -> writer.shortString("")));
            default -> say(Frames.heartbeat());
        }
    }

    private void arrive(int octets) {
        FakeLink link = hostile.link;
        if (link != null && link.canMoveToSession()) {
            link.moveToSession(octets);
        }
        rig.endTurn();
    }

    /** Somebody else comes, and goes. */
    private void come() {
        CheckedClient client = neighbourhood.connect();
        client.logIn("guest", "guest", VHOST);
        client.openChannel(1).publish(1, "jobs", "of another");
        rig.run();
        client.vanish();
    }

    private void clog(CheckedClient client) {
        if (client.link().clogged) {
            client.link().unclog();
        } else {
            client.link().clogged = true;
            deaf.add(client);
        }
    }
}
