package io.amqproxy.impl.amqp091.client;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.amqp091.broker.UnsupportedMethods.Feature;
import io.amqproxy.impl.amqp091.channel.Cancelling;
import io.amqproxy.impl.amqp091.channel.Consumers;
import io.amqproxy.impl.amqp091.channel.Declarations;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.FieldTable;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.Refusals;
import io.amqproxy.impl.core.LoopContext;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a client's methods on an open channel mean for its binding, and for the state that its upstream channel
 * collects. The frames themselves are passed on as they are, but for the channel number, delivery tags on channels that
 * served before, and the name of the last declared queue on channels that moved.
 *
 * <p>All that would make a broker close the whole connection is refused here with the broker's own code, since others
 * share that connection.
 */
final class ClientMethods {

    private static final String DIRECT_REPLY_TO = "amq.rabbitmq.reply-to";

    private static final String QUEUE_TYPE = "x-queue-type";
    private static final int EXCLUSIVE_BIT = 1 << 2;
    private static final int PASSIVE_BIT = 1;
    private static final int DURABLE_BIT = 1 << 1;
    private static final int DECLARE_NO_WAIT_BIT = 1 << 4;
    private static final int DELETE_NO_WAIT_BIT = 1 << 2;
    private static final int CONSUME_NO_ACK_BIT = 1 << 1;
    /** If unused, and if empty. */
    private static final int DELETE_CONDITION_BITS = 1 | (1 << 1);

    private final ClientConnection session;

    ClientMethods(ClientConnection session) {
        this.session = session;
    }

    /**
     * Takes a method frame that lies in the buffer as a whole and whose arguments are well formed.
     *
     * @return whether the frame is done with; otherwise the channel waits for a lease and the frame comes again
     */
    boolean handle(ClientChannel channel, Method method, ByteBuffer in, int at, int length) throws AmqpException {
        if (method != Method.BASIC_PUBLISH && mayNotSay(channel, method)) {
            return false;
        }
        return switch (method) {
            case BASIC_PUBLISH -> publish(channel, in, at, length);
            case BASIC_QOS -> qos(channel, in, at, length);
            case BASIC_CONSUME -> consume(channel, in, at, length);
            case BASIC_CANCEL -> cancel(channel, in, at, length);
            case BASIC_GET -> get(channel, in, at, length);
            case BASIC_ACK, BASIC_NACK, BASIC_REJECT -> settle(channel, method, in, at, length);
            case BASIC_RECOVER, BASIC_RECOVER_ASYNC -> recover(channel, method, in, at, length);
            case QUEUE_DECLARE -> declare(channel, in, at, length);
            case EXCHANGE_DECLARE -> declareExchange(channel, in, at, length);
            case QUEUE_BIND, QUEUE_UNBIND, QUEUE_PURGE, QUEUE_DELETE -> useQueue(channel, method, in, at, length);
            case CONFIRM_SELECT -> select(channel, in, at, length);
            case TX_SELECT, TX_COMMIT, TX_ROLLBACK -> transaction(channel, method, in, at, length);
            case CHANNEL_FLOW -> flow(channel, in, at, length);
            case CHANNEL_FLOW_OK -> flowOk(channel, in, at, length);
            case BASIC_DELIVER, BASIC_RETURN, BASIC_GET_OK -> {
                channel.content().onForeign(method);
                yield true;
            }
            default -> {
                if (!isOfClients(method)) {
                    throw Refusals.unimplemented(method);
                }
                yield other(channel, method, in, at, length);
            }
        };
    }

    /** Whether it has to wait until the client has read more of the answers, or the broker has read or done more. */
    private boolean mayNotSay(ClientChannel channel, Method method) {
        if (method != Method.BASIC_ACK && session.backpressure().answers().holdsMethod()) {
            return true;
        }
        UpstreamChannel upstream = channel.upstream();
        return upstream != null && session.backpressure().forRoomIfOverfull(upstream.session());
    }

