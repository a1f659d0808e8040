package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Type;
import io.amqproxy.impl.core.ClientObjectBudget;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The sessions of a client by their channels. */
final class Sessions10 {

    private final Amqp10Client client;
    /** By channel. */
    private @Nullable ClientEndpoint[] sessions = new ClientEndpoint[1];

    private int links;
    /** Sessions and links that count in what all clients have. */
    private int taken;

    Sessions10(Amqp10Client client) {
        this.client = client;
    }

    private @Nullable ClientEndpoint get(int channel) {
        return channel < sessions.length ? sessions[channel] : null;
    }

    /** Returns whether the frame was taken; otherwise the client has to wait. */
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
        performative.checkComposites();
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
        take("sessions");
        ClientEndpoint session = new ClientEndpoint(client, channel);
        if (channel >= sessions.length) {
            sessions = Arrays.copyOf(sessions, Math.max(2 * sessions.length, channel + 1));
        }
        sessions[channel] = session;
        session.begin(begin);
    }

    /** The channel is free on both sides. */
    void remove(ClientEndpoint session) {
        if (get(session.number()) == session) {
            sessions[session.number()] = null;
            giveBack(1 + session.links());
        }
    }

    /** Takes a part of what all clients may have together. */
    void take(String what) throws AmqpError {
        ClientObjectBudget all = client.loop().belongings;
        if (!all.take(taken)) {
            throw AmqpError.connection(
                    AmqpError.RESOURCE_LIMIT_EXCEEDED,
                    "too many " + what + ": this client has " + taken + ", all clients more than " + all.most()
                            + " together (maxBufferBytes)");
        }
        taken++;
    }

    void giveBack(int count) {
        taken -= count;
        client.loop().belongings.giveBack(count);
    }

    /** What tells one link of this client from all others. */
    int nextLink() {
        return ++links;
    }

    /**
     * A link of a client that attaches another one of the same name and role is stolen from it, if the broker does so
     * (part 2, section 2.6.1); others serve both.
     */
    void steal(Performative attach, boolean isStealing) {
        byte[] name = isStealing ? attach.raw(Performative.ATTACH_NAME) : null;
        if (name == null) {
            return;
        }
        for (ClientEndpoint session : sessions) {
            if (session != null) {
                session.steal(name, attach.bool(Performative.ATTACH_ROLE));
            }
        }
    }

    /** The client closes its connection. */
    void leave() {
        abandon();
    }

    /** The client is gone: whatever it had is given back without asking it. */
    void abandon() {
        for (int channel = 0; channel < sessions.length; channel++) {
            ClientEndpoint session = sessions[channel];
            if (session != null) {
                remove(session);
                session.abandon();
            }
        }
    }

    /** Outgoing bytes went out. */
    void onSent() {
        for (ClientEndpoint session : sessions) {
            if (session != null) {
                session.onSent();
            }
        }
    }
}
