package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sessions of a client by their channels. */
final class Sessions10 {

    private final Amqp10Client client;
    private final Map<Integer, ClientEndpoint> others = new HashMap<>(2);
    /** Most clients have one, on channel 0. */
    private @Nullable ClientEndpoint first;

    Sessions10(Amqp10Client client) {
        this.client = client;
    }

    private @Nullable ClientEndpoint get(int channel) {
        return channel == 0 ? first : others.get(channel);
    }

    /** Answers whether the frame was taken; otherwise the client has to wait. */
    boolean onFrame(int channel, Performative performative, int end) throws AmqpError {
        ClientEndpoint session = get(channel);
        if (performative.type() == Type.BEGIN) {
            begin(channel, session, performative);
            return true;
        }
        if (session == null) {
            throw performative.type() == Type.OPEN
                    ? AmqpError.connection(AmqpError.ILLEGAL_STATE, "the connection is open already")
                    : AmqpError.connection(
                            AmqpError.FRAMING_ERROR, performative + " on channel " + channel + " without a session");
        }
        try {
            return session.onFrame(performative, end);
        } catch (AmqpError offence) {
            if (offence.scope() == AmqpError.Scope.CONNECTION) {
                throw offence;
            }
            session.fail(offence);
            return true;
        }
    }

    private void begin(int channel, @Nullable ClientEndpoint present, Performative begin) throws AmqpError {
        if (channel > client.channelMax()) {
            throw AmqpError.connection(
                    AmqpError.FRAMING_ERROR,
                    "channel number (" + channel + ") exceeds maximum channel number (" + client.channelMax() + ")");
        }
        if (present != null) {
            throw AmqpError.connection(AmqpError.FRAMING_ERROR, "begin on channel " + channel + ", which is in use");
        }
        if (begin.has(Performative.BEGIN_REMOTE_CHANNEL)) {
            throw AmqpError.connection(AmqpError.NOT_ALLOWED, "begin with a remote channel that was not asked for");
        }
        ClientEndpoint session = new ClientEndpoint(client, channel);
        if (channel == 0) {
            first = session;
        } else {
            others.put(channel, session);
        }
        session.begin(begin);
    }

    /** The channel is free on both sides. */
    void remove(ClientEndpoint session) {
        if (session.number() == 0) {
            first = null;
        } else {
            others.remove(session.number());
        }
    }

    private List<ClientEndpoint> all() {
        List<ClientEndpoint> all = new ArrayList<>(others.values());
        if (first != null) {
            all.add(first);
        }
        return all;
    }

    /** The client closes its connection. */
    void leave() {
        abandon();
    }

    /** The client is gone: whatever it had is given back without asking it. */
    void abandon() {
        all().forEach(ClientEndpoint::abandon);
        first = null;
        others.clear();
    }

    /** Outgoing bytes went out. */
    void onSent() {
        if (first != null) {
            first.onSent();
        }
        for (ClientEndpoint session : others.values()) {
            session.onSent();
        }
    }
}