    /** Whether a broker takes such a method on a channel. */
    private static boolean isOfClients(Method method) {
        return method.fromClient()
                && method != Method.BASIC_CANCEL_OK
                && method.classId() != Method.CONNECTION_OPEN.classId();
    }

    private boolean publish(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        int bits = in.get(at + length - 2);
        if ((bits & 2) != 0) {
            throw Refusals.notImplemented("immediate=true", Method.BASIC_PUBLISH);
        }
        if (session.backpressure().holdsBack()
                || ((bits & 1) != 0 && session.backpressure().answers().holds())
                || !channel.binding().bindToPublish()
                || session.backpressure().forRoomIfFull(channel.bound().session())) {
            return false;
        }
        channel.content().onPublish(in, at, length, (bits & 1) != 0);
        return true;
    }

    private boolean qos(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        ArgumentReader arguments = session.context().arguments(in, at);
        int size = arguments.longInt();
        int prefetch = arguments.shortInt();
        boolean global = (arguments.octet() & 1) != 0;
        if (size != 0) {
            throw Refusals.notImplemented(
                    "prefetch_size!=0 (" + Integer.toUnsignedString(size) + ")", Method.BASIC_QOS);
        }
        channel.carried().onQos(prefetch, global);
        if (channel.isBound()) {
            channel.bound().leftovers().onQos(prefetch, global);
            channel.bound().outstanding().onQuestion(Method.BASIC_QOS);
            MethodForwarding.pass(channel, in, at, length);
        } else {
            MethodForwarding.reply(channel, Method.BASIC_QOS_OK);
        }
        return true;
    }

    private boolean consume(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        ArgumentReader arguments = session.context().arguments(in, at);
        arguments.shortInt();
        String queue = arguments.shortString();
        String tag = arguments.shortString();
        int bits = arguments.octet();
        boolean noAck = (bits & CONSUME_NO_ACK_BIT) != 0;
        if (UncertainArguments.ofConsumer(in, arguments.skipTable())) {
            if (!channel.binding().bindApart()) {
                return false;
            }
        } else if (channel.carried().hasGlobalPrefetch()
                && UnsupportedUse.mayBe(channel, Feature.GLOBAL_PREFETCH, in, at)) {
            if (!UnsupportedUse.bind(channel, Feature.GLOBAL_PREFETCH, Method.BASIC_CONSUME, in, at)) {
                return false;
            }
        } else if (noAck && UnsupportedUse.mayBe(channel, Feature.NO_ACK, in, at)) {
            if (!UnsupportedUse.bind(channel, Feature.NO_ACK, Method.BASIC_CONSUME, in, at)) {
                return false;
            }
        } else if (!noAck && UnsupportedUse.mayBe(channel, Feature.REJECTION, in, at)) {
            if (!channel.binding().bindApart()) {
                return false;
            }
        } else if (!queue.equals(DIRECT_REPLY_TO)) {
            Purpose purpose = noAck || !channel.carried().hasPrefetch() ? Purpose.CONSUME_UNLIMITED : Purpose.CONSUME;
            if (!channel.binding().bindAnew(purpose)) {
                return false;
            }
        } else if (!channel.binding().bindToPublish()) {
            return false;
        }
        UpstreamChannel upstream = channel.bound();
        if (!tag.isEmpty() && upstream.leftovers().hasConsumer(tag)) {
            throw Refusals.reusedConsumerTag(tag);
        }
        channel.siblings().takeConsumer(channel);
        MethodForwarding.passNamed(channel, Method.BASIC_CONSUME, in, at, length);
        Consumers.Kind kind = kind(queue, noAck);
        upstream.leftovers().onConsume(tag, kind, queue);
        if (Method.BASIC_CONSUME.isAnswered(bits) && kind != Consumers.Kind.REPLIES) {
            upstream.leftovers().awaitConsumeOk();
        }
        return true;
    }

    private static Consumers.Kind kind(String queue, boolean noAck) {
        if (queue.equals(DIRECT_REPLY_TO)) {
            return Consumers.Kind.REPLIES;
        }
        return noAck ? Consumers.Kind.NOT_ACKNOWLEDGED : Consumers.Kind.ACKNOWLEDGED;
    }

