package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.Cancelling;
import io.amqproxy.impl.amqp091.channel.ChannelHolder;
import io.amqproxy.impl.amqp091.channel.UncleanState;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.WriteCoalescer;
import java.nio.ByteBuffer;

/**
 * What the broker's methods on a channel mean for what is known of the channel, and whether they are for its client.
 * The frames themselves are passed on as they are, but for the channel number, and delivery and confirm tags on
 * channels that served before.
 */
public final class BrokerMethods {

    private final Amqp091Connection session;
    private final Amqp091Context context;
    private final WriteCoalescer writes;

    /** @param writes what goes to clients before the next method is handled */
    BrokerMethods(Amqp091Connection session, WriteCoalescer writes) {
        this.session = session;
        this.context = Amqp091Context.of(session.loop());
        this.writes = writes;
    }

    /**
     * Takes a method frame whose arguments are well formed.
     *
     * @return whether the frame is for the client
     */
    boolean handle(UpstreamChannel channel, Method method, ByteBuffer in, int at) throws AmqpException {
        return switch (method) {
            case CHANNEL_OPEN_OK -> {
                channel.onOpenOk();
                yield false;
            }
            case CHANNEL_CLOSE -> {
                close(channel, arguments(in, at));
                yield false;
            }
            case CHANNEL_CLOSE_OK -> {
                channel.onCloseOk();
                yield false;
            }
            case CHANNEL_FLOW -> flow(channel, arguments(in, at).octet() != 0);
            case CHANNEL_FLOW_OK -> flowOk(channel);
            case BASIC_QOS_OK, CONFIRM_SELECT_OK -> settingOk(channel, method);
            case BASIC_ACK, BASIC_NACK -> confirm(channel, method, in, at);
            case BASIC_CONSUME_OK -> {
                channel.leftovers().onConsumeOk(arguments(in, at).shortString());
                goOn(channel);
                yield channel.onReply();
            }
            case TX_COMMIT_OK -> {
                channel.leftovers().onCommitted();
                goOn(channel);
                yield channel.onReply();
            }
            case BASIC_CANCEL -> cancel(channel, arguments(in, at).shortString());
            case BASIC_CANCEL_OK -> cancelOk(channel, arguments(in, at).shortString());
            case BASIC_RECOVER_OK -> {
                channel.leftovers().onRecovered();
                yield channel.onReply();
            }
            case BASIC_DELIVER -> deliver(channel, in, at);
            case BASIC_GET_OK -> getOk(channel, in, at);
            case BASIC_GET_EMPTY -> {
                channel.leftovers().onGetAnswered();
                channel.outstanding().awaited().onGot(0);
                yield channel.onReply();
            }
            case BASIC_RETURN -> {
                channel.content().begin();
                if (!channel.outstanding().mayBeReturned()) {
                    channel.onForeign(method);
                }
                yield channel.hasClient();
            }
            case QUEUE_DECLARE_OK -> declareOk(channel, arguments(in, at).shortString());
            case QUEUE_DELETE_OK -> {
                boolean isWanted = channel.declarations().onDeleteOk();
                yield channel.onReply() && isWanted;
            }
            case EXCHANGE_DECLARE_OK -> {
                channel.declarations().onExchangeDeclareOk();
                yield channel.onReply();
            }
            default -> channel.onReply();
        };
    }

    private static void goOn(UpstreamChannel channel) {
        ChannelHolder client = channel.client();
        if (client != null && !channel.leftovers().holdsUp()) {
            client.goOn();
        }
    }

    private void close(UpstreamChannel channel, ArgumentReader arguments) throws AmqpException {
        int code = arguments.shortInt();
        String text = arguments.shortString();
        channel.onBrokerClose(code, text, arguments.longInt());
    }

    private boolean flow(UpstreamChannel channel, boolean active) {
        channel.leftovers().onFlow(active);
        if (channel.hasClient()) {
            channel.leftovers().oweFlowAnswer();
            return true;
        }
        session.frames()
                .method(channel.number(), Method.CHANNEL_FLOW_OK)
                .octet(active ? 1 : 0)
                .to(session.out());
        session.flush();
        return false;
    }

