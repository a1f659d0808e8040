package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.Frames.Heard;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a {@link ModelClient} knows of one of its channels: what it asked for, and so what it may hear. */
final class ModelChannel {

    private record Consumer(String queue, boolean noAck) {}

    final String name;
    private final PoolModel model;
    private final boolean isTarget;
    private @Nullable Method awaited = Method.CHANNEL_OPEN_OK;
    private boolean closing;
    private boolean confirming;
    private boolean transactional;
    private String declared = "";
    private String asked = "";
    private boolean askedNoAck;
    private int sequence;
    private int tags;
    private long lastDelivery;
    private final Map<String, Consumer> consumers = new HashMap<>();
    private final Set<String> cancelled = new HashSet<>();
    /** Consumers that were cancelled on purpose. */
    private final Set<String> lost = new HashSet<>();

    private final TreeMap<Long, String> unacked = new TreeMap<>();
    private final TreeMap<Long, String> unconfirmed = new TreeMap<>();
    private long lastConfirm;
    private final Set<String> returns = new HashSet<>();
    private final Set<String> causes = new HashSet<>();
    private final List<String> published = new ArrayList<>();
    private final List<String> bindings = new ArrayList<>();
    private boolean reclaiming;
    private boolean reclaimable;

    /** @param isTarget whether things go wrong for the client on purpose */
    ModelChannel(PoolModel model, String name, boolean isTarget) {
        this.model = model;
        this.name = name;
        this.isTarget = isTarget;
    }

    // What the client does.

    boolean mayAct() {
        return awaited == null && !closing;
    }

    @Nullable
    String waitsFor() {
        if (closing) {
            return "close-ok on " + name;
        }
        return awaited == null ? null : awaited + " on " + name;
    }

    void await(Method answer) {
        awaited = answer;
    }

    String nextBody(String queue, int padding) {
        String body = name + '/' + ++sequence + '/' + "x".repeat(padding) + '@' + queue;
        if (confirming) {
            unconfirmed.put(++lastConfirm, body);
        }
        return body;
    }

    String publishes(String queue, int padding) {
        String body = nextBody(queue, padding);
        if (!transactional) {
            published.add(body);
        }
        return body;
    }

    String publishesInVain(String key) {
        String body = publishes(key, 20);
        if (!transactional) {
            returns.add(body);
        }
        return body;
    }

    void mayBeClosedFor(String cause) {
        causes.add(cause);
    }

    boolean select() {
        if (transactional || confirming) {
            return false;
        }
        confirming = true;
        await(Method.CONFIRM_SELECT_OK);
        return true;
    }

    /** Asks for confirms before the channel is known to be open. */
    void selectsAtOnce() {
        confirming = true;
    }

    boolean gets(String queue, boolean noAck) {
        asked = queue;
        askedNoAck = noAck;
        causes.add("no queue '" + queue + "'");
        await(Method.BASIC_GET_OK);
        return noAck;
    }

    boolean getsUnnamed() {
        if (!declared.isEmpty()) {
            return false;
        }
        gets("", true);
        causes.add("no previously declared queue");
        return true;
    }

    /** The consumer of direct replies, or null. */
    @Nullable
    String repliesTag() {
        return consumers.keySet().stream()
                .filter(tag -> isOfReplies(Objects.requireNonNull(consumers.get(tag))))
                .findFirst()
                .orElse(null);
    }

    private static boolean isOfReplies(Consumer consumer) {
        return consumer.queue().startsWith(ScriptedBroker.DIRECT_REPLY_TO);
    }

    String consumesReplies() {
        String tag = name + "-ct" + ++tags;
        consumers.put(tag, new Consumer(ScriptedBroker.DIRECT_REPLY_TO + tag, true));
        await(Method.BASIC_CONSUME_OK);
        return tag;
    }

    String consumes(String queue, boolean noAck) {
        String tag = name + "-ct" + ++tags;
        consumers.put(tag, new Consumer(queue, noAck));
        causes.add("no queue '" + queue + "'");
        await(Method.BASIC_CONSUME_OK);
        return tag;
    }

    /** What is on its way to a consumer that is cancelled without an answer may still come. */
    @Nullable
    String cancels(boolean quietly) {
        String tag = consumers.keySet().stream()
                .filter(one -> !cancelled.contains(one))
                .findFirst()
                .orElse(null);
        if (tag == null) {
            return null;
        }
        if (quietly) {
            cancelled.add(tag);
        } else {
            await(Method.BASIC_CANCEL_OK);
        }
        return tag;
    }

    String declares(String queue) {
        declared = queue;
        await(Method.QUEUE_DECLARE_OK);
        return queue;
    }

    /** The key of a binding that wants no answer. */
    String binds() {
        String key = name + "/b" + ++sequence;
        bindings.add(key);
        return key;
    }

    /** Declares a queue for itself that it may delete. */
    String declaresToDelete(String queue) {
        reclaiming = true;
        return declares(queue);
    }

    /** Whether it has such a queue, which it deletes. */
    boolean deletes(boolean quietly) {
        if (!reclaimable) {
            return false;
        }
        reclaimable = false;
        if (!quietly) {
            await(Method.QUEUE_DELETE_OK);
        }
        return true;
    }

    @Nullable
    Method transacts(boolean commit) {
        if (confirming) {
            return null;
        }
        if (!transactional) {
            transactional = true;
            await(Method.TX_SELECT_OK);
            return Method.TX_SELECT;
        }
        await(commit ? Method.TX_COMMIT_OK : Method.TX_ROLLBACK_OK);
        return commit ? Method.TX_COMMIT : Method.TX_ROLLBACK;
    }

    /** {@return the messages that the client has, and has not settled} */
    Collection<String> unsettled() {
        return unacked.values();
    }

