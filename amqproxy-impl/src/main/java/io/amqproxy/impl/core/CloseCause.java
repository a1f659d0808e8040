package io.amqproxy.impl.core;

import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Cause;
import io.amqproxy.CloseReason.Initiator;
import org.jspecify.annotations.Nullable;

/**
 * How a connection ends, whatever the protocol: a {@link CloseReason} together with what pools and clients make of it.
 * Each protocol says of what kind its own closes are, and reads its detail again when it passes one on.
 *
 * @param code as {@link CloseReason#code}; nothing is decided by it
 * @param detail what else the protocol says, null for nothing
 * @param isFaultOfEndpoint whether connections are better made elsewhere for the time being: the endpoint could not be
 *     reached, did not introduce itself, or fell silent. Whatever else ends a connection may be about its user alone.
 */
public record CloseCause(
        Initiator initiator,
        Kind kind,
        int code,
        String text,
        @Nullable Detail detail,
        boolean isFaultOfEndpoint) {

    /** What happened. */
    public enum Kind {
        /** Somebody wanted no more of it. */
        ORDERLY(Cause.ORDERLY, 200, "SUCCESS"),
        /** The socket was closed or failed without a word. */
        LOST(Cause.LOST, 0, ""),
        /** User and secret are not accepted. */
        LOGIN_REFUSED(Cause.REFUSED, 403, "ACCESS_REFUSED"),
        /** The user is known, but may not do this, or not here. */
        NOT_ALLOWED(Cause.REFUSED, 530, "NOT_ALLOWED"),
        /** The broker has said no without a word: for the user, the vhost, or a limit of connections. */
        NO_REASON(Cause.REFUSED, 530, "NOT_ALLOWED"),
        /** There is no such vhost. */
        VHOST_MISSING(Cause.REFUSED, 530, "NOT_ALLOWED"),
        /** The vhost was taken away while it was in use. */
        VHOST_DELETED(Cause.FORCED, 320, "CONNECTION_FORCED"),
        /** The broker has enough connections of the user or in the vhost. That says nothing about either. */
        LIMIT(Cause.LIMIT, 530, "NOT_ALLOWED"),
        /** The same of channels, or sessions. */
        SLOT_LIMIT(Cause.LIMIT, 530, "NOT_ALLOWED"),
        /** There is not enough of something. */
        RESOURCE(Cause.LIMIT, 506, "RESOURCE_ERROR"),
        /** It had to go for no fault of the peer. */
        FORCED(Cause.FORCED, 320, "CONNECTION_FORCED"),
        /** The peer did what costs it the connection. */
        OFFENCE(Cause.OFFENCE, 503, "COMMAND_INVALID"),
        /** Whoever closes it has failed. */
        FAILURE(Cause.FAILURE, 541, "INTERNAL_ERROR");

        private final Cause cause;
        private final int code;
        private final String name;

        Kind(Cause cause, int code, String name) {
            this.cause = cause;
            this.code = code;
            this.name = name;
        }
    }

    /** What a protocol's close says beside code and text. */
    public interface Detail {

        /** Whether it names what the broker got on the connection as its reason. */
        boolean blames();

        /** The limit that it names, {@code MAX_VALUE} for none. */
        default int limit() {
            return Integer.MAX_VALUE;
        }
    }

    private CloseCause(Initiator initiator, Kind kind, String text) {
        this(initiator, kind, kind.code, text, null, false);
    }

    /** The proxy closes it. The text gets the kind's name in front, as RabbitMQ does. */
    public static CloseCause byProxy(Kind kind, String text) {
        return new CloseCause(Initiator.PROXY, kind, kind.name + " - " + text);
    }

    /** The proxy has no more use for a connection. */
    public static CloseCause orderly(String text) {
        return new CloseCause(Initiator.PROXY, Kind.ORDERLY, text);
    }

    public static CloseCause byNetwork(String text) {
        return new CloseCause(Initiator.NETWORK, Kind.LOST, text);
    }

    /** The endpoint is not to be used, see {@link #isFaultOfEndpoint}. */
    public static CloseCause ofEndpoint(String text) {
        return byNetwork(text).atFaultOfEndpoint();
    }

    /** The same, and the endpoint is not to be used. */
    public CloseCause atFaultOfEndpoint() {
        return new CloseCause(initiator, kind, code, text, detail, true);
    }

    /**
     * The same of a connection that was not opened, as one of those that there may be too many of.
     *
     * @param isAnotherOpen whether the broker lets the same user be in the same vhost on another one
     */
    public CloseCause asLimit(boolean isAnotherOpen) {
        boolean isLimit = isByBroker() && ((kind == Kind.NO_REASON && isAnotherOpen) || kind == Kind.RESOURCE);
        return isLimit ? new CloseCause(initiator, Kind.LIMIT, code, text, detail, isFaultOfEndpoint) : this;
    }

    private boolean isByBroker() {
        return initiator == Initiator.BROKER;
    }

    /** Whether the broker itself said no to log-in or vhost. */
    public boolean isRefusal() {
        return isByBroker() && kind.cause == Cause.REFUSED;
    }

    /** Whether the broker has enough connections, or channels, of the user or in the vhost already, which passes. */
    public boolean isLimit() {
        return isByBroker() && (kind == Kind.LIMIT || kind == Kind.SLOT_LIMIT);
    }

    /** The same, of channels only, which costs a connection that was open. */
    public boolean isSlotLimit() {
        return isByBroker() && kind == Kind.SLOT_LIMIT;
    }

    /** How many channels there may be, as it says; {@code MAX_VALUE} where it does not. */
    public int slotLimit() {
        return detail == null ? Integer.MAX_VALUE : detail.limit();
    }

    /** Whether the proxy itself lacked something, so that nothing is said about the endpoint. */
    public boolean isLack() {
        return initiator == Initiator.PROXY && kind == Kind.RESOURCE;
    }

    /**
     * Of a connection that was not open yet: whether the broker, or the proxy in its place, said no to its user in
     * whatever words, which trying again does not change.
     */
    public boolean isNo() {
        return isByBroker() ? !isOfBroker() && !isLimit() : initiator == Initiator.PROXY && kind == Kind.LOGIN_REFUSED;
    }

    /**
     * Whether the connection, or the broker, failed, rather than somebody having meant it: worth another try, and
     * asking the endpoint how it is.
     */
    public boolean isFailure() {
        return switch (initiator) {
            case NETWORK -> true;
            case BROKER -> isOfBroker();
            case PROXY -> kind != Kind.ORDERLY && !isNo();
            case CLIENT -> false;
        };
    }

    /** Whether the proxy had no more use for the connection. */
    public boolean isOfProxy() {
        return initiator == Initiator.PROXY && kind == Kind.ORDERLY;
    }

    /** Whether the broker speaks of itself: it is being stopped, or has failed. */
    private boolean isOfBroker() {
        return kind.cause == Cause.FORCED || kind == Kind.FAILURE;
    }

    /** Whether the broker closed the connection for what it got on it: it says so, or it could not read or do it. */
    public boolean isOffence() {
        boolean isBlamed = detail != null && detail.blames();
        return isByBroker() && !isLimit() && (isBlamed || isOfWhatCameIn());
    }

    private boolean isOfWhatCameIn() {
        return kind == Kind.OFFENCE || kind == Kind.RESOURCE || kind == Kind.FAILURE;
    }

    /** Whether the broker may have restarted, so that it has forgotten what is not durable. */
    public boolean isOfRestart() {
        return initiator == Initiator.NETWORK || (isByBroker() && !isOffence() && !isLimit());
    }

    /** Whether the vhost is gone, and with it all that clients had there. */
    public boolean isOfDeletedVhost() {
        return isByBroker() && (kind == Kind.VHOST_DELETED || kind == Kind.VHOST_MISSING);
    }

    /** Whether somebody said no to the log-in, the broker or the proxy in its place. */
    public boolean isOfLogin() {
        return isRefusal() || kind == Kind.LOGIN_REFUSED;
    }

    public CloseReason toReason() {
        return CloseReason.of(initiator, kind.cause, code, text);
    }
}
