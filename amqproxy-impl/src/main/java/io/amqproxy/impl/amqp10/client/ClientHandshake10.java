package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.broker.Amqp10Profile;
import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.broker.ErrorConditions;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.ProtocolId;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.FirstOctets;
import io.amqproxy.impl.core.Refusal;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.UserNames;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The broker's part of opening a connection (part 5, section 5.3, and part 2, section 2.4.1), stage by stage:
 *
 * <pre>
 *   SASL_HEADER --SASL 1.0--&gt; GREETING --mechanisms--&gt; INIT --sasl-init--&gt; PROVING --broker accepts, outcome--&gt;
 *   AMQP_HEADER --AMQP 1.0--&gt; OPEN --open--&gt; OPENING --broker accepts, open--&gt; DONE
 * </pre>
 *
 * <p>From INIT to CHALLENGED, and on to PROVING with the {@code sasl-response}, goes who asks for PLAIN and says
 * nothing.
 *
 * <p>In GREETING, PROVING and OPENING the broker is asked, unless it was asked before, and the client waits. Where the
 * hostname in {@code open} decides which broker that is, AMQP_HEADER follows on INIT, and the broker is asked for both
 * in OPENING.
 */
final class ClientHandshake10 {

    private enum Stage {
        SASL_HEADER,
        GREETING,
        INIT,
        CHALLENGED,
        PROVING,
        AMQP_HEADER,
        OPEN,
        OPENING,
        DONE
    }

    /** Octets. */
    private static final int MOST_OF_CONTAINER_ID = 255;

    private final ClientConnection10 client;
    private Stage stage = Stage.SASL_HEADER;
    private int taken;
    private boolean isWelcome;
    private @Nullable String likelyHostname;
    /** Whether the broker is asked about the credentials when the hostname is known. */
    private boolean awaitsProof;
    /** What it speaks instead, if that is no AMQP 1.0. */
    private @Nullable String foreign;

    private boolean wantsToBeSole;

    ClientHandshake10(ClientConnection10 client) {
        this.client = client;
    }

    boolean awaitsHeader() {
        return stage == Stage.SASL_HEADER || stage == Stage.AMQP_HEADER;
    }

    boolean isWaiting() {
        return stage == Stage.GREETING || stage == Stage.PROVING || stage == Stage.OPENING;
    }

    int frameType() {
        return stage.compareTo(Stage.AMQP_HEADER) < 0 ? FrameHeader.TYPE_SASL : FrameHeader.TYPE_AMQP;
    }

    /** So many octets were taken before the connection is open. */
    void onTaken(int octets) {
        taken += octets;
        if (taken > Settings.HANDSHAKE_BYTES) {
            abandon("too many octets before the connection is open");
        }
    }

    /**
     * Takes a protocol header.
     *
     * @return whether it was the right one
     */
    boolean onHeader(ByteBuffer in, int at) {
        ProtocolId wanted = stage == Stage.SASL_HEADER ? ProtocolId.SASL : ProtocolId.AMQP;
        boolean isRight = wanted.matches(in, at, at + ProtocolId.LENGTH);
        if (stage == Stage.SASL_HEADER) {
            if (!isRight && !ProtocolId.AMQP.matches(in, at, at + ProtocolId.LENGTH)) {
                String protocol = FirstOctets.protocol(in.duplicate().position(at));
                client.loop().events.foreignProtocol(client.info(), protocol);
                foreign = protocol;
            }
            isWelcome = isRight;
            stage = Stage.GREETING;
            greet();
        } else if (isRight) {
            stage = Stage.OPEN;
            wanted.write(client.out());
            client.flush();
        } else {
            answerWith(wanted.octets(), "not the protocol header that has to come");
        }
        return !client.isOver();
    }

    private void answerWith(byte[] header, String why) {
        client.out().append(ByteBuffer.wrap(header), 0, header.length);
        client.flush();
        abandon(why);
    }

    private void abandon(String why) {
        String came = foreign == null ? "" : "; what came is: " + foreign;
        client.abandon(ErrorConditions.byProxy(AmqpError.FRAMING_ERROR, why + came), foreign != null);
    }

    private void greet() {
        var greeting = client.context().greeting();
        if (greeting.isAwaited()) {
            client.cancelDeadline();
            greeting.whenOver(() -> {
                if (client.isInHandshake()) {
                    announce();
                    client.resumeHandshake();
                }
            });
        } else {
            announce();
        }
    }

    /** The broker's mechanisms, or its answer to clients whose protocol it does not speak. */
    private void announce() {
        byte[] other = client.context().greeting().otherHeader();
        if (other != null) {
            answerWith(other, "the broker does not speak AMQP 1.0");
            return;
        }
        if (!isWelcome) {
            answerWith(ProtocolId.SASL.octets(), "not the header of SASL, which brokers insist on");
            return;
        }
        ProtocolId.SASL.write(client.out());
        Amqp10Profile profile = client.context().greeting().profile();
        stage = Stage.INIT;
        composer(CompositeType.SASL_MECHANISMS)
                .symbols(profile.announcedMechanisms(client.identity().isKnown()))
                .to(client.out());
        client.flush();
    }