    /** A delivery tag to settle, or 0; {@code bodies} gets what is settled. */
    long settles(RandomGenerator random, boolean multiple, List<String> bodies) {
        if (unacked.isEmpty()) {
            return 0;
        }
        List<Long> open = List.copyOf(unacked.keySet());
        boolean isLast = model.habits().settlesAll && random.nextInt(4) > 0;
        long tag = isLast ? open.get(open.size() - 1) : open.get(random.nextInt(open.size()));
        Map<Long, String> settled = multiple ? unacked.headMap(tag, true) : unacked.subMap(tag, tag + 1);
        bodies.addAll(settled.values());
        settled.clear();
        return tag;
    }

    void closes() {
        closing = true;
    }

    // What the client hears.

    void onMethod(Heard frame) throws AmqpException {
        Method method = Objects.requireNonNull(frame.method());
        ArgumentReader arguments = frame.arguments();
        if (method == Method.BASIC_ACK || method == Method.BASIC_NACK) {
            onConfirm(arguments.longLong(), arguments.octet() == 1, method == Method.BASIC_ACK);
            return;
        }
        if (method == Method.BASIC_CANCEL && isTarget) {
            onCancelled(arguments.shortString());
            return;
        }
        boolean emptyAnswer = method == Method.BASIC_GET_EMPTY && awaited == Method.BASIC_GET_OK;
        if (method != awaited && !emptyAnswer) {
            throw new AssertionError(name + " hears " + frame + " but awaits " + awaited);
        }
        awaited = method == Method.CHANNEL_OPEN_OK && confirming ? Method.CONFIRM_SELECT_OK : null;
        if (method == Method.QUEUE_DECLARE_OK) {
            same(arguments.shortString(), declared);
            reclaimable |= reclaiming;
            reclaiming = false;
        } else if (method == Method.BASIC_CANCEL_OK) {
            String tag = arguments.shortString();
            if (consumers.remove(tag) == null && !lost.contains(tag)) {
                throw new AssertionError(name + " hears of a consumer of another");
            }
        }
    }

    /** The broker has cancelled a consumer, on purpose. */
    private void onCancelled(String tag) {
        if (consumers.remove(tag) == null) {
            throw new AssertionError(name + " hears that a consumer is lost that it does not have");
        }
        lost.add(tag);
    }

    private void onConfirm(long tag, boolean multiple, boolean positive) {
        boolean isLate = isTarget && tag <= lastConfirm; // One for several may have come before.
        if (!confirming || !(unconfirmed.containsKey(tag) || isLate)) {
            throw new AssertionError(name + " hears of tag " + tag + ", open are " + unconfirmed.keySet());
        }
        var settled = multiple ? unconfirmed.headMap(tag, true) : unconfirmed.subMap(tag, tag + 1);
        if (positive) {
            model.confirmed(settled.values());
        }
        settled.clear();
    }

    void onContent(Heard frame, String body) throws AmqpException {
        ArgumentReader arguments = frame.arguments();
        switch (Objects.requireNonNull(frame.method())) {
            case BASIC_RETURN -> {
                boolean isOnPurpose = isTarget
                        && arguments.shortInt() == 312
                        && arguments.shortString().equals(ModelFaults.TEXT);
                if (!returns.remove(body) && !isOnPurpose) {
                    throw new AssertionError(name + " hears of a return that it did not cause: " + body);
                }
            }
            case BASIC_GET_OK -> {
                if (awaited != Method.BASIC_GET_OK) {
                    throw new AssertionError(name + " did not ask for a message");
                }
                awaited = null;
                same(body.substring(body.indexOf('@') + 1), asked);
                delivered(arguments.longLong(), askedNoAck, body);
            }
            default -> {
                String tag = arguments.shortString();
                Consumer consumer = consumers.get(tag);
                if (consumer == null) {
                    throw new AssertionError(name + " has no consumer " + tag);
                }
                same(body.substring(body.indexOf('@') + 1), consumer.queue());
                if (isOfReplies(consumer)) {
                    replied(arguments.longLong());
                } else {
                    delivered(arguments.longLong(), consumer.noAck(), body);
                    if ((arguments.octet() & 1) == 0) {
                        model.deliveredFirst(tag, body);
                    }
                }
            }
        }
    }

    private void replied(long tag) {
        if (!model.mayFollow(tag, lastDelivery)) {
            throw new AssertionError(name + " hears of a reply with delivery tag " + tag + " after " + lastDelivery);
        }
    }

    private void delivered(long tag, boolean noAck, String body) {
        if (!model.mayFollow(tag, lastDelivery)) {
            throw new AssertionError(name + " hears delivery tag " + tag + " after " + lastDelivery);
        }
        lastDelivery = tag;
        if (!noAck) {
            unacked.put(tag, body);
        }
    }

    /**
     * The channel is closed with an error.
     *
     * @return whether nothing more comes
     */
    boolean closedBecause(int code, String text) {
        if (isTarget && text.equals(ModelFaults.TEXT)) {
            causes.add(text);
        }
        if (causes.stream().noneMatch(text::contains)) {
            throw new AssertionError(name + " is closed without a reason: " + code + ' ' + text);
        }
        published.clear();
        return !closing;
    }

    void closeOk() {
        if (!closing) {
            throw new AssertionError(name + " hears close-ok without a reason");
        }
        leftInOrder();
    }

    void leftInOrder() {
        if (causes.isEmpty()) {
            model.left(published, returns, bindings);
        }
    }

    private void same(String heard, String expected) {
        if (!heard.equals(expected)) {
            throw new AssertionError(name + " hears " + heard + " instead of " + expected);
        }
    }
}