    private boolean cancel(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        ArgumentReader arguments = session.context().arguments(in, at);
        String tag = arguments.shortString();
        int bitsAt = arguments.position();
        if (!channel.binding().bind(Purpose.OTHER)) {
            return false;
        }
        boolean quietly = !Method.BASIC_CANCEL.isAnswered(in.get(bitsAt));
        if (channel.bound().leftovers().onCancel(tag, quietly ? Cancelling.QUIET : Cancelling.ANSWERED)) {
            channel.onConsumerGone();
            if (quietly) {
                in.put(bitsAt, (byte) 0); // Only its answer tells that nothing more comes for the consumer.
            }
        }
        MethodForwarding.passOn(channel, Method.BASIC_CANCEL, in, at, length);
        return true;
    }

    private boolean get(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        boolean bound = UnsupportedUse.mayBe(channel, Feature.GET, in, at)
                ? UnsupportedUse.bind(channel, Feature.GET, Method.BASIC_GET, in, at)
                : channel.binding().bind(Purpose.GET);
        if (!bound) {
            return false;
        }
        boolean noAck = (in.get(at + length - 2) & 1) != 0;
        MethodForwarding.passNamed(channel, Method.BASIC_GET, in, at, length);
        channel.bound().leftovers().onGet(noAck);
        channel.bound().outstanding().awaited().onGet();
        return true;
    }

    private boolean settle(ClientChannel channel, Method method, ByteBuffer in, int at, int length)
            throws AmqpException {
        if (!channel.binding().bind(Purpose.OTHER)) {
            return false;
        }
        UpstreamChannel upstream = channel.bound();
        ArgumentReader arguments = session.context().arguments(in, at);
        int tagAt = arguments.position();
        long tag = arguments.longLong();
        int bits = method == Method.BASIC_REJECT ? 0 : arguments.octet();
        boolean multiple = (bits & 1) != 0;
        if (upstream.leftovers().maySettle(tag, multiple)) {
            upstream.outstanding().onSettled(method);
        } else {
            upstream.outstanding().onStatement(method); // Its client is not to miss the error.
        }
        if (multiple && upstream.content().withholding().isAny()) {
            session.writes().flush();
            if (upstream.content().withholding().settleAround(method, tag, bits)) {
                return true;
            }
        }
        in.putLong(tagAt, upstream.leftovers().onSettled(tag, multiple));
        MethodForwarding.pass(channel, in, at, length);
        return true;
    }

    private boolean recover(ClientChannel channel, Method method, ByteBuffer in, int at, int length)
            throws AmqpException {
        if ((session.context().arguments(in, at).octet() & 1) == 0) {
            throw Refusals.notImplemented("requeue=false", method);
        }
        boolean isBound = channel.binding().bind(Purpose.OTHER);
        if (isBound) {
            channel.bound().content().withholding().onRecover();
            MethodForwarding.passOn(channel, method, in, at, length);
        }
        return isBound;
    }

    private boolean declare(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        ArgumentReader arguments = session.context().arguments(in, at);
        arguments.shortInt();
        String name = arguments.shortString();
        int bitsAt = arguments.position();
        int bits = arguments.octet();
        boolean active = (bits & PASSIVE_BIT) == 0;
        boolean exclusive = active && (bits & EXCLUSIVE_BIT) != 0;
        if (active && UncertainArguments.ofQueue(in, arguments.skipTable())) {
            if (!channel.binding().bindApart()) {
                return false;
            }
        } else if (exclusive
                ? !channel.binding().bindAnew(Purpose.EXCLUSIVE_QUEUE)
                : !channel.binding().bind(Purpose.OTHER)) {
            return false;
        }
        if (exclusive && !pinFor(channel, session.context().arguments(in, at))) {
            return false;
        }
        noteTransient(channel, bits);
        noteType(in, at, bits);
        // Only its answer tells which queue is the last one from now on, or that it is this client's and not another's.
        boolean forNobody = !Method.QUEUE_DECLARE.isAnswered(bits);
        in.put(bitsAt, (byte) (bits & ~DECLARE_NO_WAIT_BIT));
        channel.bound().declarations().onDeclare(name, exclusive ? exclusively(in, at) : null, forNobody);
        if (forNobody) {
            channel.bound()
                    .outstanding()
                    .onStatement(Method.QUEUE_DECLARE); // As it is for its client, who is not to miss an error.
        }
        channel.bound().outstanding().onQuestion(Method.QUEUE_DECLARE);
        MethodForwarding.pass(channel, in, at, length);
        return true;
    }

