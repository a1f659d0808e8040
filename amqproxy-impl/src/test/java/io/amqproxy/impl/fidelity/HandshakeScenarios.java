package io.amqproxy.impl.fidelity;

import static io.amqproxy.impl.fidelity.FrameBytes.method;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.Map;

/** Opening a connection: every stage, and what may go wrong there. */
final class HandshakeScenarios {

    private HandshakeScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of("a connection is opened and closed", run -> {
                    Peer a = run.peer("a").protocolHeader().expect(0, Method.CONNECTION_START);
                    a.raw(a.startOk("PLAIN", "\0guest\0guest")).expect(0, Method.CONNECTION_TUNE);
                    a.send(0, Method.CONNECTION_TUNE_OK, 2047, 131_072, 0);
                    a.send(0, Method.CONNECTION_OPEN, run.login().vhost(), "", 0)
                            .expect(0, Method.CONNECTION_OPEN_OK);
                    a.leave();
                }),
                Scenario.of(
                        "a header of another version",
                        run -> run.peer("a")
                                .raw('A', 'M', 'Q', 'P', 0, 0, 9, 2)
                                .octets(8)
                                .end()),
                Scenario.of(
                        "the header of AMQP 1.0 without support",
                        run -> run.peer("a")
                                .raw('A', 'M', 'Q', 'P', 0, 1, 0, 0)
                                .octets(8)
                                .end()),
                Scenario.of("the header of AMQP 0-9", run -> {
                    Peer a = run.peer("a").raw('A', 'M', 'Q', 'P', 1, 1, 0, 9).startsQuietly();
                    a.raw(a.startOk("PLAIN", "\0guest\0guest")).expect(0, Method.CONNECTION_TUNE);
                    finish(run, a, 2047, 131_072);
                }),
                Scenario.of(
                        "no AMQP at all",
                        run -> run.peer("a")
                                .raw(FrameBytes.utf8("GET / HTTP/1.1\r\n\r\n"))
                                .octets(8)
                                .end()),
                started("a wrong password", (run, a) -> a.raw(a.startOk("PLAIN", "\0guest\0wrong"))),
                started("an unknown user", (run, a) -> a.raw(a.startOk("PLAIN", "\0nobody\0wrong"))),
                started("a wrong password by a client without authentication_failure_close", (run, a) -> {
                    a.capabilities(Map.of());
                    a.raw(a.startOk("PLAIN", "\0guest\0wrong"));
                }),
                started("an empty PLAIN response", (run, a) -> a.raw(a.startOk("PLAIN", ""))),
                started("a PLAIN response with an authorisation identity", (run, a) -> {
                    a.raw(a.startOk("PLAIN", "other\0guest\0guest")).expect(0, Method.CONNECTION_TUNE);
                    finish(run, a, 2047, 131_072);
                }),
                started("an unknown mechanism", (run, a) -> a.raw(a.startOk("CRAM-MD5", "\0guest\0guest"))),
                started("a malformed AMQPLAIN response", (run, a) -> a.raw(a.startOk("AMQPLAIN", "\0guest\0guest"))),
                started("tune-ok instead of start-ok", (run, a) -> a.send(0, Method.CONNECTION_TUNE_OK, 0, 0, 0)),
                started("a method on a channel instead of start-ok", (run, a) -> a.send(1, Method.CHANNEL_OPEN, "")),
                started(
                        "connection.close instead of start-ok",
                        (run, a) -> a.send(0, Method.CONNECTION_CLOSE, 200, "bye", 0, 0)),
                started(
                        "a frame of eight kilobytes before log-in",
                        (run, a) -> a.raw(FrameBytes.frame(1, 0, new byte[9000]))),
                tuned("a channel_max above the offer", (run, a) -> finish(run, a, 65_535, 131_072)),
                tuned("a channel_max of zero", (run, a) -> finish(run, a, 0, 131_072)),
                tuned("a frame_max above the offer", (run, a) -> finish(run, a, 2047, 131_073)),
                tuned("a frame_max of zero", (run, a) -> finish(run, a, 2047, 0)),
                tuned("a frame_max below the minimum", (run, a) -> finish(run, a, 2047, 4095)),
                tuned("the smallest limits", (run, a) -> finish(run, a.frameMax(4096), 1, 4096)),
                tuned(
                        "connection.open instead of tune-ok",
                        (run, a) ->
                                a.send(0, Method.CONNECTION_OPEN, run.login().vhost(), "", 0)),
                tuned(
                        "connection.close instead of tune-ok",
                        (run, a) -> a.send(0, Method.CONNECTION_CLOSE, 200, "bye", 0, 0)),
                tuned("an unknown vhost", (run, a) -> open(a, "nowhere")),
                tuned("a vhost without permission", (run, a) -> open(a, "forbidden")),
                tuned(
                        "a second tune-ok",
                        (run, a) -> a.send(0, Method.CONNECTION_TUNE_OK, 2047, 131_072, 0)
                                .send(0, Method.CONNECTION_TUNE_OK, 2047, 131_072, 0)),
                tuned(
                        "a channel before the connection is open",
                        (run, a) -> a.send(0, Method.CONNECTION_TUNE_OK, 2047, 131_072, 0)
                                .send(1, Method.CHANNEL_OPEN, "")),
                Scenario.of("all of the handshake in one flight", run -> {
                    Peer a = run.peer("a").protocolHeader().startsQuietly();
                    a.raw(FrameBytes.join(
                            a.startOk("PLAIN", "\0guest\0guest"),
                            method(0, Method.CONNECTION_TUNE_OK, 2047, 131_072, 0),
                            method(0, Method.CONNECTION_OPEN, run.login().vhost(), "", 0),
                            method(1, Method.CHANNEL_OPEN, "")));
                    a.expect(1, Method.CHANNEL_OPEN_OK).leave();
                }));
    }

    private static Scenario started(String name, Scenario.PlayOnChannel play) {
        return Scenario.of(name, run -> {
            Peer a = run.peer("a").protocolHeader();
            a.startsQuietly();
            play.in(run, a);
            a.end();
        });
    }

    private static Scenario tuned(String name, Scenario.PlayOnChannel play) {
        return started(name, (run, a) -> {
            a.raw(a.startOk("PLAIN", "\0guest\0guest")).expect(0, Method.CONNECTION_TUNE);
            play.in(run, a);
        });
    }

    private static void finish(ScenarioRun run, Peer a, int channelMax, int frameMax) throws Exception {
        a.send(0, Method.CONNECTION_TUNE_OK, channelMax, frameMax, 0);
        a.send(0, Method.CONNECTION_OPEN, run.login().vhost(), "", 0).expect(0, Method.CONNECTION_OPEN_OK);
        a.leave();
    }

    private static void open(Peer a, String vhost) throws Exception {
        a.send(0, Method.CONNECTION_TUNE_OK, 2047, 131_072, 0);
        a.send(0, Method.CONNECTION_OPEN, vhost, "", 0).expect(0, Method.CONNECTION_OPEN_OK);
    }
}
