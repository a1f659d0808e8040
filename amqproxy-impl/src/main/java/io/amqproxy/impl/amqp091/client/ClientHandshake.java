package io.amqproxy.impl.amqp091.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.amqp091.broker.Amqp091Profile;
import io.amqproxy.impl.amqp091.broker.Tune;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ProtocolHeader;
import io.amqproxy.impl.amqp091.codec.Refusals;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.FirstOctets;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.UserNames;
import io.amqproxy.impl.limit.Limits;
import io.amqproxy.impl.pool.spi.BrokerGreeting;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The broker's part of opening a connection (AMQP 0-9-1, section 2.2.4), stage by stage as a broker does it:
 *
 * <pre>
 *   HEADER --AMQP 0 0 9 1--&gt; GREETING --start--&gt; START --start-ok--&gt; PROVING --broker accepts--&gt; TUNE --tune-ok--&gt;
 *   VHOST --open--&gt; OPENING --&gt; DONE
 * </pre>
 *
 * <p>In GREETING, PROVING and OPENING the broker is asked, unless it was asked before, and the client waits. Where the
 * vhost decides which broker that is, TUNE follows on START, and the broker is asked for both in OPENING.
 */
final class ClientHandshake {

    /** What is expected next. */
    enum Stage {
        HEADER,
        GREETING,
        START,
        PROVING,
        TUNE,
        VHOST,
        OPENING,
        DONE
    }

    private static final int CHANNEL_MIN = 1;

    private static final CloseCause SPEAKS_OTHERWISE =
            CloseCause.byProxy(CloseCause.Kind.NOT_ALLOWED, "the broker speaks another protocol");

    /** What RabbitMQ grants if it is not told otherwise, for clients whose broker is not known yet. */
    private static final int USUAL_CHANNEL_MAX = 2047;

    private final ClientConnection session;
    private Stage stage = Stage.HEADER;
    private @Nullable String wantedVhost;
    /** Whether the broker is asked about the credentials when the vhost is known. */
    private boolean awaitsProof;

    private int taken;
    private Tune offered = new Tune(CHANNEL_MIN, Frame.MIN_FRAME_MAX, 0);

    ClientHandshake(ClientConnection session) {
        this.session = session;
    }

    boolean awaitsHeader() {
        return stage == Stage.HEADER;
    }

    boolean isWaiting() {
        return stage == Stage.GREETING || stage == Stage.PROVING || stage == Stage.OPENING;
    }

    /** So many octets were taken before the connection is open. */
    void onTaken(int octets) {
        taken += octets;
        if (taken > Settings.HANDSHAKE_BYTES) {
            session.close(
                    ConnectionClose.offence(ReplyCode.FRAME_ERROR, "too many octets before the connection is open"));
        }
    }

    /**
     * Takes the protocol header.
     *
     * @return whether it was there as a whole, and right
     */
    boolean onHeader(ByteBuffer in) {
        if (!ProtocolHeader.matches(in)) {
            String protocol = FirstOctets.protocol(in);
            session.loop().events.foreignProtocol(session.info(), protocol);
            in.position(in.limit());
            byte[] other = session.context().greeting().otherHeader();
            if (other == null) {
                ProtocolHeader.write(session.out());
            } else {
                session.out().append(ByteBuffer.wrap(other), 0, other.length);
            }
            session.flush();
            session.endWithoutClose(ConnectionClose.offence(
                    ReplyCode.FRAME_ERROR, "not the protocol header of AMQP 0-9-1; what came is: " + protocol));
            return false;
        }
        if (in.remaining() < ProtocolHeader.LENGTH) {
            return false;
        }
        in.position(in.position() + ProtocolHeader.LENGTH);
        onHeader();
        return true;
    }

    private void onHeader() {
        stage = Stage.GREETING;
        BrokerGreeting<Amqp091Profile> greeting = session.context().greeting();
        if (greeting.isAwaited()) {
            session.cancelDeadline();
            greeting.whenOver(this::greet);
        } else {
            start();
        }
    }

    private void greet() {
        if (session.isInHandshake()) {
            start();
            session.wakeAt(session.loop().now + session.loop().settings.handshakeTimeout());
            session.readAgain();
        }
    }

    private void start() {
        byte[] other = session.context().greeting().otherHeader();
        if (other != null) {
            session.out().append(ByteBuffer.wrap(other), 0, other.length);
            session.flush();
            session.loop().events.clientRefused(session.info(), SPEAKS_OTHERWISE.toReason());
            session.endWithoutClose(SPEAKS_OTHERWISE);
            return;
        }
        stage = Stage.START;
        session.profile().onAsked(session.loop().now);
        Amqp091Profile profile = session.context().greeting().profile();
        boolean mayBeKnown = session.profile().identity().isKnown();
        session.context().start().to(session.out(), profile, mayBeKnown);
        session.flush();
    }

    void onMethod(Method method, ByteBuffer in, int at) throws AmqpException {
        session.profile().onAnswered(session.loop().now);
        ArgumentReader arguments = session.context().arguments(in, at);
        if (stage == Stage.START && method == Method.CONNECTION_START_OK) {
            onStartOk(arguments, in);
        } else if (stage == Stage.TUNE && method == Method.CONNECTION_TUNE_OK) {
            onTuneOk(arguments);
        } else if (stage == Stage.VHOST && method == Method.CONNECTION_OPEN) {
            stage = Stage.OPENING;
            open(arguments.shortString());
        } else {
            throw Refusals.unexpectedInState(stageName(), method);
        }
    }

    private String stageName() {
        return switch (stage) {
            case HEADER, GREETING, START -> "starting";
            case PROVING -> "securing";
            case TUNE -> "tuning";
            case VHOST, OPENING -> "opening";
            case DONE -> "running";
        };
    }

