package io.amqproxy.impl.amqp091.codec;

import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code connection.close} (AMQP 0-9-1, section 1.4.2.9) and what its code and text mean at RabbitMQ and others. */
public final class ConnectionClose {

    /** Names that the broker repeats, of users and vhosts. */
    private static final Pattern QUOTED = Pattern.compile("'[^']*'");

    /**
     * RabbitMQ: "user connection limit (3) is reached", "connection limit (3) is reached" of a vhost or node, "number
     * of channels opened for user 'guest' has reached the maximum allowed user limit of (3)"; LavinMQ and hosted plans
     * say the like.
     */
    private static final Pattern LIMIT = Pattern.compile(
            "limit (of )?\\(\\d+\\)|limit (is |has been )?(reached|exceeded)|too many (connections|channels)",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern OF_CHANNELS = Pattern.compile("\\bchannels?\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern NUMBER = Pattern.compile("\\((\\d{1,9})\\)");

    private static final Pattern DELETED_VHOST = Pattern.compile("vhost '.*' is (deleted|down)", Pattern.DOTALL);
    private static final Pattern MISSING_VHOST = Pattern.compile("vhost .*not found", Pattern.DOTALL);

    private ConnectionClose() {}

    /** @param methodId class in the upper, method in the lower half; 0 for none */
    private record Offender(int methodId, int limit) implements CloseCause.Detail {

        Offender(int methodId) {
            this(methodId, Integer.MAX_VALUE);
        }

        @Override
        public boolean blames() {
            return methodId != 0;
        }
    }

    /** The broker closes a connection. */
    public static CloseCause byBroker(int code, String text, int methodId) {
        Kind kind = kindOfBrokers(code, text);
        Offender offender = kind == Kind.SLOT_LIMIT ? new Offender(methodId, number(text)) : new Offender(methodId);
        return new CloseCause(Initiator.BROKER, kind, code, text, offender, false);
    }

    private static int number(String text) {
        Matcher matcher = NUMBER.matcher(withoutNames(text));
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : Integer.MAX_VALUE;
    }

    private static String withoutNames(String text) {
        return QUOTED.matcher(text).replaceAll("");
    }

    /** The proxy closes a connection for what came on it. */
    public static CloseCause byProxy(int code, String text, int methodId) {
        return new CloseCause(Initiator.PROXY, kind(code), code, text, new Offender(methodId), false);
    }

    /** What came breaks the protocol. The text gets the code's name in front, as RabbitMQ does. */
    public static CloseCause offence(ReplyCode code, String text) {
        return of(AmqpException.connection(code, text, 0));
    }

    /** The client closes its connection. */
    public static CloseCause byClient(int code, String text) {
        return new CloseCause(Initiator.CLIENT, kind(code), code, text, null, false);
    }

    /** What came broke the protocol. */
    public static CloseCause of(AmqpException offence) {
        return byProxy(offence.code(), offence.text(), offence.methodId());
    }

    /** Class and method that a close names, 0 for none. */
    public static int methodId(CloseCause cause) {
        return cause.detail() instanceof Offender offender ? offender.methodId() : 0;
    }

    private static Kind kindOfBrokers(int code, String text) {
        Kind kind = kind(code);
        if ((kind == Kind.NOT_ALLOWED || kind == Kind.RESOURCE)
                && LIMIT.matcher(withoutNames(text)).find()) {
            return OF_CHANNELS.matcher(withoutNames(text)).find() ? Kind.SLOT_LIMIT : Kind.LIMIT;
        }
        if (kind == Kind.NOT_ALLOWED && MISSING_VHOST.matcher(text).find()) {
            return Kind.VHOST_MISSING;
        }
        return kind == Kind.FORCED && DELETED_VHOST.matcher(text).find() ? Kind.VHOST_DELETED : kind;
    }

    private static Kind kind(int code) {
        return switch (code) {
            case 0, 200 -> Kind.ORDERLY;
            case 320 -> Kind.FORCED;
            case 403 -> Kind.LOGIN_REFUSED;
            case 506 -> Kind.RESOURCE;
            case 530 -> Kind.NOT_ALLOWED;
            case 541 -> Kind.FAILURE;
            default -> Kind.OFFENCE;
        };
    }
}
