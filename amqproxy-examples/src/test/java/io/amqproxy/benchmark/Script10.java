package io.amqproxy.benchmark;

/** What a client of AMQP 1.0 says that sends one message: as {@link Script}, and it closes all that it opened. */
final class Script10 {

    private static final int BODY = 128;

    private Script10() {}

    /** Connect, open, send, close; with or without waiting for the outcome. */
    static Script cycle(LoginScript login, boolean confirms) {
        return opening(login)
                .say10(
                        out -> Requests10.transfer(out, !confirms, BODY),
                        confirms ? Amqp10.DISPOSITION : Script.NO_ANSWER)
                .say10(Requests10::detach, Amqp10.DETACH)
                .say10(out -> Requests10.bare(out, Amqp10.END), Amqp10.END)
                .say10(out -> Requests10.bare(out, Amqp10.CLOSE), Amqp10.CLOSE);
    }

    /** Connect, log in, and open a session with a link that may send. */
    static Script opening(LoginScript login) {
        return new Script(Answers::of10)
                .say10(out -> out.header(3), Amqp10.SASL_MECHANISMS)
                .say10(out -> Requests10.saslInit(out, login), Amqp10.SASL_OUTCOME)
                .say10(out -> Requests10.open(out, "benchmark"), Amqp10.OPEN)
                .say10(Requests10::begin, Amqp10.BEGIN)
                .say10(Requests10::attachSender, Amqp10.FLOW);
    }
}