    /**
     * The upstream becomes the client's own for such a declaration.
     *
     * @return false where the channel has to wait
     */
    private boolean pinFor(ClientChannel channel, ArgumentReader declaration) throws AmqpException {
        declaration.shortInt();
        if (channel.binding().awaitsDeletion(declaration.shortString())) {
            return false;
        }
        session.gateway().reserve(channel, false);
        channel.siblings().onExclusiveDeclared();
        return true;
    }

    private Declarations.Exclusively exclusively(ByteBuffer in, int at) throws AmqpException {
        ArgumentReader arguments = session.context().arguments(in, at);
        arguments.shortInt();
        arguments.skipShortString();
        int bits = arguments.octet();
        byte[] table = new byte[arguments.end() - arguments.position()];
        in.get(arguments.position(), table);
        return new Declarations.Exclusively(session, bits, table);
    }

    /** Passes the deletion on; an exclusive queue is known to be gone when the broker says so. */
    private void deleteQueue(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        ArgumentReader arguments = session.context().arguments(in, at);
        arguments.shortInt();
        String queue = arguments.shortString();
        int bitsAt = arguments.position();
        int bits = arguments.octet();
        in.put(bitsAt, (byte) (bits & ~DELETE_NO_WAIT_BIT));
        Declarations declarations = channel.bound().declarations();
        boolean forNobody = !Method.QUEUE_DELETE.isAnswered(bits);
        if (forNobody) {
            channel.bound().outstanding().onStatement(Method.QUEUE_DELETE);
        }
        MethodForwarding.passNamed(channel, Method.QUEUE_DELETE, in, at, length);
        boolean isNamed = !queue.isEmpty()
                || declarations.mayUseLastQueue(channel.carried().lastQueue());
        declarations.onDelete(isNamed ? queue : channel.carried().lastQueue(), forNobody);
    }

    /**
     * A broker closes the connection of whoever names a type of exchange that it does not have. Until it has accepted a
     * type such a declaration has an upstream of its own.
     */
    private boolean declareExchange(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        ArgumentReader arguments = session.context().arguments(in, at);
        arguments.shortInt();
        arguments.skipShortString();
        String type = arguments.shortString();
        int bits = arguments.octet();
        if ((bits & PASSIVE_BIT) == 0 && !session.context().exchangeTypes().contains(type)) {
            if (!channel.binding().bindApart()) {
                return false;
            }
            channel.bound().declarations().onUncertainType(type);
        } else if (!channel.binding().bind(Purpose.OTHER)) {
            return false;
        }
        MethodForwarding.passOn(channel, Method.EXCHANGE_DECLARE, in, at, length);
        noteTransient(channel, bits);
        return true;
    }

    private void noteType(ByteBuffer in, int at, int bits) throws AmqpException {
        ArgumentReader arguments = session.context().arguments(in, at);
        arguments.shortInt();
        String queue = arguments.shortString();
        arguments.octet();
        byte[] type = (bits & PASSIVE_BIT) == 0 ? FieldTable.octets(in, arguments.skipTable(), QUEUE_TYPE) : null;
        if (type != null) {
            LoopContext loop = session.loop();
            session.context()
                    .unsupported()
                    .onDeclare(session.info().vhost(), queue, new String(type, StandardCharsets.UTF_8), loop.now);
        }
    }

