package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.Cancelling;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.spi.FaultFilter;
import java.util.ArrayList;
import java.util.List;

/** What is done on purpose to the channels of a client, as a broker would do it, and what they name for that. */
final class ChannelFaults {

    private final ClientConnection session;
    private final ChannelTable table;
    private final ChannelSiblings siblings;

    ChannelFaults(ClientConnection session, ChannelTable table, ChannelSiblings siblings) {
        this.session = session;
        this.table = table;
        this.siblings = siblings;
    }

    /** What an open channel names: its consumers and their queues. */
    private static List<String> names(ClientChannel channel) {
        UpstreamChannel upstream = channel.upstream();
        if (upstream == null) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (String tag : upstream.leftovers().consumerTags()) {
            names.add(tag);
            names.add(upstream.leftovers().queueOf(tag));
        }
        return names;
    }

    List<String> names() {
        return table.all().stream().flatMap(channel -> names(channel).stream()).toList();
    }

    /** {@return what the consumer with this tag consumes from, as far as that is known, otherwise empty} */
    String queueOf(int number, String tag) {
        ClientChannel channel = table.get(number);
        UpstreamChannel upstream = channel == null ? null : channel.upstream();
        return upstream == null ? "" : upstream.leftovers().queueOf(tag);
    }

    /**
     * Closes some of those that are open towards the client, with an error.
     *
     * @return how many
     */
    int fail(FaultFilter which, int code, String text) {
        int failed = 0;
        for (ClientChannel channel : table.all()) {
            if (channel.state() == ClientChannel.State.OPEN
                    && session.isOpen()
                    && which.takes(channel.number(), names(channel))) {
                channel.fail(code, text, 0);
                failed++;
            }
        }
        return failed;
    }

    /**
     * Cancels consumers at the broker, of which the client hears as if the broker had cancelled them by itself. A
     * channel in the midst of a message is let alone.
     *
     * @return how many
     */
    int cancelConsumers(FaultFilter which) {
        int cancelled = 0;
        for (ClientChannel channel : table.all()) {
            UpstreamChannel upstream = channel.upstream();
            boolean isIdle = channel.state() == ClientChannel.State.OPEN && channel.isIdle();
            if (upstream != null && isIdle && !upstream.leftovers().holdsUp()) {
                cancelled += cancelConsumers(channel, upstream, which);
            }
        }
        return cancelled;
    }

    private int cancelConsumers(ClientChannel channel, UpstreamChannel upstream, FaultFilter which) {
        int cancelled = 0;
        for (String tag : upstream.leftovers().consumerTags()) {
            if (which.takes(channel.number(), List.of(tag, upstream.leftovers().queueOf(tag)))
                    && upstream.leftovers().onCancel(tag, Cancelling.TOLD)) {
                siblings.onConsumerGone(channel);
                upstream.outstanding().onQuestion(Method.BASIC_CANCEL);
                upstream.session()
                        .frames()
                        .method(upstream.number(), Method.BASIC_CANCEL)
                        .shortString(tag)
                        .octet(0)
                        .to(upstream.session().out());
                upstream.session().flush();
                cancelled++;
            }
        }
        return cancelled;
    }
}