    void onFrame(int channel, Performative performative) throws AmqpError {
        if (stage == Stage.INIT && performative.type() == CompositeType.SASL_INIT) {
            onInit(performative);
        } else if (stage == Stage.CHALLENGED && performative.type() == CompositeType.SASL_RESPONSE) {
            logIn("PLAIN", performative.content(Performative.SASL_RESPONSE_CONTENT));
        } else if (stage == Stage.OPEN && performative.type() == CompositeType.OPEN) {
            if (channel != 0) {
                throw AmqpError.connection(AmqpError.FRAMING_ERROR, "open on channel " + channel); // Section 2.7.1.
            }
            onOpen(performative);
        } else if (stage == Stage.OPEN && performative.type() == CompositeType.CLOSE) {
            stage = Stage.DONE;
            composer(CompositeType.OPEN).string("").to(client.out());
            client.onClose(performative);
        } else {
            throw AmqpError.connection(AmqpError.NOT_ALLOWED, "unexpected " + performative);
        }
    }

    /**
     * The hostname that will be opened: the open may lie behind already, or else the one in {@code sasl-init} is it.
     */
    @Nullable
    String likelyHostname() {
        return likelyHostname;
    }

    private static @Nullable String hostnameOf(ByteBuffer in, int header) {
        int open = header + ProtocolId.LENGTH;
        if (in.limit() < open + FrameHeader.LENGTH || !ProtocolId.AMQP.matches(in, header, open)) {
            return null;
        }
        try {
            int size = FrameHeader.check(in, open, Settings.HANDSHAKE_FRAME_MAX, FrameHeader.TYPE_AMQP);
            if (in.limit() < open + size) {
                return null;
            }
            Performative next = new Performative().read(in, FrameHeader.body(in, open), open + size);
            String hostname = next.type() == CompositeType.OPEN ? next.text(Performative.OPEN_HOSTNAME) : null;
            return next.type() == CompositeType.OPEN && hostname == null ? "" : hostname;
        } catch (AmqpError malformed) {
            return null; // It is told of when it is its turn.
        }
    }

    private void onInit(Performative init) throws AmqpError {
        likelyHostname = hostnameOf(init.buffer(), init.end());
        if (likelyHostname == null) {
            likelyHostname = init.text(Performative.SASL_INIT_HOSTNAME);
        }
        String mechanism = String.valueOf(init.text(Performative.SASL_INIT_MECHANISM));
        byte[] response = init.content(Performative.SASL_INIT_RESPONSE);
        if (mechanism.equals("EXTERNAL") && client.identity().isKnown()) {
            stage = Stage.PROVING;
            client.identity().credentials(this::onIdentified);
        } else if (mechanism.equals("PLAIN") && isChallenged(init, response)) {
            stage = Stage.CHALLENGED;
            composer(CompositeType.SASL_CHALLENGE).binary(new byte[0]).to(client.out());
            client.flush();
        } else {
            logIn(mechanism, response);
        }
    }

    private boolean isChallenged(Performative init, byte[] response) {
        return !init.has(Performative.SASL_INIT_RESPONSE)
                || (response.length == 0
                        && client.context().greeting().profile().challengesEmptyResponses());
    }

    private void logIn(String mechanism, byte[] response) {
        boolean hasIdentity = mechanism.equals("PLAIN") && response.length > 0 && response[0] != 0;
        if (hasIdentity && client.context().greeting().profile().closesForAuthorizationIdentity()) {
            Arrays.fill(response, (byte) 0);
            String why = "authorisation identity, for which the broker closes the socket";
            client.abandon(CloseCause.byProxy(Kind.LOGIN_REFUSED, why), false);
            return;
        }
        Credentials credentials;
        try {
            credentials = SaslLogin.read(mechanism, response);
        } catch (AmqpError unusable) {
            refuse(ErrorConditions.SASL_AUTH, ErrorConditions.byProxy(unusable.condition(), unusable.text()));
            return;
        }
        stage = Stage.PROVING;
        authenticate(credentials);
    }

    private void onIdentified(@Nullable Credentials credentials) {
        if (!client.isInHandshake()) {
            if (credentials != null) {
                credentials.wipe();
            }
        } else if (credentials != null) {
            authenticate(credentials);
        } else {
            refuse(ErrorConditions.SASL_AUTH, CloseCause.byProxy(Kind.LOGIN_REFUSED, "no account for the certificate"));
        }
    }

    private void authenticate(Credentials credentials) {
        client.onUser(UserNames.of(client.loop()).same(credentials.user()));
        if (!client.loop().settings.limits().users().admit(credentials.user())) {
            credentials.wipe();
            refuse(ErrorConditions.SASL_AUTH, Refusal.ofUser(credentials));
            return;
        }
        // From here on the client waits for the proxy; acquireTimeout bounds that.
        Long deadline = client.deadline();
        client.cancelDeadline();
        if (!client.gateway().authenticate(client, credentials)) {
            awaitsProof = true;
            client.wakeAt(deadline == null ? client.loop().now : deadline);
            letOn();
            client.readAgain();
        }
    }

