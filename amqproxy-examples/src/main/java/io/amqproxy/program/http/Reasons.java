package io.amqproxy.program.http;

import io.amqproxy.CloseReason;
import io.amqproxy.Release;
import java.util.Locale;

/** Reasons in words: short ones, of which there are few, as labels; sentences for people. */
final class Reasons {

    private Reasons() {}

    /** {@return the name of a reply code (AMQP 0-9-1, section 1.2), of which there are a dozen} */
    static String label(CloseReason reason) {
        return switch (reason.code()) {
            case 0 -> reason.initiator() == CloseReason.Initiator.NETWORK ? "connection_lost" : "no_code";
            case 320 -> "connection_forced";
            case 402 -> "invalid_path";
            case 403 -> "access_refused";
            case 501 -> "frame_error";
            case 502 -> "syntax_error";
            case 503 -> "command_invalid";
            case 504 -> "channel_error";
            case 505 -> "unexpected_frame";
            case 506 -> "resource_error";
            case 530 -> "not_allowed";
            case 540 -> "not_implemented";
            case 541 -> "internal_error";
            default -> "other";
        };
    }

    static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static String sentence(Release.Reason reason) {
        return switch (reason) {
            case CLEAN -> "Nothing was left on the channel.";
            case SURPLUS -> "Enough idle channels were there (max-idle-channels).";
            case AGED -> "It has served for long enough (max-channel-age), or the broker has refused the user a right.";
            case RETIRED -> "The connection to the broker is being replaced.";
            case CONSUMER -> "The client had consumers; only closing the channel ends their deliveries for sure.";
            case UNACKED -> "Messages were not acknowledged; closing the channel puts them back into their queues.";
            case TRANSACTION -> "The client had begun to use transactions, which cannot be switched off.";
            case FLOW -> "The broker or the client had stopped the flow of messages.";
            case NO_FENCE -> "The broker refuses the question (channel.flow) that would prove the channel clean.";
            case BROKER_CLOSED -> "The broker closed the channel, mostly for a mistake of the client.";
            case UPSTREAM_LOST -> "The connection to the broker was lost.";
            case MOVED -> "The client's channel moved to another connection, as it began to do something else.";
        };
    }
}
