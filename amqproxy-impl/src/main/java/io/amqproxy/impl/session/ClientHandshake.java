package io.amqproxy.impl.session;

import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.Arguments;
import io.amqproxy.impl.wire.FieldTable;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.FrameWriter;
import io.amqproxy.impl.wire.Method;
import io.amqproxy.impl.wire.ReplyCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The broker's part of opening a connection (AMQP 0-9-1, section 2.2.4), stage by stage as a broker does it:
 *
 * <pre>
 *   HEADER --AMQP 0 0 9 1--&gt; START --start-ok--&gt; PROVING --broker accepts--&gt; TUNE --tune-ok--&gt; VHOST --open--&gt; OPENING --&gt; DONE
 * </pre>
 *
 * <p>In PROVING and OPENING the broker is asked, unless it was asked before, and the client waits.
 */
final class ClientHandshake {

    /** What is expected next. */
    enum Stage {
        HEADER,
        START,
        PROVING,
        TUNE,
        VHOST,
        OPENING,
        DONE
    }

    private static final int CHANNEL_MIN = 1;

    private final ClientSession session;
    private Stage stage = Stage.HEADER;
    private Map<String, Object> capabilities = Map.of();
    private Tune offered = new Tune(CHANNEL_MIN, Frame.MIN_FRAME_MAX, 0);

    ClientHandshake(ClientSession session) {
        this.session = session;
    }

    Stage stage() {
        return stage;
    }

    boolean isWaiting() {
        return stage == Stage.PROVING || stage == Stage.OPENING;
    }

    boolean hasCapability(String name) {
        return Boolean.TRUE.equals(capabilities.get(name));
    }

    void onHeader() {
        stage = Stage.START;
        BrokerProfile profile = session.loop().profile;
        frames().method(0, Method.CONNECTION_START)
                .octet(0)
                .octet(9)
                .table(profile.announcedProperties())
                .longString(String.join(" ", profile.announcedMechanisms()))
                .longString(profile.locales())
                .to(session.out());
        session.flush();
    }

    void onMethod(Method method, ByteBuffer in, int at) throws AmqpException {
        Arguments arguments = session.loop().arguments.reset(in, at);
        if (stage == Stage.START && method == Method.CONNECTION_START_OK) {
            onStartOk(arguments);
        } else if (stage == Stage.TUNE && method == Method.CONNECTION_TUNE_OK) {
            onTuneOk(arguments);
        } else if (stage == Stage.VHOST && method == Method.CONNECTION_OPEN) {
            stage = Stage.OPENING;
            session.openVhost(arguments.shortString());
        } else {
            throw AmqpException.connection(
                    ReplyCode.COMMAND_INVALID, "unexpected method in connection state " + stageName(), method.id());
        }
    }

    private String stageName() {
        return switch (stage) {
            case HEADER, START -> "starting";
            case PROVING -> "securing";
            case TUNE -> "tuning";
            case VHOST, OPENING -> "opening";
            case DONE -> "running";
        };
    }

    private void onStartOk(Arguments arguments) throws AmqpException {
        Map<String, Object> properties = arguments.table();
        if (properties.get("capabilities") instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked") // FieldTable reads tables with names as keys only
            Map<String, Object> named = (Map<String, Object>) map;
            capabilities = named;
        }
        String mechanism = arguments.shortString();
        byte[] response = arguments.longString();
        arguments.skipShortString();
        Credentials credentials = switch (mechanism) {
            case "PLAIN" -> plain(response);
            case "AMQPLAIN" -> amqplain(response);
            default ->
                throw AmqpException.connection(
                        ReplyCode.COMMAND_INVALID,
                        "unknown authentication mechanism '" + mechanism + "'",
                        Method.CONNECTION_START_OK.id());
        };
        stage = Stage.PROVING;
        session.authenticate(credentials);
    }

    /** RFC 4616; the authorisation identity is ignored, as RabbitMQ does. */
    private static Credentials plain(byte[] response) throws AmqpException {
        int first = indexOfNul(response, 0);
        int second = first < 0 ? -1 : indexOfNul(response, first + 1);
        if (second < 0) {
            throw AmqpException.connection(
                    ReplyCode.SYNTAX_ERROR,
                    "response of mechanism PLAIN is malformed",
                    Method.CONNECTION_START_OK.id());
        }
        String user = new String(response, first + 1, second - first - 1, StandardCharsets.UTF_8);
        byte[] secret = java.util.Arrays.copyOfRange(response, second + 1, response.length);
        return new Credentials("PLAIN", user, secret);
    }

    private static int indexOfNul(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    /** A field table without its length, with LOGIN and PASSWORD (RabbitMQ's page on access control). */
    private static Credentials amqplain(byte[] response) throws AmqpException {
        ByteBuffer frame = ByteBuffer.allocate(Frame.OVERHEAD + 8 + response.length);
        frame.putInt(Frame.SIZE_OFFSET, 8 + response.length);
        frame.putInt(Frame.PAYLOAD_OFFSET, Method.CONNECTION_START_OK.id());
        frame.putInt(Frame.PAYLOAD_OFFSET + 4, response.length);
        frame.put(Frame.PAYLOAD_OFFSET + 8, response);
        int table = new Arguments().reset(frame, 0).skipTable();
        byte[] user = FieldTable.octets(frame, table, "LOGIN");
        byte[] secret = FieldTable.octets(frame, table, "PASSWORD");
        if (user == null || secret == null) {
            throw AmqpException.connection(
                    ReplyCode.SYNTAX_ERROR,
                    "AMQPLAIN auth info " + (user == null ? "LOGIN" : "PASSWORD") + " is missing",
                    Method.CONNECTION_START_OK.id());
        }
        return new Credentials("AMQPLAIN", new String(user, StandardCharsets.UTF_8), secret);
    }

    /** The broker accepted the credentials, now or before. */
    void onAuthenticated(Tune upstream) {
        stage = Stage.TUNE;
        offered = upstream;
        frames().method(0, Method.CONNECTION_TUNE)
                .shortInt(offered.channelMax())
                .longInt(offered.frameMax())
                .shortInt(offered.heartbeatSeconds())
                .to(session.out());
        session.flush();
    }

    private void onTuneOk(Arguments arguments) throws AmqpException {
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

    void onOpened() {
        stage = Stage.DONE;
        frames().method(0, Method.CONNECTION_OPEN_OK).shortString("").to(session.out());
        session.flush();
    }

    private FrameWriter frames() {
        return session.loop().frames;
    }
}
