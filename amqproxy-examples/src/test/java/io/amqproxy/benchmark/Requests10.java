package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

/** What a client of AMQP 1.0 says. */
final class Requests10 {

    private Requests10() {}

    static FrameBuilder10 saslInit(FrameBuilder10 out, LoginScript login) {
        byte[] secret = ('\0' + login.user() + '\0' + login.password()).getBytes(UTF_8);
        return out.begin(Amqp10.SASL_FRAME, 0, Amqp10.SASL_INIT)
                .symbol("PLAIN")
                .binary(secret)
                .end();
    }

    static FrameBuilder10 open(FrameBuilder10 out, String container) {
        return out.header(0)
                .begin(Amqp10.AMQP_FRAME, 0, Amqp10.OPEN)
                .text(container)
                .nothing()
                .number(Amqp10.MAX_FRAME_SIZE)
                .end();
    }

    static FrameBuilder10 begin(FrameBuilder10 out) {
        return out.begin(Amqp10.AMQP_FRAME, 0, Amqp10.BEGIN)
                .nothing()
                .number(0)
                .number(Amqp10.WINDOW)
                .number(Amqp10.WINDOW)
                .end();
    }

    static FrameBuilder10 attachSender(FrameBuilder10 out) {
        return out.begin(Amqp10.AMQP_FRAME, 0, Amqp10.ATTACH)
                .text("sender")
                .number(0)
                .flag(false)
                .octet(2)
                .octet(0)
                .terminus(Amqp10.SOURCE, "")
                .terminus(Amqp10.TARGET, Requests.ROUTING_KEY)
                .nothing()
                .nothing()
                .number(0)
                .end();
    }

    static FrameBuilder10 attachReceiver(FrameBuilder10 out, String address) {
        return out.begin(Amqp10.AMQP_FRAME, 0, Amqp10.ATTACH)
                .text("receiver")
                .number(0)
                .flag(true)
                .octet(1)
                .octet(0)
                .terminus(Amqp10.SOURCE, address)
                .terminus(Amqp10.TARGET, "")
                .end();
    }

    /** Credit for so many messages, of which and of whose transfers so many have come until now. */
    static FrameBuilder10 credit(FrameBuilder10 out, long received, long credit) {
        return out.begin(Amqp10.AMQP_FRAME, 0, Amqp10.FLOW)
                .number((int) received)
                .number(Amqp10.WINDOW)
                .number(0)
                .number(Amqp10.WINDOW)
                .number(0)
                .number((int) received)
                .number((int) credit)
                .end();
    }

    static FrameBuilder10 transfer(FrameBuilder10 out, boolean settled, int size) {
        return out.begin(Amqp10.AMQP_FRAME, 0, Amqp10.TRANSFER)
                .number(0)
                .number(0)
                .binary((byte) 1, (byte) 2, (byte) 3, (byte) 4)
                .number(0)
                .flag(settled)
                .payload()
                .data(size)
                .endWithPayload();
    }

    static FrameBuilder10 detach(FrameBuilder10 out) {
        return out.begin(Amqp10.AMQP_FRAME, 0, Amqp10.DETACH)
                .number(0)
                .flag(true)
                .end();
    }

    static FrameBuilder10 bare(FrameBuilder10 out, int performative) {
        return out.begin(Amqp10.AMQP_FRAME, 0, performative).end();
    }
}
