package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp10.codec.CompositeType;
import java.util.List;

/** The names of performatives' fields (OASIS AMQP 1.0, part 2, section 2.7, and part 5, section 5.3.3), in order. */
final class FieldNames {

    private FieldNames() {}

    static List<String> of(CompositeType type) {
        return List.of(names(type).split(" ", -1));
    }

    private static String names(CompositeType type) {
        return switch (type) {
            case OPEN ->
                "container-id hostname max-frame-size channel-max idle-time-out outgoing-locales incoming-locales"
                        + " offered-capabilities desired-capabilities properties";
            case BEGIN ->
                "remote-channel next-outgoing-id incoming-window outgoing-window handle-max offered-capabilities"
                        + " desired-capabilities properties";
            case ATTACH ->
                "name handle role snd-settle-mode rcv-settle-mode source target unsettled incomplete-unsettled"
                        + " initial-delivery-count max-message-size offered-capabilities desired-capabilities properties";
            case FLOW ->
                "next-incoming-id incoming-window next-outgoing-id outgoing-window handle delivery-count link-credit"
                        + " available drain echo properties";
            case TRANSFER ->
                "handle delivery-id delivery-tag message-format settled more rcv-settle-mode state resume aborted"
                        + " batchable";
            case DISPOSITION -> "role first last settled state batchable";
            case DETACH -> "handle closed error";
            case END, CLOSE -> "error";
            case SASL_MECHANISMS -> "sasl-server-mechanisms";
            case SASL_INIT -> "mechanism initial-response hostname";
            case SASL_CHALLENGE -> "challenge";
            case SASL_RESPONSE -> "response";
            case SASL_OUTCOME -> "code additional-data";
        };
    }
}