    /** The octet of bits is that of a declaration, of a queue or an exchange. */
    private static void noteTransient(ClientChannel channel, int bits) {
        if ((bits & (PASSIVE_BIT | DURABLE_BIT)) == 0) {
            channel.siblings().onTransientDeclared();
        }
    }

    private boolean useQueue(ClientChannel channel, Method method, ByteBuffer in, int at, int length)
            throws AmqpException {
        boolean mayFail = method == Method.QUEUE_PURGE
                || (method == Method.QUEUE_DELETE
                        && (MethodForwarding.bits(channel, method, in, at) & DELETE_CONDITION_BITS) != 0);
        Feature feature = method == Method.QUEUE_PURGE ? Feature.PURGE : Feature.CONDITIONAL_DELETE;
        boolean isUncertain = mayFail && UnsupportedUse.mayBe(channel, feature, in, at);
        boolean bound = isUncertain
                ? UnsupportedUse.bind(channel, feature, method, in, at)
                : channel.binding().bind(Purpose.OTHER);
        if (!bound) {
            return false;
        }
        if (method == Method.QUEUE_DELETE && channel.siblings().mayHaveExclusiveQueues()) {
            deleteQueue(channel, in, at, length);
        } else {
            MethodForwarding.passNamed(channel, method, in, at, length);
        }
        return true;
    }

    /** Answers at once, unless the client is first to hear what the broker has to say of earlier methods. */
    private boolean select(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        channel.setWantsConfirms();
        if (!channel.binding().bindToPublish()) {
            return false;
        }
        UpstreamChannel upstream = channel.bound();
        if (upstream.leftovers().isTransactional() || upstream.mayHaveMoreToSay()) {
            if (!upstream.leftovers().isTransactional()) {
                channel.carried().onSelected();
            }
            upstream.outstanding().onSelect();
            MethodForwarding.passOn(channel, Method.CONFIRM_SELECT, in, at, length);
            return true;
        }
        boolean noWait = (session.context().arguments(in, at).octet() & 1) != 0;
        session.writes().flush();
        upstream.select();
        channel.carried().onSelected();
        if (!noWait) {
            MethodForwarding.reply(channel, Method.CONFIRM_SELECT_OK);
        }
        return true;
    }

    private boolean transaction(ClientChannel channel, Method method, ByteBuffer in, int at, int length)
            throws AmqpException {
        if (!channel.binding().bindToPublish()) {
            return false;
        }
        channel.bound().content().withholding().onTransaction();
        channel.bound().leftovers().onTransaction();
        channel.bound().outstanding().awaited().onAllHandled();
        if (method == Method.TX_COMMIT) {
            channel.bound().leftovers().onCommit();
        }
        MethodForwarding.passOn(channel, method, in, at, length);
        return true;
    }

    private boolean flow(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        if ((session.context().arguments(in, at).octet() & 1) == 0) {
            throw Refusals.notImplemented("active=false", Method.CHANNEL_FLOW);
        }
        if (channel.isBound()) {
            channel.bound().outstanding().onQuestion(Method.CHANNEL_FLOW);
            MethodForwarding.pass(channel, in, at, length);
        } else {
            session.context()
                    .frames()
                    .method(channel.number(), Method.CHANNEL_FLOW_OK)
                    .octet(1)
                    .to(session.out());
            session.flush();
        }
        return true;
    }

    private boolean flowOk(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        if (!channel.isBound() || !channel.bound().leftovers().awaitsFlowAnswer()) {
            throw Refusals.unimplemented(Method.CHANNEL_FLOW_OK);
        }
        channel.bound()
                .leftovers()
                .onFlowAnswer((session.context().arguments(in, at).octet() & 1) != 0);
        MethodForwarding.pass(channel, in, at, length);
        return true;
    }

    private boolean other(ClientChannel channel, Method method, ByteBuffer in, int at, int length)
            throws AmqpException {
        if (!channel.binding().bind(Purpose.OTHER)) {
            return false;
        }
        MethodForwarding.passOn(channel, method, in, at, length);
        return true;
    }
}