    private static boolean flowOk(UpstreamChannel channel) {
        if (channel.outstanding().replies().takeFlow()) {
            return channel.onReply();
        }
        if (channel.outstanding().replies().takeFence()) {
            channel.onFenced();
        }
        return false;
    }

    private static boolean settingOk(UpstreamChannel channel, Method method) {
        if (!channel.outstanding().replies().takeOwn(method)) {
            return channel.onReply();
        }
        channel.onOwnReply();
        return false;
    }

    private boolean confirm(UpstreamChannel channel, Method method, ByteBuffer in, int at) throws AmqpException {
        ArgumentReader arguments = arguments(in, at);
        int tagAt = arguments.position();
        long tag = arguments.longLong();
        boolean multiple = (arguments.octet() & 1) != 0;
        if (!channel.outstanding().confirms().mayConfirm(tag, multiple)) {
            writes.flush();
            channel.onForeign(method);
            return false;
        }
        boolean isForClient = channel.hasClient(); // The last confirm of a lease lets another client have the channel.
        channel.onConfirmed(tag, multiple);
        if (isForClient) {
            channel.outstanding().confirms().tellClient(in, tagAt, tag);
        }
        return isForClient;
    }

    private static boolean cancel(UpstreamChannel channel, String tag) {
        boolean wasThere = channel.leftovers().hasConsumer(tag);
        if (!channel.leftovers().onCancelled(tag)) {
            channel.onForeign(Method.BASIC_CANCEL);
        }
        ChannelHolder client = channel.client();
        if (client != null && wasThere && !channel.leftovers().hasConsumer(tag)) {
            client.onConsumerGone();
        }
        return client != null && client.understandsCancel();
    }

    private boolean cancelOk(UpstreamChannel channel, String tag) {
        Cancelling how = channel.leftovers().onCancelOk(tag);
        boolean isForClient = channel.onReply();
        ChannelHolder client = channel.client();
        if (how == Cancelling.TOLD && isForClient && client != null) {
            writes.flush();
            client.onCancelled(tag);
        }
        return isForClient && how == Cancelling.ANSWERED;
    }

    private boolean deliver(UpstreamChannel channel, ByteBuffer in, int at) throws AmqpException {
        channel.content().begin();
        ArgumentReader arguments = arguments(in, at);
        int consumerTagAt = arguments.position();
        arguments.skipShortString();
        int tagAt = arguments.position();
        long tag = in.getLong(tagAt);
        UncleanState leftovers = channel.leftovers();
        if (!leftovers.onDelivered(in, consumerTagAt, tagAt)) {
            writes.flush();
            if (leftovers.mayBeDelivered(in, consumerTagAt)) {
                channel.onOddTag(in, tagAt);
            } else {
                channel.onForeign(Method.BASIC_DELIVER);
            }
            return channel.hasClient();
        }
        return !channel.content().holdsMethod(in, at, tagAt, tag) && channel.hasClient();
    }

    private boolean getOk(UpstreamChannel channel, ByteBuffer in, int at) {
        channel.content().beginGot();
        int tagAt = arguments(in, at).position();
        if (!channel.leftovers().isGetting()) {
            channel.onForeign(Method.BASIC_GET_OK);
            return false;
        }
        if (!channel.leftovers().onGetOk(in, tagAt)) {
            channel.onOddTag(in, tagAt);
        }
        return channel.onReply();
    }

    private static boolean declareOk(UpstreamChannel channel, String queue) {
        boolean isWanted = channel.declarations().onDeclareOk(queue);
        ChannelHolder client = channel.client();
        if (client != null) {
            client.onDeclared(queue);
        }
        return channel.onReply() && isWanted;
    }

    private ArgumentReader arguments(ByteBuffer in, int at) {
        return context.arguments(in, at);
    }
}
