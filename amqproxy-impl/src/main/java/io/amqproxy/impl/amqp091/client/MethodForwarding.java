package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.Refusals;
import java.nio.ByteBuffer;

/** Writes a client's methods to the channel that it is bound to, and notes there what the broker has yet to answer. */
final class MethodForwarding {

    private static final int MAX_NAME = 255;

    private MethodForwarding() {}

    /** The queue that a method names, or means by an empty name. */
    static String queue(ClientChannel channel, ByteBuffer in, int at) throws AmqpException {
        ArgumentReader arguments = arguments(channel, in, at);
        arguments.shortInt();
        String asked = arguments.shortString();
        UpstreamChannel upstream = channel.upstream();
        if (!asked.isEmpty() || upstream == null) {
            return asked.isEmpty() ? channel.carried().lastQueue() : asked;
        }
        return upstream.declarations().lastQueue(channel.carried().lastQueue());
    }

    /**
     * Passes on a method whose second argument is a queue. An empty name means the queue that was declared last on the
     * channel (AMQP 0-9-1, section 1.7.2.1), which only the broker knows while a declaration is under way: on a channel
     * that served others, or that moved since, the name is put in its place.
     */
    static void passNamed(ClientChannel channel, Method method, ByteBuffer in, int at, int length)
            throws AmqpException {
        UpstreamChannel upstream = channel.bound();
        ArgumentReader arguments = arguments(channel, in, at);
        arguments.shortInt();
        int queueAt = arguments.position();
        boolean empty = arguments.skipShortString() == 0;
        if (!empty || upstream.declarations().mayUseLastQueue(channel.carried().lastQueue())) {
            note(upstream, method, bits(channel, method, in, at));
            pass(channel, in, at, length);
            return;
        }
        if (channel.carried().lastQueue().isEmpty()) {
            throw Refusals.noLastQueue(method);
        }
        if (length + 2 * MAX_NAME > upstream.session().frameMax()) {
            throw Refusals.tooLargeForBroker(length, upstream.session().frameMax(), method.id());
        }
        boolean bothEmpty = false;
        if (method == Method.QUEUE_BIND || method == Method.QUEUE_UNBIND) {
            arguments.skipShortString();
            bothEmpty = in.get(arguments.position()) == 0;
        }
        int keyAt = arguments.position();
        note(upstream, method, bits(channel, method, in, at));
        channel.session().writes().flush();
        int restAt = queueAt + 1;
        var frames = channel.session().context().frames();
        frames.method(upstream.number(), method)
                .shortInt(0)
                .shortString(channel.carried().lastQueue());
        if (bothEmpty) {
            frames.raw(in, restAt, keyAt).shortString(channel.carried().lastQueue());
            restAt = keyAt + 1;
        }
        frames.raw(in, restAt, arguments.end()).to(upstream.session().out());
        upstream.session().flush();
    }

    /** Passes a method on where the channel is bound for it; what it does is noted there, so it is not bound again. */
    static void passOn(ClientChannel channel, Method method, ByteBuffer in, int at, int length) throws AmqpException {
        note(channel.bound(), method, bits(channel, method, in, at));
        pass(channel, in, at, length);
    }

    private static void note(UpstreamChannel upstream, Method method, int bits) {
        if (method.isAnswered(bits)) {
            upstream.outstanding().onQuestion(method);
        } else {
            upstream.outstanding().onStatement(method);
        }
    }

    /** The octet of bits, which says whether an answer is wanted; 0 for methods that have none. */
    static int bits(ClientChannel channel, Method method, ByteBuffer in, int at) throws AmqpException {
        ArgumentReader arguments = arguments(channel, in, at);
        String types = method.arguments();
        for (int i = 0; i < types.length(); i++) {
            switch (types.charAt(i)) {
                case 's' -> arguments.shortInt();
                case 'S' -> arguments.skipShortString();
                case 'L' -> arguments.longLong();
                case 'l' -> arguments.longInt();
                case 'B' -> {
                    return arguments.octet();
                }
                default -> {
                    return 0;
                }
            }
        }
        return 0;
    }

    private static ArgumentReader arguments(ClientChannel channel, ByteBuffer in, int at) {
        return channel.session().context().arguments(in, at);
    }

    static void pass(ClientChannel channel, ByteBuffer in, int at, int length) throws AmqpException {
        UpstreamChannel upstream = channel.bound();
        if (length > upstream.session().frameMax()) {
            throw Refusals.tooLargeForBroker(length, upstream.session().frameMax(), Frame.methodId(in, at));
        }
        Frame.patchChannel(in, at, upstream.number());
        channel.session().writes().add(upstream.session(), in, at, at + length);
        channel.fenceIfDue(upstream);
    }

    /** Answers the client in the broker's place. */
    static void reply(ClientChannel channel, Method method) {
        channel.session().context().frames().plain(channel.session().out(), channel.number(), method);
        channel.session().flush();
    }
}
