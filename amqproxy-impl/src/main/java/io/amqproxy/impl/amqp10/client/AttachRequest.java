package io.amqproxy.impl.amqp10.client;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;

/** What a client asks for with an attach, as far as it decides where the session goes. */
final class AttachRequest {

    private AttachRequest() {}

    static Purpose purpose(Performative attach) {
        boolean isReceiver = attach.bool(Performative.ATTACH_ROLE);
        if (Terminus.isTied(attach, Performative.ATTACH_SOURCE)
                || Terminus.isTied(attach, Performative.ATTACH_TARGET)) {
            return Purpose.EXCLUSIVE_QUEUE;
        }
        return isReceiver ? Purpose.CONSUME : Purpose.PUBLISH;
    }
}