    private void onStartOk(ArgumentReader arguments, ByteBuffer in) throws AmqpException {
        int table = arguments.skipTable();
        session.profile().onIntroduced(ClientDescriptions.of(session.loop()).read(in, table, arguments.position()));
        String mechanism = arguments.shortString();
        byte[] response = arguments.longString();
        arguments.skipShortString();
        if (mechanism.equals("EXTERNAL") && session.profile().identity().isKnown()) {
            stage = Stage.PROVING;
            session.profile().identity().credentials(this::onIdentified);
            return;
        }
        Credentials credentials = LoginResponse.read(mechanism, response);
        stage = Stage.PROVING;
        authenticate(credentials);
    }

    /** What the client's identity stands for, or null where it stands for nobody that the broker knows. */
    private void onIdentified(@Nullable Credentials credentials) {
        if (!session.isInHandshake()) {
            if (credentials != null) {
                credentials.wipe();
            }
        } else if (credentials != null) {
            authenticate(credentials);
        } else {
            refuseLogIn(CloseCause.byProxy(
                    Kind.LOGIN_REFUSED, "Login was refused using authentication mechanism EXTERNAL"));
        }
    }

    private void authenticate(Credentials credentials) {
        session.profile().onUser(UserNames.of(session.loop()).same(credentials.user()));
        if (!limits().users().admit(credentials.user())) {
            credentials.wipe();
            onRefused(Refusal.ofUser(credentials));
            return;
        }
        // From here on the client waits for the proxy; acquireTimeout bounds that.
        Long deadline = session.deadline();
        session.cancelDeadline();
        if (!session.gateway().authenticate(session, credentials)) {
            awaitsProof = true;
            session.wakeAt(deadline == null ? session.loop().now : deadline);
            offer(new Tune(
                    USUAL_CHANNEL_MAX,
                    Settings.FRAME_MAX,
                    session.loop().settings.heartbeatSeconds()));
            session.readAgain();
        }
    }

    /** The broker, or the proxy in its place, says no. */
    void onRefused(CloseCause refusal) {
        if (stage == Stage.PROVING && refusal.isOfLogin()) {
            refuseLogIn(refusal);
        } else if (refusal.initiator() == Initiator.NETWORK) {
            session.close(CloseCause.byProxy(Kind.FORCED, refusal.text()));
        } else {
            session.close(refusal);
        }
    }

    /** Without a word where the client would not understand it. */
    private void refuseLogIn(CloseCause refusal) {
        if (session.profile().capabilities().authenticationFailureClose()) {
            session.close(refusal);
        } else {
            session.loop().events.clientRefused(session.info(), refusal.toReason());
            session.endWithoutClose(refusal);
        }
    }

    /** The broker accepted the credentials, now or before. */
    void onAuthenticated(Tune upstream) {
        if (awaitsProof) {
            // Frames that are larger than the broker's are cut, and channels are spread over connections.
            awaitsProof = false;
            open(Objects.requireNonNull(wantedVhost));
        } else {
            offer(upstream);
        }
    }

    private void offer(Tune upstream) {
        stage = Stage.TUNE;
        session.profile().onAsked(session.loop().now);
        int channels = Math.min(upstream.channelMax(), limits().channelsPerClient());
        offered = new Tune(channels, upstream.frameMax(), upstream.heartbeatSeconds());
        frames().method(0, Method.CONNECTION_TUNE)
                .shortInt(offered.channelMax())
                .longInt(offered.frameMax())
                .shortInt(offered.heartbeatSeconds())
                .to(session.out());
        session.flush();
    }

    private void onTuneOk(ArgumentReader arguments) throws AmqpException {
        int channelMax = arguments.shortInt();
        long frameMax = arguments.longInt() & 0xFFFF_FFFFL;
        int heartbeat = arguments.shortInt();
        check("channel_max", channelMax, CHANNEL_MIN, offered.channelMax());
        check("frame_max", frameMax, Frame.MIN_FRAME_MAX, offered.frameMax());
        stage = Stage.VHOST;
        session.onTuned(new Tune(channelMax, (int) frameMax, heartbeat));
    }

    /** RabbitMQ's rule: 0 means no limit, which is more than any limit that was offered. */
    private static void check(String name, long value, int min, int max) throws AmqpException {
        String detail = value == 0 ? " (no limit)" : "";
        if (value != 0 && value < min) {
            throw notNegotiable(name, value, detail, "lower", "minimum", min);
        }
        if (value == 0 || value > max) {
            throw notNegotiable(name, value, detail, "higher", "maximum", max);
        }
    }

    private static AmqpException notNegotiable(
            String name, long value, String detail, String than, String bound, int allowed) {
        return AmqpException.connection(
                ReplyCode.NOT_ALLOWED,
                "negotiated " + name + " = " + value + detail + " is " + than + " than the " + bound
                        + " allowed value (" + allowed + ")",
                Method.CONNECTION_TUNE.id());
    }

    /** The client, with the vhost that it asked for. */
    ClientInfo applicant() {
        return session.info().in(session.info().user(), wantedVhost);
    }

    private void open(String vhost) {
        wantedVhost = vhost;
        if (!awaitsProof && !limits().vhosts().admit(vhost)) {
            session.close(Refusal.ofVhost(vhost, session.info().user(), "the proxy does not admit it"));
            return;
        }
        session.cancelDeadline();
        session.gateway().open(session, vhost);
    }

    /** The broker accepted the vhost. */
    void onOpened() {
        stage = Stage.DONE;
        frames().method(0, Method.CONNECTION_OPEN_OK).shortString("").to(session.out());
        session.flush();
    }

    private Limits limits() {
        return session.loop().settings.limits();
    }

    private FrameWriter frames() {
        return session.context().frames();
    }
}
