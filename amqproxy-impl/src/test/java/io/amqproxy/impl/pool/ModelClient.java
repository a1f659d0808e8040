package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.Frames.Heard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A client that does what chance says, and fails the test when it hears anything that it did not cause. */
final class ModelClient extends TestClient {

    static final List<String> QUEUES = List.of("q1", "q2");

    final String name;
    private final PoolModel model;
    private final RandomGenerator random;
    private final Map<Integer, ModelChannel> channels = new TreeMap<>();
    private final Map<Integer, Heard> contentOf = new HashMap<>();
    private final Map<Integer, StringBuilder> bodies = new HashMap<>();
    private final Map<Integer, Long> missing = new HashMap<>();
    /** Whether things go wrong for it on purpose. */
    boolean isTarget;

    private int opened;
    private boolean open;
    private boolean closing;
    private boolean gone;
    private boolean reclaimed;

    ModelClient(Rig rig, PoolModel model, String name, RandomGenerator random) {
        super(rig);
        this.model = model;
        this.name = name;
        this.random = random;
    }

    void start() {
        frameMax = random.nextBoolean() ? 4096 : rig.broker.frameMax;
        write(Frames.HEADER).write(startOk("guest", "guest", true));
        int heartbeat = isTarget ? 1 : 0; // It is sent some, and sends none itself.
        link().keepsUnread = isTarget;
        write(tuneOk(Math.min(100, rig.broker.channelMax), frameMax, heartbeat)).write(openVhost("/"));
    }

    boolean isGone() {
        return gone || ended;
    }

