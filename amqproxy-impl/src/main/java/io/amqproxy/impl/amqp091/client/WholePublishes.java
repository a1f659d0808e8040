package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.WholeMessage;
import java.nio.ByteBuffer;

/** The short way of messages that lie in the read buffer as a whole, one behind the other, on one channel. */
final class WholePublishes {

    private WholePublishes() {}

    /**
     * Takes those of a channel of this number that lie here, up to the first frame that is anything else.
     *
     * @return where that begins; what is before it has the number of the channel at the broker
     */
    static int take(ClientConnection session, int number, UpstreamChannel to, ByteBuffer in, int at, int limit) {
        int maxFrame = Math.min(session.frameMax(), to.session().frameMax());
        long maxBody = session.loop().settings.maxMessageSize();
        int next = at;
        int end = WholeMessage.publishEnd(in, next, limit, number, maxFrame, maxBody);
        if (end != WholeMessage.NONE
                && (session.backpressure().holdsBack() || session.backpressure().forRoomIfFull(to.session()))) {
            return at; // Others have filled it; each adding what it sent meanwhile would know no bound.
        }
        while (end != WholeMessage.NONE) {
            boolean mandatory = WholeMessage.isMandatory(in, WholeMessage.nextFrame(in, next));
            if (mandatory && session.backpressure().answers().holds()) {
                break;
            }
            session.backpressure().countMessage();
            to.outstanding().onPublish(mandatory, end - next);
            WholeMessage.patchChannel(in, next, end, to.number());
            next = end;
            end = WholeMessage.publishEnd(in, next, limit, number, maxFrame, maxBody);
        }
        return next;
    }
}
