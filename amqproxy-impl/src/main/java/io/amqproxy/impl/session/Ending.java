package io.amqproxy.impl.session;

import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.wire.ReplyCode;

/**
 * How a connection ends: a {@link CloseReason} together with the class and method that a close names.
 *
 * @param methodId class in the upper, method in the lower half; 0 for none
 */
public record Ending(Initiator initiator, int code, String text, int methodId) {

    public static Ending byProxy(ReplyCode code, String text) {
        return new Ending(Initiator.PROXY, code.code(), code.name() + " - " + text, 0);
    }

    public static Ending byNetwork(String text) {
        return new Ending(Initiator.NETWORK, 0, text, 0);
    }

    /** Whether the broker itself said no to log-in or vhost, which trying again does not change. */
    public boolean isRefusal() {
        return initiator == Initiator.BROKER
                && (code == ReplyCode.ACCESS_REFUSED.code() || code == ReplyCode.NOT_ALLOWED.code());
    }

    /**
     * Whether connections to the endpoint are better made elsewhere for the time being: it was lost, could not be
     * reached, does not speak the protocol, or is being shut down. What the broker refuses to a user is no such fault,
     * nor where a client's method ended a connection.
     */
    public boolean isFaultOfEndpoint(boolean wasOpen) {
        return switch (initiator) {
            case NETWORK -> true;
            case BROKER ->
                code == ReplyCode.CONNECTION_FORCED.code() || (!wasOpen && code == ReplyCode.INTERNAL_ERROR.code());
            default -> !wasOpen && code != 0;
        };
    }

    /**
     * Whether the broker closed the connection for what it got on it: it names the method, or the code is one of those
     * for what cannot be read or done (AMQP 0-9-1, section 1.2).
     */
    boolean isOffence() {
        return initiator == Initiator.BROKER
                && (methodId != 0 || (code >= ReplyCode.FRAME_ERROR.code() && !isRefusal()));
    }

    /** Whether the broker may have restarted, so that it has forgotten what is not durable. */
    boolean isOfRestart() {
        return initiator == Initiator.NETWORK || (initiator == Initiator.BROKER && !isOffence());
    }

    /** Whether somebody said no to the log-in, the broker or the proxy in its place. */
    boolean isOfLogin() {
        return isRefusal() || code == ReplyCode.ACCESS_REFUSED.code();
    }

    public CloseReason toReason() {
        return new CloseReason(initiator, code, text);
    }
}