    /** What it was not told yet, or null. */
    @Nullable
    String waitsFor() {
        if (isGone()) {
            return null;
        }
        if (!open) {
            return "being logged in";
        }
        return channels.values().stream()
                .map(ModelChannel::waitsFor)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** {@return the messages that it has, and has not settled} */
    List<String> unsettled() {
        return isGone()
                ? List.of()
                : channels.values().stream()
                        .flatMap(channel -> channel.unsettled().stream())
                        .toList();
    }

    // What it does.

    void act() {
        if (isGone() || closing) {
            return;
        }
        int dice = random.nextInt(100);
        if (dice == 0) {
            leaveWithoutAWord();
        } else if (!open) {
            return;
        } else if (dice < 3) {
            leaveInOrder();
        } else {
            int number = 1 + random.nextInt(Math.min(model.habits().channels, rig.broker.channelMax));
            ModelChannel channel = channels.get(number);
            if (channel == null) {
                channels.put(number, new ModelChannel(model, name + '-' + number + '-' + ++opened, isTarget));
                openChannel(number);
                if (model.habits().confirmsFirst) {
                    channels.get(number).selectsAtOnce();
                    select(number);
                }
            } else if (channel.mayAct()) {
                actOn(channel, number);
            }
        }
    }

    void leaveInOrder() {
        if (!isGone() && !closing) {
            closing = true;
            close();
        }
    }

    /** Its connection is lost, and what was on the way. */
    void cut() {
        if (!isGone()) {
            gone = true;
            link().cut();
        }
    }

    void leaveWithoutAWord() {
        if (isGone()) {
            return;
        }
        gone = true;
        if (random.nextBoolean()) {
            ModelChannel channel = channels.get(1);
            if (channel != null && channel.mayAct() && !closing) {
                String body = channel.nextBody("q1", 300);
                model.incomplete(body);
                byte[] bytes = Frames.publish(1, "", "q1", false, body.getBytes(UTF_8), frameMax);
                write(java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)));
            }
            link().hangUp();
        } else {
            link().cut();
        }
    }

    private void actOn(ModelChannel channel, int number) {
        String queue = random.nextInt(4) == 0 ? "own-" + name : QUEUES.get(random.nextInt(QUEUES.size()));
        switch (model.habits().any(random)) {
            case PUBLISH -> {
                String body = channel.publishes(
                        queue,
                        random.nextInt(model.habits().largeOneIn) == 0
                                ? model.habits().largeBody
                                : random.nextInt(200));
                publish(number, "", queue, false, body);
            }
            case PUBLISH_NOWHERE -> {
                String key = "nowhere-" + channel.name;
                publish(number, "", key, true, channel.publishesInVain(key));
            }
            case PUBLISH_WRONGLY -> {
                String exchange = "missing-" + channel.name;
                channel.mayBeClosedFor(exchange);
                publish(number, exchange, "", random.nextBoolean(), channel.nextBody("", 50));
            }
            case SELECT -> {
                if (channel.select()) {
                    select(number);
                }
            }
            case GET -> get(number, queue, channel.gets(queue, random.nextBoolean()));
            case CONSUME -> {
                boolean noAck = random.nextInt(model.habits().noAckOneIn) == 0;
                consume(number, queue, channel.consumes(queue, noAck), noAck);
            }
            case SETTLE -> settle(channel, number);
            case CANCEL -> {
                boolean quietly = random.nextBoolean();
                String tag = channel.cancels(quietly);
                if (tag != null && quietly) {
                    cancelQuietly(number, tag);
                } else if (tag != null) {
                    cancel(number, tag);
                }
            }
            case ASK -> ask(channel, number);
            case QOS -> {
                channel.await(Method.BASIC_QOS_OK);
                qos(number, random.nextInt(3) * model.habits().prefetchUnit, random.nextInt(4) == 0);
            }
            case DECLARE -> declareQueue(channel, number);
            case TRANSACT -> {
                Method method = channel.transacts(random.nextBoolean());
                if (method != null) {
                    write(number, method);
                }
            }
            case GET_UNNAMED -> {
                if (channel.getsUnnamed()) {
                    get(number, "", true);
                }
            }
            case BIND_QUIETLY -> bindQuietly(number, channel.binds());
            case RECLAIM -> reclaim(channel, number);
            case CLOSE -> {
                channel.closes();
                closeChannel(number);
            }
        }
    }

    /** Consumes direct replies, or sends itself one. */
    private void ask(ModelChannel channel, int number) {
        String tag = channel.repliesTag();
        if (tag == null) {
            consume(number, ScriptedBroker.DIRECT_REPLY_TO, channel.consumesReplies(), true);
        } else {
            String key = ScriptedBroker.DIRECT_REPLY_TO + tag;
            publish(number, "", key, false, channel.publishes(key, random.nextInt(200)));
        }
    }

    private void declareQueue(ModelChannel channel, int number) {
        boolean exclusive = random.nextInt(4) == 0;
        if (exclusive) {
            // A client whose channels do not fit on one upstream has its queues on one of them only.
            channel.mayBeClosedFor("RESOURCE_LOCKED - 'exclusive-" + name);
        }
        declare(number, channel.declares((exclusive ? "exclusive-" : "own-") + name), exclusive);
    }

    private void bindQuietly(int number, String key) {
        write(
                number,
                Method.QUEUE_BIND,
                writer -> writer.shortInt(0)
                        .shortString("q1")
                        .shortString("amq.direct")
                        .shortString(key)
                        .octet(1)
                        .table(Map.of()));
    }

    /** Has a queue for itself and deletes it; others want the name too, and keep what they get. */
    private void reclaim(ModelChannel channel, int number) {
        boolean quietly = random.nextBoolean();
        String own = "reclaimed-" + name;
        if (channel.deletes(quietly)) {
            write(
                    number,
                    Method.QUEUE_DELETE,
                    writer -> writer.shortInt(0).shortString(own).octet(quietly ? 1 << 2 : 0));
        } else if (!reclaimed) {
            reclaimed = true;
            channel.mayBeClosedFor("RESOURCE_LOCKED - '" + own);
            declare(number, channel.declaresToDelete(own), true);
        } else {
            String name = model.anyReclaimedName();
            channel.mayBeClosedFor("RESOURCE_LOCKED - '" + name);
            declare(number, channel.declares(name), false);
        }
    }

    private void settle(ModelChannel channel, int number) {
        if (random.nextInt(12) == 0) {
            channel.mayBeClosedFor("unknown delivery tag");
            ack(number, 1_000_000, false);
            return;
        }
        boolean multiple = random.nextBoolean();
        List<String> bodies = new ArrayList<>();
        long tag = channel.settles(random, multiple, bodies);
        if (tag == 0) {
            return;
        }
        boolean requeues = false;
        if (random.nextBoolean()) {
            ack(number, tag, multiple);
        } else {
            requeues = random.nextBoolean();
            int bits = (multiple ? 1 : 0) | (requeues ? 2 : 0);
            write(number, Method.BASIC_NACK, writer -> writer.longLong(tag).octet(bits));
        }
        if (!requeues) {
            model.settled(bodies);
        }
    }

    // What it hears.

    @Override
    void onFrame(Heard frame) {
        if (gone) {
            return;
        }
        try {
            if (frame.type() == Frame.HEARTBEAT) {
                if (!isTarget) {
                    throw new AssertionError(name + " has not asked for heartbeats");
                }
            } else if (frame.channel() == 0) {
                onControl(frame);
            } else {
                ModelChannel channel = channels.get(frame.channel());
                if (channel == null) {
                    throw new AssertionError(name + " hears " + frame + ", which is not open");
                }
                onChannelFrame(channel, frame);
            }
        } catch (AmqpException e) {
            throw new AssertionError("malformed " + frame, e);
        }
    }

    private void onControl(Heard frame) throws AmqpException {
        switch (Objects.requireNonNull(frame.method())) {
            case CONNECTION_START, CONNECTION_TUNE -> {}
            case CONNECTION_OPEN_OK -> open = true;
            case CONNECTION_CLOSE_OK -> {
                if (!closing) {
                    throw new AssertionError(name + " hears close-ok without a reason");
                }
                gone = true;
                channels.values().forEach(ModelChannel::leftInOrder);
                link().hangUp();
            }
            case CONNECTION_CLOSE -> {
                ArgumentReader arguments = frame.arguments();
                int code = arguments.shortInt();
                String text = arguments.shortString();
                // Connections that were given up the broker may still count.
                boolean isExpected = code == 320
                        || (code == 530 && text.contains("connection limit"))
                        || (code == 403 && text.contains("closed the connection during log-in"));
                boolean isOnPurpose = isTarget && text.equals(ModelFaults.TEXT);
                if (!isOnPurpose && (!isExpected || !model.isDisturbed())) {
                    throw new AssertionError(name + " is closed: " + code + ' ' + text);
                }
                gone = true;
                write(0, Method.CONNECTION_CLOSE_OK);
                link().hangUp();
            }
            default -> throw new AssertionError(name + " hears " + frame);
        }
    }

    private void onChannelFrame(ModelChannel channel, Heard frame) throws AmqpException {
        int number = frame.channel();
        Heard method = contentOf.get(number);
        if (frame.type() == Frame.HEADER) {
            if (method == null || missing.get(number) != null) {
                throw new AssertionError(name + " hears a header without a method");
            }
            missing.put(number, frame.bodySize());
        } else if (frame.type() == Frame.BODY) {
            Long octets = missing.get(number);
            if (octets == null) {
                throw new AssertionError(name + " hears a body without a header");
            }
            byte[] part = frame.payload();
            missing.put(number, octets - part.length);
            Objects.requireNonNull(bodies.get(number)).append(new String(part, UTF_8));
        } else if (method != null) {
            throw new AssertionError(name + " hears " + frame + " inside of a message");
        } else if (frame.is(Method.CHANNEL_CLOSE)) {
            ArgumentReader arguments = frame.arguments();
            int code = arguments.shortInt();
            write(number, Method.CHANNEL_CLOSE_OK);
            if (channel.closedBecause(code, arguments.shortString())) {
                channels.remove(number);
            }
            return;
        } else if (frame.is(Method.CHANNEL_CLOSE_OK)) {
            channel.closeOk();
            channels.remove(number);
            return;
        } else if (frame.is(Method.BASIC_DELIVER) || frame.is(Method.BASIC_GET_OK) || frame.is(Method.BASIC_RETURN)) {
            contentOf.put(number, frame);
            bodies.put(number, new StringBuilder());
        } else {
            channel.onMethod(frame);
        }
        completeContent(channel, number);
    }

    private void completeContent(ModelChannel channel, int number) throws AmqpException {
        @Nullable Long octets = missing.get(number);
        if (octets != null && octets == 0) {
            channel.onContent(
                    Objects.requireNonNull(contentOf.get(number)),
                    Objects.requireNonNull(bodies.get(number)).toString());
            forget(number);
        }
    }

    private void forget(int number) {
        contentOf.remove(number);
        missing.remove(number);
        bodies.remove(number);
    }
}