    /**
     * The broker accepts the credentials.
     *
     * @return whether the client is to go on by itself
     */
    boolean onAuthenticated() {
        if (!awaitsProof) {
            letOn();
            return true;
        }
        awaitsProof = false;
        String hostname = String.valueOf(likelyHostname);
        if (isAdmitted(hostname)) {
            client.gateway().open(client, hostname);
        } else {
            client.close(ErrorConditions.byProxy(AmqpError.NOT_ALLOWED, notAdmitted(hostname)));
        }
        return false;
    }

    private void letOn() {
        composer(CompositeType.SASL_OUTCOME).ubyte(ErrorConditions.SASL_OK).to(client.out());
        client.flush();
        stage = Stage.AMQP_HEADER;
    }

    /**
     * The broker, or the proxy in its place, says no.
     *
     * @return whether the connection is to be closed with it
     */
    boolean onRefused(CloseCause refusal) {
        if (stage != Stage.PROVING) {
            return true;
        }
        refuse(ErrorConditions.outcome(refusal), refusal);
        return false;
    }

    private void refuse(int code, CloseCause why) {
        composer(CompositeType.SASL_OUTCOME).ubyte(code).to(client.out());
        client.flush();
        client.abandon(why, false);
    }

    private void onOpen(Performative open) throws AmqpError {
        String containerId = String.valueOf(open.text(Performative.OPEN_CONTAINER_ID));
        long maxFrameSize = Integer.toUnsignedLong(open.uint(Performative.OPEN_MAX_FRAME_SIZE, -1));
        if (maxFrameSize < FrameHeader.MIN_MAX_FRAME_SIZE) {
            throw AmqpError.connection(
                    AmqpError.FRAMING_ERROR, "max-frame-size of " + maxFrameSize + " is less than 512");
        }
        String hostname = open.text(Performative.OPEN_HOSTNAME);
        client.onOpened(
                ClientProperties.of(BoundedName.of(containerId, MOST_OF_CONTAINER_ID)),
                (int) Math.min(maxFrameSize, Settings.FRAME_MAX),
                open.uint(Performative.OPEN_IDLE_TIME_OUT, 0),
                open.ushort(Performative.OPEN_CHANNEL_MAX, 0xFFFF));
        wantsToBeSole = open.hasSymbol(Performative.OPEN_DESIRED_CAPABILITIES, BrokerOpen.SOLE_CONNECTION);
        stage = Stage.OPENING;
        String vhost = hostname == null ? "" : hostname;
        likelyHostname = vhost;
        if (!awaitsProof && !isAdmitted(vhost)) {
            throw AmqpError.connection(AmqpError.NOT_ALLOWED, notAdmitted(vhost));
        }
        client.cancelDeadline();
        client.gateway().open(client, vhost);
    }

    private static String notAdmitted(String hostname) {
        return "access to '" + hostname + "' refused";
    }

    private boolean isAdmitted(String hostname) {
        return client.loop().settings.limits().vhosts().admit(client.nameOfVhost(hostname));
    }

    boolean wantsToBeSole() {
        return wantsToBeSole;
    }

    /** The broker accepted the vhost. */
    void onVhost(BrokerOpen broker, int channelMax) {
        stage = Stage.DONE;
        FrameComposer open = composer(CompositeType.OPEN)
                .string(broker.containerId())
                .none()
                .uint(Math.max(broker.maxFrameSize(), FrameHeader.MIN_MAX_FRAME_SIZE))
                .ushort(channelMax);
        int heartbeat = client.loop().settings.heartbeatSeconds();
        if (heartbeat > 0) {
            open.uint(2000 * heartbeat);
        } else {
            open.none();
        }
        open.none()
                .none()
                .raw(broker.offeredCapabilities())
                .none()
                .raw(broker.properties())
                .to(client.out());
        client.flush();
    }

    /**
     * What to say first where the connection is refused: a close without an open is none (section 2.4.3), and a client
     * need not take the open for a success: JMS clients wait for the close then. Who is about to log in is told that it
     * cannot now.
     */
    void openToClose() {
        if (stage == Stage.OPEN || stage == Stage.OPENING) {
            composer(CompositeType.OPEN)
                    .string("")
                    .none(8)
                    .map(Map.of(BrokerOpen.FAILED, true))
                    .to(client.out());
        } else if (stage == Stage.INIT || stage == Stage.CHALLENGED || stage == Stage.PROVING) {
            composer(CompositeType.SASL_OUTCOME)
                    .ubyte(ErrorConditions.SASL_TEMPORARY)
                    .to(client.out());
        }
    }

    boolean isSasl() {
        return stage.compareTo(Stage.AMQP_HEADER) <= 0;
    }

    private FrameComposer composer(CompositeType type) {
        return client.context().composer().begin(0, type);
    }
}
