package io.amqproxy.impl.core;

import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Cause;
import io.amqproxy.CloseReason.Initiator;
import java.util.regex.Pattern;

/**
 * How a connection ends: a {@link CloseReason} together with the class and method that a close names.
 *
 * @param methodId class in the upper, method in the lower half; 0 for none
 * @param isFaultOfEndpoint whether connections are better made elsewhere for the time being: the endpoint could not be
 *     reached, did not introduce itself, or fell silent. Whatever else ends a connection may be about its user alone.
 */
public record CloseCause(Initiator initiator, int code, String text, int methodId, boolean isFaultOfEndpoint) {

    /** Names that the broker repeats, of users and vhosts. */
    private static final Pattern QUOTED = Pattern.compile("'[^']*'");

    private static final Pattern LIMIT = Pattern.compile(
            "limit (of )?\\(\\d+\\)|limit (is |has been )?(reached|exceeded)|too many (connections|channels)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern DELETED_VHOST = Pattern.compile("vhost '.*' is (deleted|down)", Pattern.DOTALL);
    private static final Pattern MISSING_VHOST = Pattern.compile("vhost .*not found", Pattern.DOTALL);

    public CloseCause(Initiator initiator, int code, String text, int methodId) {
        this(initiator, code, text, methodId, false);
    }

    public static CloseCause byProxy(ReplyCode code, String text) {
        return new CloseCause(Initiator.PROXY, code.code(), code.name() + " - " + text, 0);
    }

    public static CloseCause byNetwork(String text) {
        return new CloseCause(Initiator.NETWORK, 0, text, 0);
    }

    /** The endpoint is not to be used, see {@link #isFaultOfEndpoint}. */
    public static CloseCause ofEndpoint(String text) {
        return new CloseCause(Initiator.NETWORK, 0, text, 0, true);
    }

    /** Whether the broker itself said no to log-in or vhost by one of the codes that mean it. */
    public boolean isRefusal() {
        return initiator == Initiator.BROKER
                && (code == ReplyCode.ACCESS_REFUSED.code() || code == ReplyCode.NOT_ALLOWED.code())
                && !isLimit();
    }

    /**
     * Whether the broker has enough connections, or channels, of the user or in the vhost already. That says nothing
     * about either, and passes. RabbitMQ: "user connection limit (3) is reached", "connection limit (3) is reached" of
     * a vhost or node, "number of channels opened for user 'guest' has reached the maximum allowed user limit of (3)";
     * LavinMQ and hosted plans say the like.
     */
    public boolean isLimit() {
        return initiator == Initiator.BROKER
                && (code == ReplyCode.NOT_ALLOWED.code() || code == ReplyCode.RESOURCE_ERROR.code())
                && LIMIT.matcher(QUOTED.matcher(text).replaceAll("")).find();
    }

    /**
     * Of a connection that was not open yet: whether the broker, or the proxy in its place, said no to its user in
     * whatever words, which trying again does not change.
     */
    public boolean isNo() {
        return initiator == Initiator.BROKER
                ? !isOfBroker() && !isLimit()
                : initiator == Initiator.PROXY && code == ReplyCode.ACCESS_REFUSED.code();
    }

    /**
     * Whether the connection, or the broker, failed, rather than somebody having meant it: worth another try, and
     * asking the endpoint how it is.
     */
    public boolean isFailure() {
        return switch (initiator) {
            case NETWORK -> true;
            case BROKER -> isOfBroker();
            case PROXY -> code != 0 && code != ReplyCode.SUCCESS.code() && !isNo();
            case CLIENT -> false;
        };
    }

    /** Whether the broker speaks of itself: it is being stopped, or has failed. */
    private boolean isOfBroker() {
        return code == ReplyCode.CONNECTION_FORCED.code() || code == ReplyCode.INTERNAL_ERROR.code();
    }

    /**
     * Whether the broker closed the connection for what it got on it: it names the method, or the code is one of those
     * for what cannot be read or done (AMQP 0-9-1, section 1.2).
     */
    public boolean isOffence() {
        return initiator == Initiator.BROKER
                && !isLimit()
                && (methodId != 0 || (code >= ReplyCode.FRAME_ERROR.code() && !isRefusal()));
    }

    /** Whether the broker may have restarted, so that it has forgotten what is not durable. */
    public boolean isOfRestart() {
        return initiator == Initiator.NETWORK || (initiator == Initiator.BROKER && !isOffence() && !isLimit());
    }

    /** Whether the vhost is gone, and with it all that clients had there; in RabbitMQ's words. */
    public boolean isOfDeletedVhost() {
        return initiator == Initiator.BROKER
                && ((code == ReplyCode.CONNECTION_FORCED.code()
                                && DELETED_VHOST.matcher(text).find())
                        || (code == ReplyCode.NOT_ALLOWED.code()
                                && MISSING_VHOST.matcher(text).find()));
    }

    /** Whether somebody said no to the log-in, the broker or the proxy in its place. */
    public boolean isOfLogin() {
        return isRefusal() || code == ReplyCode.ACCESS_REFUSED.code();
    }

    public CloseReason toReason() {
        return CloseReason.of(initiator, cause(), code, text);
    }

    /** What the code says (AMQP 0-9-1, section 1.2), in words that other protocols have as well. */
    private Cause cause() {
        if (code == 0) {
            return initiator == Initiator.NETWORK ? Cause.LOST : Cause.ORDERLY;
        }
        if (code == ReplyCode.SUCCESS.code()) {
            return Cause.ORDERLY;
        }
        if (code == ReplyCode.CONNECTION_FORCED.code()) {
            return Cause.FORCED;
        }
        if (code == ReplyCode.ACCESS_REFUSED.code() || code == ReplyCode.NOT_ALLOWED.code()) {
            return Cause.REFUSED;
        }
        if (code == ReplyCode.RESOURCE_ERROR.code()) {
            return Cause.LIMIT;
        }
        return code == ReplyCode.INTERNAL_ERROR.code() ? Cause.FAILURE : Cause.OFFENCE;
    }
}
